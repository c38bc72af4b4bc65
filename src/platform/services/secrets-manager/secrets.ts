/** Secrets: created, described, listed, changed, deleted with a window of recovery, restored. */
import { randomInt } from "node:crypto";
import type { Filter, SecretListEntry } from "@aws-sdk/client-secrets-manager";
import { InvalidNextTokenException } from "@aws-sdk/client-secrets-manager";
import { formatArn } from "../../../model/arn.ts";
import type { Operations } from "../../gateway/operations.ts";
import { pageOf } from "../page.ts";
import {
  exists,
  findSecret,
  invalidParameter,
  invalidRequest,
  mustFindLive,
  mustFindSecret,
  type SecretRecord,
  type SecretsState,
} from "./records.ts";
import { withVersion } from "./versions.ts";

const DAY_MS = 86_400_000;
const DEFAULT_WINDOW_DAYS = 30;

export function secretOperations(state: SecretsState): Operations<"secrets-manager"> {
  const { secrets, clock, ids } = state;
  const put = (region: string, secret: SecretRecord) => secrets.put(`${region}/${secret.name}`, secret);

  return {
    CreateSecret: (input, { region, account }) => {
      const { Name = "", ClientRequestToken, Description, KmsKeyId, Tags = [], SecretString, SecretBinary } = input;
      if (!/^[A-Za-z0-9/_+=.@-]+$/.test(Name)) {
        throw invalidParameter("Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!");
      }
      const before = findSecret(state, region, Name);
      const hasValue = SecretString !== undefined || SecretBinary !== undefined;
      const versionId = ClientRequestToken ?? ids.uuid();
      if (before?.deletion !== undefined) {
        throw invalidRequest("You can't create this secret because a secret with this name is already scheduled for deletion.");
      }
      if (before !== undefined) {
        const sameRequest = before.versions.some((version) => version.versionId === versionId);
        if (!sameRequest || !hasValue) throw exists(`The operation failed because the secret ${Name} already exists.`);
        withVersion(state, before, versionId, { SecretString, SecretBinary });
        return { ARN: before.arn, Name, VersionId: versionId };
      }
      const now = clock.now();
      const created: SecretRecord = {
        name: Name,
        arn: formatArn("secretsmanager", region, account, `secret:${Name}-${randomLetters()}`),
        description: Description,
        kmsKeyId: KmsKeyId,
        tags: Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value])),
        versions: [],
        createdDate: now,
        lastChangedDate: now,
      };
      const secret = hasValue ? withVersion(state, created, versionId, { SecretString, SecretBinary }).secret : created;
      put(region, secret);
      return { ARN: secret.arn, Name, ...(hasValue ? { VersionId: versionId } : {}) };
    },

    DescribeSecret: ({ SecretId }, { region }) => {
      const secret = mustFindSecret(state, region, SecretId);
      return {
        ...entryOf(secret),
        VersionIdsToStages: stagesOf(secret),
      };
    },

    ListSecrets: ({ Filters = [], IncludePlannedDeletion = false, MaxResults = 100, NextToken, SortOrder }, { region }) => {
      const found = secrets
        .list(`${region}/`)
        .flatMap(({ name }) => findSecret(state, region, name) ?? [])
        .filter(({ deletion }) => IncludePlannedDeletion || deletion === undefined)
        .filter((secret) => Filters.every((filter) => meets(secret, filter)));
      // The newest first, unless asked otherwise.
      found.sort((a, b) => b.createdDate - a.createdDate || (a.name < b.name ? -1 : 1));
      if (SortOrder === "asc") found.reverse();
      const numbered = found.map((secret, place) => ({ secret, place: String(place).padStart(9, "0") }));
      const page = pageOf(
        numbered,
        ({ place }) => place,
        MaxResults,
        NextToken,
        () => {
          throw new InvalidNextTokenException({ message: "The NextToken value is invalid.", $metadata: {} });
        },
      );
      return {
        SecretList: page.items.map(({ secret }): SecretListEntry => ({ ...entryOf(secret), SecretVersionsToStages: stagesOf(secret) })),
        NextToken: page.nextToken,
      };
    },

    UpdateSecret: ({ SecretId, ClientRequestToken, Description, KmsKeyId, SecretString, SecretBinary }, { region }) => {
      const secret = mustFindLive(state, region, SecretId);
      const changed = {
        ...secret,
        description: Description ?? secret.description,
        kmsKeyId: KmsKeyId ?? secret.kmsKeyId,
        lastChangedDate: clock.now(),
      };
      if (SecretString === undefined && SecretBinary === undefined) {
        put(region, changed);
        return { ARN: secret.arn, Name: secret.name };
      }
      const next = withVersion(state, changed, ClientRequestToken ?? ids.uuid(), { SecretString, SecretBinary });
      put(region, next.secret);
      return { ARN: secret.arn, Name: secret.name, VersionId: next.version.versionId };
    },

    DeleteSecret: ({ SecretId = "", RecoveryWindowInDays, ForceDeleteWithoutRecovery = false }, { region, account }) => {
      if (ForceDeleteWithoutRecovery && RecoveryWindowInDays !== undefined) {
        throw invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
      }
      if (RecoveryWindowInDays !== undefined && (RecoveryWindowInDays < 7 || RecoveryWindowInDays > 30)) {
        throw invalidParameter("RecoveryWindowInDays value must be between 7 and 30 days (inclusive).");
      }
      const now = clock.now();
      if (ForceDeleteWithoutRecovery) {
        // Forced deletion succeeds for a secret that is not there.
        const secret = findSecret(state, region, SecretId);
        if (secret !== undefined) secrets.delete(`${region}/${secret.name}`);
        const arn = secret?.arn ?? formatArn("secretsmanager", region, account, `secret:${SecretId}-${randomLetters()}`);
        return { ARN: arn, Name: secret?.name ?? SecretId, DeletionDate: new Date(now) };
      }
      const secret = mustFindLive(state, region, SecretId);
      const goneAt = now + (RecoveryWindowInDays ?? DEFAULT_WINDOW_DAYS) * DAY_MS;
      put(region, { ...secret, deletion: { requestedAt: now, goneAt } });
      return { ARN: secret.arn, Name: secret.name, DeletionDate: new Date(goneAt) };
    },

    RestoreSecret: ({ SecretId }, { region }) => {
      const { deletion: _cancelled, ...secret } = mustFindSecret(state, region, SecretId);
      put(region, secret);
      return { ARN: secret.arn, Name: secret.name };
    },

    TagResource: ({ SecretId, Tags = [] }, { region }) => {
      const secret = mustFindLive(state, region, SecretId);
      put(region, { ...secret, tags: { ...secret.tags, ...Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value])) } });
      return {};
    },

    UntagResource: ({ SecretId, TagKeys = [] }, { region }) => {
      const secret = mustFindLive(state, region, SecretId);
      put(region, { ...secret, tags: Object.fromEntries(Object.entries(secret.tags).filter(([key]) => !TagKeys.includes(key))) });
      return {};
    },

    GetResourcePolicy: ({ SecretId }, { region }) => {
      const { arn, name, resourcePolicy } = mustFindSecret(state, region, SecretId);
      return { ARN: arn, Name: name, ResourcePolicy: resourcePolicy };
    },

    PutResourcePolicy: ({ SecretId, ResourcePolicy }, { region }) => {
      const secret = mustFindLive(state, region, SecretId);
      put(region, { ...secret, resourcePolicy: ResourcePolicy });
      return { ARN: secret.arn, Name: secret.name };
    },

    DeleteResourcePolicy: ({ SecretId }, { region }) => {
      const { resourcePolicy: _gone, ...secret } = mustFindLive(state, region, SecretId);
      put(region, secret);
      return { ARN: secret.arn, Name: secret.name };
    },
  };
}

