/** AWS Secrets Manager. Values are sealed in the store; nothing rotates. */
import type { Clock } from "../../../kit/clock.ts";
import type { Ids } from "../../../kit/ids.ts";
import type { Provider } from "../../gateway/operations.ts";
import type { Seal } from "../../persistence/seal.ts";
import type { Store } from "../../persistence/store.ts";
import { secretsState } from "./records.ts";
import { secretValueOperations } from "./secret-values.ts";
import { secretOperations } from "./secrets.ts";

export interface SecretsManagerDependencies {
  readonly store: Store;
  readonly clock: Pick<Clock, "now">;
  readonly ids: Ids;
  readonly seal: Seal;
}

export function secretsManagerProvider({ store, clock, ids, seal }: SecretsManagerDependencies): Provider<"secrets-manager"> {
  const state = secretsState(store, seal, clock, ids);
  return { service: "secrets-manager", operations: { ...secretOperations(state), ...secretValueOperations(state) } };
}
