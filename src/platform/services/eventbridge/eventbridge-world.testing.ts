/** EventBridge among the services it passes events on to, with a client of its own. */
import {
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsCommandOutput,
  PutRuleCommand,
  type PutRuleCommandInput,
  PutTargetsCommand,
  type Target,
} from "@aws-sdk/client-eventbridge";
import { MessagingWorld } from "../messaging-world.testing.ts";

/** A rule's pattern for what `put` puts. */
export const orders = { EventPattern: JSON.stringify({ source: ["shop"] }) };

export class EventBridgeWorld extends MessagingWorld {
  declare client: EventBridgeClient;

  override async start(): Promise<void> {
    await super.start();
    this.client = this.clientOf(EventBridgeClient);
  }

  async rule(Name: string, more: Partial<PutRuleCommandInput>, ...Targets: Target[]): Promise<void> {
    await this.client.send(new PutRuleCommand({ Name, ...more }));
    await this.client.send(new PutTargetsCommand({ Rule: Name, EventBusName: more.EventBusName, Targets }));
  }

  put(detail: object, more: object = {}): Promise<PutEventsCommandOutput> {
    const entry = { Source: "shop", DetailType: "Order", Detail: JSON.stringify(detail), ...more };
    return this.client.send(new PutEventsCommand({ Entries: [entry] }));
  }
}