function entryOf(secret: SecretRecord) {
  const date = (instant: number | undefined) => (instant === undefined ? undefined : new Date(instant));
  return {
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    LastChangedDate: date(secret.lastChangedDate),
    LastAccessedDate: date(secret.lastAccessedDate),
    DeletedDate: date(secret.deletion?.goneAt),
    CreatedDate: date(secret.createdDate),
    Tags: Object.entries(secret.tags).map(([Key, Value]) => ({ Key, Value })),
  };
}

/** Versions that have a stage, with their stages. */
function stagesOf({ versions }: SecretRecord): Record<string, string[]> {
  return Object.fromEntries(versions.filter(({ stages }) => stages.length > 0).map(({ versionId, stages }) => [versionId, [...stages]]));
}

/** Values are prefixes, an exclamation mark negates; `all` looks everywhere. */
function meets(secret: SecretRecord, { Key, Values = [] }: Filter): boolean {
  const texts: Readonly<Record<string, readonly string[]>> = {
    name: [secret.name],
    description: secret.description === undefined ? [] : [secret.description],
    "tag-key": Object.keys(secret.tags),
    "tag-value": Object.values(secret.tags),
  };
  const actual = Key === "all" ? Object.values(texts).flat() : (texts[Key ?? ""] ?? []);
  return Values.some((wanted) =>
    wanted.startsWith("!") ? !actual.some((text) => text.startsWith(wanted.slice(1))) : actual.some((text) => text.startsWith(wanted)),
  );
}

/** The six letters AWS appends to a secret's name in its ARN. */
function randomLetters(): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  return Array.from({ length: 6 }, () => letters[randomInt(letters.length)]).join("");
}
