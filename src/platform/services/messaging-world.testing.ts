/**
 * The services that pass messages on (EventBridge, SNS, SQS, with KMS's keys) on a clock that the test turns, spoken to
 * over the wire; started again on the same store, as after a crash.
 */
import type { Message } from "@aws-sdk/client-sqs";
import { RandomIds } from "../../kit/ids.ts";
import { VirtualClock } from "../../kit/virtual-clock.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Listening } from "../gateway/listen.ts";
import { account, strictGateway } from "../gateway/strict-gateway.testing.ts";
import { LibsqlStore } from "../persistence/libsql-store.ts";
import { seal } from "../persistence/seal.testing.ts";
import type { MetricSink } from "./cloudwatch/metric-sink.ts";
import { EventBus } from "./eventbridge/event-bus.ts";
import { eventBridgeProvider } from "./eventbridge/provider.ts";
import { ScheduledRules } from "./eventbridge/scheduled-rules.ts";
import { kmsProvider } from "./kms/provider.ts";
import { snsProvider } from "./sns/provider.ts";
import { TopicPublisher } from "./sns/topic-publisher.ts";
import { sqsProvider } from "./sqs/provider.ts";

export const region = "eu-west-1";
export const here = { region };
export const arnOf = (service: string, resource: string): string => `arn:aws:${service}:${region}:${account}:${resource}`;
export const queueArn = (name: string): string => arnOf("sqs", name);

/** What passes messages on by itself. */
interface Carrier {
  start(): void;
  close(): void;
  settled(): Promise<void>;
}

interface Client {
  destroy(): void;
}

export class MessagingWorld {
  readonly store = new LibsqlStore(":memory:");
  readonly clock = new VirtualClock(Date.UTC(2026, 0, 1));
  readonly ids = new RandomIds();
  readonly reports: string[] = [];
  readonly measured: string[] = [];
  declare gateway: Gateway;
  declare bus: EventBus;
  #scheduled: ScheduledRules | undefined;
  #carriers: Carrier[] = [];
  #listening: Listening | undefined;
  #clients: Client[] = [];

  /** The platform as it is after a start, on the store there is. */
  async start(): Promise<void> {
    const { store, clock, ids } = this;
    this.gateway = strictGateway(ids);
    const { gateway } = this;
    const report = (message: string): number => this.reports.push(message);
    const metrics = {
      record: (...[where, namespace, name, dimensions, value]: Parameters<MetricSink["record"]>) =>
        this.measured.push(`${where} ${namespace} ${name} ${JSON.stringify(dimensions)} ${value}`),
    };
    const shared = { store, clock, ids, account, call: gateway.call, report, endpoint: () => this.#listening?.endpoint ?? "" };
    this.bus = new EventBus({ ...shared, metrics });
    this.#scheduled = new ScheduledRules({ store, clock, bus: this.bus });
    const publisher = new TopicPublisher(shared);
    gateway.mount("eventbridge", eventBridgeProvider({ ...shared, bus: this.bus, scheduled: this.#scheduled }));
    gateway.mount("kms", kmsProvider({ ...shared, seal }));
    gateway.mount("sns", snsProvider({ ...shared, publisher }));
    gateway.mount("sqs", sqsProvider(shared));
    // An event is passed on before what it is passed on to is, and a topic's message last.
    this.#carriers = [this.bus, ...this.mount(), publisher];
    for (const service of ["sqs", "sns", "kms"] as const) await gateway.warm(service);
    for (const carrier of this.#carriers) carrier.start();
    this.#scheduled.start();
    this.#listening = await gateway.listen(0);
  }

  /** What a test has besides: mounted at the gateway, and answered where it passes messages on, too. */
  protected mount(): Carrier[] {
    return [];
  }

  clientOf<Made extends Client>(Class: new (configuration: ClientConfiguration) => Made): Made {
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const made = new Class({ endpoint: this.#listening?.endpoint ?? "", region, credentials, maxAttempts: 1 });
    this.#clients.push(made);
    return made;
  }

  async stop(): Promise<void> {
    for (const client of this.#clients.splice(0)) client.destroy();
    this.#scheduled?.close();
    for (const carrier of this.#carriers) carrier.close();
    await this.#listening?.close();
  }

  async end(): Promise<void> {
    await this.stop();
    this.store.close();
  }

  /** Carries out what is due `afterMs` from now. */
  async deliver(afterMs = 0): Promise<void> {
    this.clock.advanceBy(afterMs);
    for (const carrier of this.#carriers) {
      this.clock.advanceBy(0);
      await carrier.settled();
    }
  }

  /** A queue that lets EventBridge and SNS in; its ARN. */
  async queue(QueueName: string, { isOpen = true, attributes = {} } = {}): Promise<string> {
    const Principal = { Service: ["events.amazonaws.com", "sns.amazonaws.com"] };
    const Statement = { Effect: "Allow", Principal, Action: "sqs:SendMessage", Resource: "*" };
    const Policy = isOpen ? JSON.stringify({ Version: "2012-10-17", Statement }) : "";
    await this.gateway.call("sqs", "CreateQueue", { QueueName, Attributes: { Policy, ...attributes } }, here);
    return queueArn(QueueName);
  }

  async received(name: string): Promise<Message[]> {
    const input = { QueueUrl: queueArn(name), MaxNumberOfMessages: 10, MessageAttributeNames: ["All"], VisibilityTimeout: 0 };
    const { Messages = [] } = await this.gateway.call("sqs", "ReceiveMessage", input, here);
    return Messages;
  }

  /** What the queue's messages say, as JSON. */
  async bodies(name: string): Promise<unknown[]> {
    return (await this.received(name)).map(({ Body = "" }) => JSON.parse(Body));
  }
}

interface ClientConfiguration {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly maxAttempts: number;
}
