/** AWS Identity and Access Management: roles and policies, kept and checked as IAM does. Nothing is enforced by them: the gateway accepts any caller. */
import type { Clock } from "../../../kit/clock.ts";
import type { Ids } from "../../../kit/ids.ts";
import type { Provider } from "../../gateway/operations.ts";
import type { Store } from "../../persistence/store.ts";
import { policyOperations } from "./policies.ts";
import { iamState } from "./records.ts";
import { rolePolicyOperations } from "./role-policies.ts";
import { roleOperations } from "./roles.ts";
import { serviceLinkedRoleOperations } from "./service-linked-roles.ts";

export interface IamDependencies {
  readonly store: Store;
  readonly clock: Pick<Clock, "now">;
  readonly ids: Ids;
}

export function iamProvider({ store, clock, ids }: IamDependencies): Provider<"iam"> {
  const state = iamState(store, clock, ids);
  return {
    service: "iam",
    operations: {
      ...roleOperations(state),
      ...rolePolicyOperations(state),
      ...policyOperations(state),
      ...serviceLinkedRoleOperations(state),
      ListAccountAliases: () => ({ AccountAliases: [], IsTruncated: false }),
    },
  };
}
