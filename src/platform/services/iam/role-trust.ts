/** Which roles a service of this platform may assume: asked before every start of a task, so it is a look in memory. */
import { type Assumption, mayAssume } from "../../../engine/policy/trust-policy.ts";
import type { Collection, Store } from "../../persistence/store.ts";
import { type RoleRecord, roleCollection } from "./records.ts";

export class RoleTrust {
  readonly #roles: Collection<RoleRecord>;

  constructor(store: Store) {
    this.#roles = roleCollection(store);
  }

  /** False for a role that does not exist, whatever the reason (another account's, another path). */
  lets(roleArn: string, assumption: Assumption): boolean {
    const role = this.#roles.get((roleArn.split("/").at(-1) ?? "").toLowerCase());
    return role !== undefined && role.arn === roleArn && mayAssume(role.assumeRolePolicyDocument, assumption);
  }
}
