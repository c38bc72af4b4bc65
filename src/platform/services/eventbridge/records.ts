/** What EventBridge keeps: buses, rules with their targets, and the events on their way. No SDK code: the bus starts with the platform. */
import type { Target } from "@aws-sdk/client-eventbridge";
import type { JsonObject } from "../../../kit/json.ts";
import { formatArn } from "../../../model/arn.ts";
import type { Collection, Store } from "../../persistence/store.ts";

export interface BusRecord {
  readonly region: string;
  readonly name: string;
  readonly description?: string;
  /** The resource policy as JSON text. */
  readonly policy?: string;
  readonly kmsKeyIdentifier?: string;
  readonly deadLetterArn?: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch, as all instants here. */
  readonly createdAt: number;
  readonly modifiedAt: number;
}

export interface RuleRecord {
  readonly region: string;
  readonly bus: string;
  readonly name: string;
  readonly pattern?: string;
  readonly schedule?: string;
  readonly state: "ENABLED" | "DISABLED" | "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";
  readonly description?: string;
  readonly roleArn?: string;
  readonly tags: Readonly<Record<string, string>>;
  /** As the caller gave them, in the order of their ids. */
  readonly targets: readonly Target[];
  readonly createdAt: number;
}

/** An event on its way to one target: both as they were when the rule matched. */
export interface EventDelivery {
  readonly region: string;
  readonly ruleArn: string;
  readonly ruleName: string;
  readonly target: Target;
  /** As targets get it, `version` to `detail`. */
  readonly event: JsonObject;
}

export interface EventRecords {
  /** `<region>/<name>`; the default bus is there without a record until something about it is set. */
  readonly buses: Collection<BusRecord>;
  /** `<region>/<bus>/<name>` */
  readonly rules: Collection<RuleRecord>;
  readonly store: Pick<Store, "transaction">;
}

export const DEFAULT_BUS = "default";

/** The collections of EventBridge in the store. */
export function eventRecords(store: Store): EventRecords {
  return { buses: store.collection("eventbridge.bus"), rules: store.collection("eventbridge.rule"), store };
}

/** `<region>/<bus>/<name>` */
export function ruleKey({ region, bus, name }: Pick<RuleRecord, "region" | "bus" | "name">): string {
  return `${region}/${bus}/${name}`;
}

/** `rule/<name>` on the default bus, `rule/<bus>/<name>` on another. */
export function ruleArn({ region, bus, name }: Pick<RuleRecord, "region" | "bus" | "name">, account: string): string {
  return formatArn("events", region, account, bus === DEFAULT_BUS ? `rule/${name}` : `rule/${bus}/${name}`);
}
