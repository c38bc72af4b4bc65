/** AWS KMS: symmetric keys whose material never leaves the state directory in clear. */
import type { Clock } from "../../../kit/clock.ts";
import type { Ids } from "../../../kit/ids.ts";
import type { Provider } from "../../gateway/operations.ts";
import type { Seal } from "../../persistence/seal.ts";
import type { Store } from "../../persistence/store.ts";
import { aliasOperations } from "./aliases.ts";
import { cryptographyOperations } from "./cryptography.ts";
import { keyOperations } from "./keys.ts";
import { kmsRecords } from "./records.ts";

export interface KmsDependencies {
  readonly store: Store;
  /** The wall clock. */
  readonly clock: Pick<Clock, "now">;
  readonly ids: Pick<Ids, "uuid">;
  readonly seal: Seal;
}

export function kmsProvider({ store, clock, ids, seal }: KmsDependencies): Provider<"kms"> {
  const records = kmsRecords(store);
  return {
    service: "kms",
    operations: {
      ...keyOperations({ records, clock, ids, seal }),
      ...aliasOperations({ records, clock }),
      ...cryptographyOperations({ records, clock, seal }),
    },
  };
}
