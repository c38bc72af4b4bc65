/** What Parameter Store keeps, keyed `<region>|<name>`. Values of SecureString are sealed. */
import type { Clock } from "../../../kit/clock.ts";
import type { Seal } from "../../persistence/seal.ts";
import type { Collection, Store } from "../../persistence/store.ts";

export type ParameterKind = "String" | "StringList" | "SecureString";

export interface ParameterVersionRecord {
  readonly version: number;
  /** Sealed when the parameter is a SecureString. */
  readonly value: string;
  readonly description?: string;
  readonly allowedPattern?: string;
  readonly keyId?: string;
  readonly dataType: string;
  readonly tier: "Standard" | "Advanced";
  readonly labels: readonly string[];
  readonly lastModifiedUser: string;
  /** Milliseconds since the epoch. */
  readonly lastModifiedDate: number;
}

export interface ParameterRecord {
  readonly name: string;
  readonly type: ParameterKind;
  /** Oldest first, at most a hundred; the last is the current one. */
  readonly versions: readonly ParameterVersionRecord[];
  readonly tags: Readonly<Record<string, string>>;
}

export interface SsmState {
  readonly parameters: Collection<ParameterRecord>;
  readonly seal: Seal;
  readonly clock: Pick<Clock, "now">;
}

export function ssmState(store: Store, seal: Seal, clock: Pick<Clock, "now">): SsmState {
  return { parameters: store.collection("ssm.parameter"), seal, clock };
}

export function currentOf(parameter: ParameterRecord): ParameterVersionRecord {
  return parameter.versions.at(-1) as ParameterVersionRecord;
}
