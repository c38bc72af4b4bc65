/** Keys: made, described, listed, switched on and off, rotated, deleted; their policies and tags. */
import { randomBytes } from "node:crypto";
import { type KeyMetadata, MalformedPolicyDocumentException, UnsupportedOperationException } from "@aws-sdk/client-kms";
import type { Clock } from "../../../kit/clock.ts";
import type { Ids } from "../../../kit/ids.ts";
import { parseJsonObject } from "../../../kit/json.ts";
import { partitionOf } from "../../../model/arn.ts";
import { AwsFault } from "../../gateway/aws-fault.ts";
import type { Operations, RequestContext } from "../../gateway/operations.ts";
import type { Seal } from "../../persistence/seal.ts";
import { pageOf } from "../page.ts";
import { invalidState, keyArn, mustFindKey, notFound } from "./find-key.ts";
import type { KeyRecord, KmsRecords } from "./records.ts";

const PAGE = 100;
const DAY_MS = 86_400_000;

export interface KeyDependencies {
  readonly records: KmsRecords;
  readonly clock: Pick<Clock, "now">;
  readonly ids: Pick<Ids, "uuid">;
  readonly seal: Seal;
}

export function keyOperations({ records, clock, ids, seal }: KeyDependencies): Operations<"kms"> {
  const put = (key: KeyRecord) => records.keys.put(`${key.region}/${key.keyId}`, key);
  const find = (given: string | undefined, { region }: RequestContext) => mustFindKey(records, given, region, clock.now());
  const change = (given: string | undefined, context: RequestContext, changed: Partial<KeyRecord>) => {
    put({ ...mustBeAlive(find(given, context), context), ...changed });
    return {};
  };

  return {
    CreateKey: (input, context) => {
      const {
        Policy,
        Description = "",
        KeyUsage = "ENCRYPT_DECRYPT",
        KeySpec = input.CustomerMasterKeySpec ?? "SYMMETRIC_DEFAULT",
      } = input;
      if (KeyUsage !== "ENCRYPT_DECRYPT" || KeySpec !== "SYMMETRIC_DEFAULT") throw unsupported(`${KeySpec} keys for ${KeyUsage}`);
      if ((input.Origin ?? "AWS_KMS") !== "AWS_KMS") throw unsupported(`keys of origin ${input.Origin}`);
      const keyId = input.MultiRegion === true ? `mrk-${ids.uuid().replaceAll("-", "")}` : ids.uuid();
      const key: KeyRecord = {
        region: context.region,
        keyId,
        description: Description,
        state: "Enabled",
        policy: Policy === undefined ? defaultPolicy(context) : checkedPolicy(Policy),
        isRotated: false,
        rotationDays: 365,
        material: seal.seal(randomBytes(32).toString("base64"), `kms/${keyId}`),
        multiRegion: input.MultiRegion === true,
        tags: Object.fromEntries((input.Tags ?? []).map(({ TagKey = "", TagValue = "" }) => [TagKey, TagValue])),
        createdAt: clock.now(),
      };
      put(key);
      return { KeyMetadata: metadata(key, context) };
    },

    DescribeKey: ({ KeyId }, context) => ({ KeyMetadata: metadata(find(KeyId, context), context) }),

    ListKeys: ({ Limit = PAGE, Marker }, { region, account }) => {
      const page = pageOf(records.keys.list(`${region}/`), ({ keyId }) => keyId, Limit, Marker, badMarker);
      return {
        Keys: page.items.map((key) => ({ KeyId: key.keyId, KeyArn: keyArn(key, account) })),
        Truncated: page.nextToken !== undefined,
        NextMarker: page.nextToken,
      };
    },

    UpdateKeyDescription: ({ KeyId, Description }, context) => change(KeyId, context, { description: Description ?? "" }),
    EnableKey: ({ KeyId }, context) => change(KeyId, context, { state: "Enabled" }),
    DisableKey: ({ KeyId }, context) => change(KeyId, context, { state: "Disabled" }),
    DisableKeyRotation: ({ KeyId }, context) => change(KeyId, context, { isRotated: false }),
    EnableKeyRotation: ({ KeyId, RotationPeriodInDays }, context) =>
      change(KeyId, context, { isRotated: true, ...(RotationPeriodInDays === undefined ? {} : { rotationDays: RotationPeriodInDays }) }),

    GetKeyRotationStatus: ({ KeyId }, context) => {
      const key = find(KeyId, context);
      return {
        KeyId: keyArn(key, context.account),
        KeyRotationEnabled: key.isRotated,
        ...(key.isRotated ? { RotationPeriodInDays: key.rotationDays } : {}),
      };
    },

    GetKeyPolicy: ({ KeyId, PolicyName = "default" }, context) => {
      const { policy } = find(KeyId, context);
      if (PolicyName !== "default") throw notFound(`No such policy exists`);
      return { Policy: policy, PolicyName };
    },
    PutKeyPolicy: ({ KeyId, Policy = "" }, context) => change(KeyId, context, { policy: checkedPolicy(Policy) }),
    ListKeyPolicies: ({ KeyId }, context) => {
      find(KeyId, context);
      return { PolicyNames: ["default"], Truncated: false };
    },

    ScheduleKeyDeletion: ({ KeyId, PendingWindowInDays = 30 }, context) => {
      const key = mustBeAlive(find(KeyId, context), context);
      const deletionAt = clock.now() + PendingWindowInDays * DAY_MS;
      put({ ...key, state: "PendingDeletion", deletionAt });
      return { KeyId: keyArn(key, context.account), DeletionDate: new Date(deletionAt), KeyState: "PendingDeletion", PendingWindowInDays };
    },

    /** The key comes back switched off, as on AWS. */
    CancelKeyDeletion: ({ KeyId }, context) => {
      const { deletionAt, ...key } = find(KeyId, context);
      if (deletionAt === undefined) throw invalidState(`${keyArn(key, context.account)} is not pending deletion.`);
      put({ ...key, state: "Disabled" });
      return { KeyId: keyArn(key, context.account) };
    },

    ListResourceTags: ({ KeyId }, context) => ({
      Tags: Object.entries(find(KeyId, context).tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
      Truncated: false,
    }),
    TagResource: ({ KeyId, Tags = [] }, context) =>
      change(KeyId, context, {
        tags: { ...find(KeyId, context).tags, ...Object.fromEntries(Tags.map(({ TagKey = "", TagValue = "" }) => [TagKey, TagValue])) },
      }),
    UntagResource: ({ KeyId, TagKeys = [] }, context) =>
      change(KeyId, context, {
        tags: Object.fromEntries(Object.entries(find(KeyId, context).tags).filter(([key]) => !TagKeys.includes(key))),
      }),
  };
}

/** Refuses a page marker that was never given. */
export function badMarker(): never {
  throw new AwsFault("InvalidMarkerException", "Could not deserialize marker.");
}

function mustBeAlive(key: KeyRecord, { account }: RequestContext): KeyRecord {
  if (key.state === "PendingDeletion") throw invalidState(`${keyArn(key, account)} is pending deletion.`);
  return key;
}

function unsupported(what: string): UnsupportedOperationException {
  return new UnsupportedOperationException({ message: `The local platform has no ${what}.`, $metadata: {} });
}

function checkedPolicy(policy: string): string {
  if (parseJsonObject(policy)?.Statement !== undefined) return policy;
  throw new MalformedPolicyDocumentException({ message: "The new key policy is not a valid policy document.", $metadata: {} });
}

/** The account, by its own IAM policies. */
function defaultPolicy({ account, region }: RequestContext): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Id: "key-default-1",
    Statement: [
      {
        Sid: "Enable IAM User Permissions",
        Effect: "Allow",
        Principal: { AWS: `arn:${partitionOf(region)}:iam::${account}:root` },
        Action: "kms:*",
        Resource: "*",
      },
    ],
  });
}

function metadata(key: KeyRecord, { account }: RequestContext): KeyMetadata {
  return {
    AWSAccountId: account,
    KeyId: key.keyId,
    Arn: keyArn(key, account),
    CreationDate: new Date(key.createdAt),
    Enabled: key.state === "Enabled",
    Description: key.description,
    KeyUsage: "ENCRYPT_DECRYPT",
    KeyState: key.state,
    DeletionDate: key.deletionAt === undefined ? undefined : new Date(key.deletionAt),
    Origin: "AWS_KMS",
    KeyManager: "CUSTOMER",
    CustomerMasterKeySpec: "SYMMETRIC_DEFAULT",
    KeySpec: "SYMMETRIC_DEFAULT",
    EncryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
    MultiRegion: key.multiRegion,
  };
}
