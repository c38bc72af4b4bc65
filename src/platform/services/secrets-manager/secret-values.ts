/** Reading and writing the values of secrets. */
import { randomInt } from "node:crypto";
import type { Operations } from "../../gateway/operations.ts";
import { invalidParameter, mustFindLive, mustFindSecret, notFound, type SecretRecord, type SecretsState } from "./records.ts";
import { moveStage, readVersion, withVersion } from "./versions.ts";

const DAY_MS = 86_400_000;

export function secretValueOperations(state: SecretsState): Operations<"secrets-manager"> {
  const { secrets, clock, ids } = state;
  const put = (region: string, secret: SecretRecord) => secrets.put(`${region}/${secret.name}`, secret);

  /** The date of last access is kept to the day, so a secret read often is not written often. */
  const touch = (region: string, secret: SecretRecord): void => {
    const today = Math.floor(clock.now() / DAY_MS) * DAY_MS;
    if (secret.lastAccessedDate !== today) put(region, { ...secret, lastAccessedDate: today });
  };

  return {
    GetSecretValue: ({ SecretId, VersionId, VersionStage }, { region }) => {
      const secret = mustFindLive(state, region, SecretId);
      const value = readVersion(state, secret, VersionId, VersionStage);
      touch(region, secret);
      return value;
    },

    BatchGetSecretValue: ({ SecretIdList, Filters }, { region }) => {
      if (SecretIdList === undefined || Filters !== undefined) {
        throw invalidParameter("The local platform reads batches by SecretIdList only.");
      }
      const SecretValues: ReturnType<typeof readVersion>[] = [];
      const Errors: { SecretId: string; ErrorCode: string; Message: string }[] = [];
      for (const SecretId of SecretIdList) {
        try {
          SecretValues.push(readVersion(state, mustFindLive(state, region, SecretId), undefined, undefined));
        } catch (failure) {
          if (!(failure instanceof Error) || !("$fault" in failure)) throw failure;
          Errors.push({ SecretId, ErrorCode: failure.name, Message: failure.message });
        }
      }
      return { SecretValues, Errors };
    },

    PutSecretValue: ({ SecretId, ClientRequestToken, SecretString, SecretBinary, VersionStages }, { region }) => {
      const secret = mustFindLive(state, region, SecretId);
      const next = withVersion(state, secret, ClientRequestToken ?? ids.uuid(), { SecretString, SecretBinary }, VersionStages);
      put(region, next.secret);
      return { ARN: secret.arn, Name: secret.name, VersionId: next.version.versionId, VersionStages: [...next.version.stages] };
    },

    ListSecretVersionIds: ({ SecretId, IncludeDeprecated = false }, { region }) => {
      const secret = mustFindSecret(state, region, SecretId);
      return {
        ARN: secret.arn,
        Name: secret.name,
        Versions: secret.versions
          .filter(({ stages }) => IncludeDeprecated || stages.length > 0)
          .map(({ versionId, stages, createdDate }) => ({
            VersionId: versionId,
            VersionStages: [...stages],
            CreatedDate: new Date(createdDate),
          })),
      };
    },

    UpdateSecretVersionStage: ({ SecretId, VersionStage = "", RemoveFromVersionId, MoveToVersionId }, { region }) => {
      const secret = mustFindLive(state, region, SecretId);
      for (const id of [RemoveFromVersionId, MoveToVersionId]) {
        if (id !== undefined && !secret.versions.some(({ versionId }) => versionId === id)) {
          throw notFound(`Secrets Manager can't find the specified secret value for VersionId: ${id}`);
        }
      }
      const holder = secret.versions.find(({ stages }) => stages.includes(VersionStage))?.versionId;
      if (MoveToVersionId !== undefined && holder !== undefined && holder !== MoveToVersionId && RemoveFromVersionId !== holder) {
        throw invalidParameter(
          `The parameter RemoveFromVersionId can't be empty. Staging label ${VersionStage} is currently attached to version ${holder}, so you must explicitly reference that version in RemoveFromVersionId.`,
        );
      }
      if (MoveToVersionId === undefined && VersionStage === "AWSCURRENT") {
        throw invalidParameter(`You can't remove the staging label AWSCURRENT from a version without moving it to another.`);
      }
      put(region, { ...moveStage(secret, VersionStage, MoveToVersionId), lastChangedDate: clock.now() });
      return { ARN: secret.arn, Name: secret.name };
    },

    GetRandomPassword: (input) => ({ RandomPassword: randomPassword(input) }),
  };
}

interface PasswordRules {
  readonly PasswordLength?: number;
  readonly ExcludeCharacters?: string;
  readonly ExcludeNumbers?: boolean;
  readonly ExcludePunctuation?: boolean;
  readonly ExcludeUppercase?: boolean;
  readonly ExcludeLowercase?: boolean;
  readonly IncludeSpace?: boolean;
  readonly RequireEachIncludedType?: boolean;
}

/** 32 characters of every kind, each kind at least once, unless the rules say otherwise. */
function randomPassword(rules: PasswordRules): string {
  const { PasswordLength = 32, ExcludeCharacters = "", RequireEachIncludedType = true } = rules;
  const kinds = [
    rules.ExcludeLowercase ? "" : "abcdefghijklmnopqrstuvwxyz",
    rules.ExcludeUppercase ? "" : "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    rules.ExcludeNumbers ? "" : "0123456789",
    rules.ExcludePunctuation ? "" : "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
    rules.IncludeSpace ? " " : "",
  ]
    .map((kind) => [...kind].filter((character) => !ExcludeCharacters.includes(character)))
    .filter((kind) => kind.length > 0);
  const every = kinds.flat();
  if (every.length === 0) throw invalidParameter("No characters are left to make a password of.");
  if (RequireEachIncludedType && kinds.length > PasswordLength) {
    throw invalidParameter(`A password of ${PasswordLength} characters can't hold one of each of ${kinds.length} kinds.`);
  }
  const pick = (from: readonly string[]) => from[randomInt(from.length)] as string;
  const characters = RequireEachIncludedType ? kinds.map(pick) : [];
  while (characters.length < PasswordLength) characters.push(pick(every));
  for (let last = characters.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [characters[last], characters[other]] = [characters[other] as string, characters[last] as string];
  }
  return characters.join("");
}
