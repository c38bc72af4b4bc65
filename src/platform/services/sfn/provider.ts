/** AWS Step Functions: state machines whose executions outlive the platform's process. */
import type { Clock } from "../../../kit/clock.ts";
import type { Ids } from "../../../kit/ids.ts";
import type { Call, Provider } from "../../gateway/operations.ts";
import type { Store } from "../../persistence/store.ts";
import type { ExecutionRunner } from "./execution-runner.ts";
import { executionOperations } from "./executions.ts";
import { sfnRecords } from "./records.ts";
import { stateMachineOperations } from "./state-machines.ts";
import { tagOperations } from "./tags.ts";

export interface SfnDependencies {
  readonly store: Store;
  /** The wall clock. */
  readonly clock: Clock;
  readonly ids: Ids;
  readonly call: Call;
  readonly runner: ExecutionRunner;
}

export function sfnProvider({ store, clock, ids, call, runner }: SfnDependencies): Provider<"sfn"> {
  const records = sfnRecords(store);
  return {
    service: "sfn",
    operations: {
      ...stateMachineOperations({ records, clock, ids, call, runner }),
      ...executionOperations({ records, clock, ids, runner }),
      ...tagOperations(records),
    },
  };
}
