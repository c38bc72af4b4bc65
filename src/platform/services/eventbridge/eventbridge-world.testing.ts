/** EventBridge beside SQS on a clock that the test turns, spoken to over the wire; started again on the same store, as after a crash. */
import {
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsCommandOutput,
  PutRuleCommand,
  type PutRuleCommandInput,
  PutTargetsCommand,
  type Target,
} from "@aws-sdk/client-eventbridge";
import type { Message } from "@aws-sdk/client-sqs";
import { RandomIds } from "../../../kit/ids.ts";
import { VirtualClock } from "../../../kit/virtual-clock.ts";
import type { Gateway } from "../../gateway/gateway.ts";
import type { Listening } from "../../gateway/listen.ts";
import { account, strictGateway } from "../../gateway/strict-gateway.testing.ts";
import { LibsqlStore } from "../../persistence/libsql-store.ts";
import type { MetricSink } from "../cloudwatch/metric-sink.ts";
import { sqsProvider } from "../sqs/provider.ts";
import { EventBus } from "./event-bus.ts";
import { eventBridgeProvider } from "./provider.ts";
import { ScheduledRules } from "./scheduled-rules.ts";

export const region = "eu-west-1";
export const queueArn = (name: string): string => `arn:aws:sqs:${region}:${account}:${name}`;
/** A rule's pattern for what `put` puts. */
export const orders = { EventPattern: JSON.stringify({ source: ["shop"] }) };

export class EventBridgeWorld {
  readonly store = new LibsqlStore(":memory:");
  readonly clock = new VirtualClock(Date.UTC(2026, 0, 1));
  readonly reports: string[] = [];
  readonly measured: string[] = [];
  declare gateway: Gateway;
  declare client: EventBridgeClient;
  declare bus: EventBus;
  #listening: Listening | undefined;
  #scheduled: ScheduledRules | undefined;

  /** The platform as it is after a start, on the store there is. */
  async start(): Promise<void> {
    const { store, clock } = this;
    const ids = new RandomIds();
    this.gateway = strictGateway(ids);
    const { call } = this.gateway;
    const report = (message: string): number => this.reports.push(message);
    const metrics = {
      record: (...[where, namespace, name, dimensions, value]: Parameters<MetricSink["record"]>) =>
        this.measured.push(`${where} ${namespace} ${name} ${JSON.stringify(dimensions)} ${value}`),
    };
    this.bus = new EventBus({ store, clock, ids, account, call, metrics, report });
    this.#scheduled = new ScheduledRules({ store, clock, bus: this.bus });
    this.gateway.mount("eventbridge", eventBridgeProvider({ store, clock, bus: this.bus, scheduled: this.#scheduled, report }));
    this.gateway.mount("sqs", sqsProvider({ store, clock, ids, endpoint: () => "http://127.0.0.1:4566" }));
    await this.gateway.warm("sqs");
    this.bus.start();
    this.#scheduled.start();
    this.#listening = await this.gateway.listen(0);
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    this.client = new EventBridgeClient({ endpoint: this.#listening.endpoint, region, credentials, maxAttempts: 1 });
  }

  async stop(): Promise<void> {
    this.client.destroy();
    this.#scheduled?.close();
    this.bus.close();
    await this.#listening?.close();
  }

  async end(): Promise<void> {
    await this.stop();
    this.store.close();
  }

  async queue(QueueName: string, { isOpen = true, attributes = {} } = {}): Promise<string> {
    const Statement = { Effect: "Allow", Principal: { Service: "events.amazonaws.com" }, Action: "sqs:SendMessage", Resource: "*" };
    const Policy = isOpen ? JSON.stringify({ Version: "2012-10-17", Statement }) : "";
    await this.gateway.call("sqs", "CreateQueue", { QueueName, Attributes: { Policy, ...attributes } }, { region });
    return queueArn(QueueName);
  }

  async rule(Name: string, more: Partial<PutRuleCommandInput>, ...Targets: Target[]): Promise<void> {
    await this.client.send(new PutRuleCommand({ Name, ...more }));
    await this.client.send(new PutTargetsCommand({ Rule: Name, EventBusName: more.EventBusName, Targets }));
  }

  put(detail: object, more: object = {}): Promise<PutEventsCommandOutput> {
    const entry = { Source: "shop", DetailType: "Order", Detail: JSON.stringify(detail), ...more };
    return this.client.send(new PutEventsCommand({ Entries: [entry] }));
  }

  /** Carries out what is due now. */
  async deliver(): Promise<void> {
    this.clock.advanceBy(0);
    await this.bus.settled();
  }

  async received(name: string): Promise<Message[]> {
    const input = { QueueUrl: queueArn(name), MaxNumberOfMessages: 10, MessageAttributeNames: ["All"], VisibilityTimeout: 0 };
    const { Messages = [] } = await this.gateway.call("sqs", "ReceiveMessage", input, { region });
    return Messages;
  }

  async bodies(name: string): Promise<unknown[]> {
    return (await this.received(name)).map(({ Body = "" }) => JSON.parse(Body));
  }
}
