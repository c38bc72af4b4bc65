/** Amazon EventBridge: buses, rules and their targets, and the events that clients put. */
import type { Clock } from "../../../kit/clock.ts";
import type { Provider } from "../../gateway/operations.ts";
import type { Store } from "../../persistence/store.ts";
import { busOperations } from "./buses.ts";
import type { EventBus } from "./event-bus.ts";
import { eventOperations } from "./put-events.ts";
import { eventRecords } from "./records.ts";
import { ruleOperations } from "./rules.ts";
import type { ScheduledRules } from "./scheduled-rules.ts";
import { tagOperations } from "./tags.ts";
import { targetOperations } from "./targets.ts";

export interface EventBridgeDependencies {
  readonly store: Store;
  /** The wall clock. */
  readonly clock: Pick<Clock, "now">;
  readonly bus: Pick<EventBus, "put">;
  readonly scheduled: Pick<ScheduledRules, "refresh" | "forget">;
  readonly report: (message: string) => void;
}

export function eventBridgeProvider({ store, clock, bus, scheduled, report }: EventBridgeDependencies): Provider<"eventbridge"> {
  const records = eventRecords(store);
  return {
    service: "eventbridge",
    operations: {
      ...busOperations({ records, clock }),
      ...ruleOperations({ records, clock, scheduled }),
      ...targetOperations({ records }),
      ...eventOperations({ records, bus, report }),
      ...tagOperations({ records }),
    },
  };
}
