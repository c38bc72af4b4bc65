/** What Secrets Manager keeps, keyed `<region>/<name>`. Values are sealed. */
import {
  InvalidParameterException,
  InvalidRequestException,
  ResourceExistsException,
  ResourceNotFoundException,
} from "@aws-sdk/client-secrets-manager";
import type { Clock } from "../../../kit/clock.ts";
import type { Ids } from "../../../kit/ids.ts";
import type { Seal } from "../../persistence/seal.ts";
import type { Collection, Store } from "../../persistence/store.ts";

export interface SecretVersionRecord {
  readonly versionId: string;
  readonly stages: readonly string[];
  /** Sealed: `{"string": …}` or `{"binary": base64}`. Absent for a secret without a value. */
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly createdDate: number;
}

export interface SecretRecord {
  readonly name: string;
  readonly arn: string;
  readonly description?: string;
  readonly kmsKeyId?: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Oldest first. */
  readonly versions: readonly SecretVersionRecord[];
  readonly resourcePolicy?: string;
  readonly createdDate: number;
  readonly lastChangedDate: number;
  readonly lastAccessedDate?: number;
  /** When a deletion was asked for, and when the secret goes for good. */
  readonly deletion?: { readonly requestedAt: number; readonly goneAt: number };
}

export interface SecretsState {
  readonly secrets: Collection<SecretRecord>;
  readonly seal: Seal;
  readonly clock: Pick<Clock, "now">;
  readonly ids: Ids;
}

export function secretsState(store: Store, seal: Seal, clock: Pick<Clock, "now">, ids: Ids): SecretsState {
  return { secrets: store.collection("secrets-manager.secret"), seal, clock, ids };
}

const $metadata = {};

export const notFound = (message = "Secrets Manager can't find the specified secret.") =>
  new ResourceNotFoundException({ message, $metadata });
export const invalidRequest = (message: string) => new InvalidRequestException({ message, $metadata });
export const invalidParameter = (message: string) => new InvalidParameterException({ message, $metadata });
export const exists = (message: string) => new ResourceExistsException({ message, $metadata });

/** The secret of that name, ARN, or ARN without its six random letters. Secrets whose time is over are gone. */
export function findSecret({ secrets, clock }: SecretsState, region: string, id: string): SecretRecord | undefined {
  const secret = id.startsWith("arn:")
    ? secrets.list(`${region}/`).find(({ arn }) => arn === id || arn.slice(0, -7) === id)
    : secrets.get(`${region}/${id}`);
  if (secret?.deletion !== undefined && secret.deletion.goneAt <= clock.now()) {
    secrets.delete(`${region}/${secret.name}`);
    return undefined;
  }
  return secret;
}

export function mustFindSecret(state: SecretsState, region: string, id = ""): SecretRecord {
  const secret = findSecret(state, region, id);
  if (secret === undefined) throw notFound();
  return secret;
}

/** A secret that is not on its way out. */
export function mustFindLive(
  state: SecretsState,
  region: string,
  id: string | undefined,
  purpose = "perform the operation on the secret",
): SecretRecord {
  const secret = mustFindSecret(state, region, id);
  if (secret.deletion !== undefined) throw invalidRequest(`You can't ${purpose} because it was marked for deletion.`);
  return secret;
}
