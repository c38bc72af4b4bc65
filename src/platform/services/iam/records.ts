/** What IAM keeps. IAM is global: keys carry no region. Names are unique whatever their case, so keys are lower case. */
import type { Tag } from "@aws-sdk/client-iam";
import type { Clock } from "../../../kit/clock.ts";
import type { Ids } from "../../../kit/ids.ts";
import type { Collection, Store } from "../../persistence/store.ts";

export type Tags = Readonly<Record<string, string>>;

export interface RoleRecord {
  readonly roleName: string;
  /** `AROA…` */
  readonly roleId: string;
  readonly arn: string;
  /** `/` or `/a/b/` */
  readonly path: string;
  readonly description?: string;
  readonly assumeRolePolicyDocument: string;
  readonly maxSessionDuration: number;
  readonly permissionsBoundary?: string;
  /** Inline policies: name → document. */
  readonly policies: Readonly<Record<string, string>>;
  /** ARNs of managed policies, in the order they were attached. */
  readonly attached: readonly string[];
  readonly tags: Tags;
  /** Milliseconds since the epoch. */
  readonly createDate: number;
  /** Set for a service-linked role: `ecs.amazonaws.com`. */
  readonly linkedService?: string;
}

export interface PolicyRecord {
  readonly policyName: string;
  /** `ANPA…` */
  readonly policyId: string;
  readonly arn: string;
  readonly path: string;
  readonly description?: string;
  readonly versions: readonly { readonly versionId: string; readonly document: string; readonly createDate: number }[];
  readonly defaultVersionId: string;
  /** Number of the version made last; numbers are not used again. */
  readonly lastVersion: number;
  readonly tags: Tags;
  readonly createDate: number;
  readonly updateDate: number;
}

export interface IamState {
  /** By role name in lower case. */
  readonly roles: Collection<RoleRecord>;
  /** By ARN in lower case; the customer's own. */
  readonly policies: Collection<PolicyRecord>;
  readonly clock: Pick<Clock, "now">;
  /** `AROA` and 17 letters and digits. */
  readonly newId: (prefix: string) => string;
}

export function roleCollection(store: Store): Collection<RoleRecord> {
  return store.collection("iam.role");
}

export function iamState(store: Store, clock: Pick<Clock, "now">, ids: Ids): IamState {
  return {
    roles: roleCollection(store),
    policies: store.collection("iam.policy"),
    clock,
    newId: (prefix) => `${prefix}${ids.hex(17).toUpperCase()}`,
  };
}

export function tagList(tags: Tags): Tag[] {
  return Object.entries(tags)
    .map(([Key, Value]) => ({ Key, Value }))
    .sort((a, b) => (a.Key < b.Key ? -1 : 1));
}

export function withTags(tags: Tags, added: readonly Tag[] | undefined): Tags {
  return { ...tags, ...Object.fromEntries((added ?? []).map(({ Key = "", Value = "" }) => [Key, Value])) };
}

export function withoutTags(tags: Tags, keys: readonly string[] = []): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)));
}
