/**
 * The event buses: what is put on one goes to the targets of the rules that match. Acceptance is durable: when `put` has
 * returned, and the transaction around it, every delivery that follows from the event survives `kill -9`.
 */
import { type EventPattern, parseEventPattern } from "../../../engine/events/event-pattern.ts";
import type { Clock } from "../../../kit/clock.ts";
import type { Ids } from "../../../kit/ids.ts";
import type { JsonObject } from "../../../kit/json.ts";
import type { Call } from "../../gateway/operations.ts";
import type { Store } from "../../persistence/store.ts";
import type { MetricSink } from "../cloudwatch/metric-sink.ts";
import { DeliveryQueue } from "../delivery-queue.ts";
import { deliverEvent, giveUpEvent } from "./deliver.ts";
import { DEFAULT_BUS, type EventDelivery, type EventRecords, eventRecords, type RuleRecord, ruleArn } from "./records.ts";

export interface EmittedEvent {
  /** `aws.ecs` */
  readonly source: string;
  /** `ECS Task State Change` */
  readonly detailType: string;
  readonly detail: JsonObject;
  /** ARNs. */
  readonly resources?: readonly string[];
  /** Wall time, ms; now unless given. */
  readonly time?: number;
}

export interface EventBusDependencies {
  readonly store: Store;
  /** The wall clock. */
  readonly clock: Clock;
  readonly ids: Ids;
  readonly account: string;
  readonly call: Call;
  /** Counts what reached a target, as `Invocations` of the rule. */
  readonly metrics?: MetricSink;
  /** Is told of an event that could not be delivered. */
  readonly report: (message: string) => void;
}

export class EventBus {
  readonly #dependencies: EventBusDependencies;
  readonly #records: EventRecords;
  readonly #deliveries: DeliveryQueue<EventDelivery>;
  readonly #patterns = new WeakMap<RuleRecord, EventPattern>();

  constructor(dependencies: EventBusDependencies) {
    const { store, clock, ids, account, call, metrics, report } = dependencies;
    this.#dependencies = dependencies;
    this.#records = eventRecords(store);
    this.#deliveries = new DeliveryQueue({
      store,
      collection: "eventbridge.delivery",
      clock,
      ids,
      attempt: async (delivery, { id: token }) => {
        await deliverEvent({ call, account, now: clock.now(), token }, delivery);
        metrics?.record(delivery.region, "AWS/Events", "Invocations", dimensionsOf(delivery), 1, clock.now(), "Count");
      },
      retryPolicy: ({ target }) => target.RetryPolicy ?? {},
      giveUp: (delivery, failure, end) => giveUpEvent({ call, account, report }, delivery, failure, end),
    });
  }

  start(): void {
    this.#deliveries.start();
  }

  /** Resolves when nothing is being delivered at this moment. */
  settled(): Promise<void> {
    return this.#deliveries.settled();
  }

  close(): void {
    this.#deliveries.close();
  }

  /** Accepts an event; answers its id. */
  put(region: string, emitted: EmittedEvent, bus = DEFAULT_BUS): string {
    const id = this.#dependencies.ids.uuid();
    if (!this.hasRules) return id;
    const event = this.#envelope(region, emitted, id);
    const matching = this.#records.rules.list(`${region}/${bus}/`).filter((rule) => this.#matches(rule, event));
    if (matching.length > 0) {
      this.#records.store.transaction(() => {
        for (const rule of matching) this.#deliver(rule, event);
      });
    }
    return id;
  }

  /** Whether anybody could be listening: who makes events may spare itself the work. */
  get hasRules(): boolean {
    return this.#records.rules.size > 0;
  }

  /** An occurrence of a rule's schedule goes to that rule's targets alone. */
  occur(rule: RuleRecord, time: number): void {
    const resources = [ruleArn(rule, this.#dependencies.account)];
    const scheduled = { source: "aws.events", detailType: "Scheduled Event", detail: {}, resources, time };
    const event = this.#envelope(rule.region, scheduled, this.#dependencies.ids.uuid());
    this.#records.store.transaction(() => this.#deliver(rule, event));
  }

  #deliver(rule: RuleRecord, event: JsonObject): void {
    for (const target of rule.targets) {
      this.#deliveries.add({ region: rule.region, ruleArn: ruleArn(rule, this.#dependencies.account), ruleName: rule.name, target, event });
    }
  }

  #matches(rule: RuleRecord, event: JsonObject): boolean {
    if (rule.state === "DISABLED" || rule.pattern === undefined || rule.targets.length === 0) return false;
    let pattern = this.#patterns.get(rule);
    if (pattern === undefined) {
      pattern = parseEventPattern(rule.pattern);
      this.#patterns.set(rule, pattern);
    }
    return pattern.matches(event);
  }

  #envelope(region: string, { source, detailType, detail, resources = [], time }: EmittedEvent, id: string): JsonObject {
    const { account, clock } = this.#dependencies;
    return {
      version: "0",
      id,
      "detail-type": detailType,
      source,
      account,
      time: new Date(time ?? clock.now()).toISOString().replace(/\.\d+Z$/, "Z"),
      region,
      resources,
      detail,
    };
  }
}

/** By the rule's name alone on the default bus, by both names on another ("Dimensions for EventBridge metrics"). */
function dimensionsOf({ ruleArn, ruleName }: EventDelivery): Readonly<Record<string, string>> {
  const [, bus, ...more] = ruleArn.split("/");
  return more.length === 0 || bus === undefined ? { RuleName: ruleName } : { EventBusName: bus, RuleName: ruleName };
}
