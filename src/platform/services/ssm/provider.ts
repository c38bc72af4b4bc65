/** AWS Systems Manager's Parameter Store. SecureString values are sealed in the store. */
import type { Clock } from "../../../kit/clock.ts";
import type { Provider } from "../../gateway/operations.ts";
import type { Seal } from "../../persistence/seal.ts";
import type { Store } from "../../persistence/store.ts";
import { parameterListOperations } from "./parameter-lists.ts";
import { parameterOperations } from "./parameters.ts";
import { ssmState } from "./records.ts";

export interface SsmDependencies {
  readonly store: Store;
  readonly clock: Pick<Clock, "now">;
  readonly seal: Seal;
}

export function ssmProvider({ store, clock, seal }: SsmDependencies): Provider<"ssm"> {
  const state = ssmState(store, seal, clock);
  return { service: "ssm", operations: { ...parameterOperations(state), ...parameterListOperations(state) } };
}
