/**
 * Amazon CloudWatch Logs: what tasks print, by group and stream, kept in the journal. Events are stored as they come
 * and read in pages; nothing of their volume is held in memory.
 */
import type { Clock } from "../../../kit/clock.ts";
import type { Provider } from "../../gateway/operations.ts";
import { filterLogEventsOperations } from "./filter-log-events.ts";
import { logEventOperations } from "./log-events.ts";
import { logGroupOperations } from "./log-groups.ts";
import type { LogStore } from "./log-store.ts";
import { logStreamOperations } from "./log-streams.ts";

export interface CloudWatchLogsDependencies {
  /** Wall time. */
  readonly clock: Clock;
  readonly account: string;
  readonly logs: LogStore;
}

export function cloudwatchLogsProvider({ clock, account, logs }: CloudWatchLogsDependencies): Provider<"cloudwatch-logs"> {
  const now = (): number => clock.now();
  return {
    service: "cloudwatch-logs",
    operations: {
      ...logGroupOperations(logs, account, now),
      ...logStreamOperations(logs, account),
      ...logEventOperations(logs, now),
      ...filterLogEventsOperations(logs),
    },
  };
}
