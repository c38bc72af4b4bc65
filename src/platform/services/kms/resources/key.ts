import type { KeyMetadata } from "@aws-sdk/client-kms";
import type { ResourceRequest, ResourceState, ResourceType } from "../../resource-type.ts";
import { caller, document, flag, number, tagMap, text, unless } from "../../resource-work.ts";
import { schemas } from "./generated/schemas.ts";

const kms = caller("kms");
const GONE = /^NotFoundException$/;

/** AWS::KMS::Key. `Ref` is the key's id. Deleting it schedules its deletion, after `PendingWindowInDays`. */
export const key: ResourceType = {
  type: "AWS::KMS::Key",
  schema: schemas["AWS::KMS::Key"],

  async create(request) {
    const left = request.isRepeated ? await madeBefore(request) : undefined;
    const KeyMetadata = left ?? (await make(request));
    const made = { physicalId: KeyMetadata?.KeyId ?? "", attributes: { Arn: KeyMetadata?.Arn ?? "", KeyId: KeyMetadata?.KeyId ?? "" } };
    request.initiated(made);
    await settle(request, made);
    return made;
  },

  async update(request, current) {
    const KeyId = current.physicalId;
    const { properties } = request;
    await kms(request)("UpdateKeyDescription", { KeyId, Description: text(properties, "Description") ?? "" });
    if (properties.KeyPolicy !== undefined) await kms(request)("PutKeyPolicy", { KeyId, Policy: document(properties.KeyPolicy) });
    await settle(request, current);
    const wanted = tags(request);
    const { Tags = [] } = await kms(request)("ListResourceTags", { KeyId });
    const TagKeys = Tags.map(({ TagKey = "" }) => TagKey).filter((name) => !wanted.some(({ TagKey }) => TagKey === name));
    if (TagKeys.length > 0) await kms(request)("UntagResource", { KeyId, TagKeys });
    if (wanted.length > 0) await kms(request)("TagResource", { KeyId, Tags: wanted });
    return current;
  },

  async delete(request, { physicalId: KeyId }) {
    await unless(/^(NotFoundException|KMSInvalidStateException)$/, () =>
      kms(request)("ScheduleKeyDeletion", { KeyId, PendingWindowInDays: number(request.properties, "PendingWindowInDays") }),
    );
  },
};

/** AWS::KMS::Alias. `Ref` is its name. */
export const alias: ResourceType = {
  type: "AWS::KMS::Alias",
  schema: schemas["AWS::KMS::Alias"],

  async create(request) {
    const AliasName = text(request.properties, "AliasName") ?? "";
    const work = () => kms(request)("CreateAlias", { AliasName, TargetKeyId: text(request.properties, "TargetKeyId") });
    if (request.isRepeated) await unless(/^AlreadyExistsException$/, work);
    else await work();
    return { physicalId: AliasName, attributes: {} };
  },

  async update(request, current) {
    await kms(request)("UpdateAlias", { AliasName: current.physicalId, TargetKeyId: text(request.properties, "TargetKeyId") });
    return current;
  },

  async delete(request, { physicalId: AliasName }) {
    await unless(GONE, () => kms(request)("DeleteAlias", { AliasName }));
  },
};

async function make(request: ResourceRequest): Promise<KeyMetadata | undefined> {
  const { properties } = request;
  const { KeyMetadata } = await kms(request)("CreateKey", {
    Description: text(properties, "Description"),
    MultiRegion: flag(properties, "MultiRegion"),
    ...(properties.KeyPolicy === undefined ? {} : { Policy: document(properties.KeyPolicy) }),
    Tags: tags(request),
  });
  return KeyMetadata;
}

/** The key that a cut-off attempt made: a key has no name and CreateKey no token, but its tags tell the stack's resource. */
async function madeBefore(request: ResourceRequest): Promise<KeyMetadata | undefined> {
  const own = ["aws:cloudformation:stack-id", "aws:cloudformation:logical-id"];
  const { Keys = [] } = await kms(request)("ListKeys", { Limit: 1000 });
  for (const { KeyId = "" } of Keys.filter(({ KeyId: id = "" }) => !request.recorded.includes(id))) {
    const { KeyMetadata: found } = await kms(request)("DescribeKey", { KeyId });
    const { Tags = [] } = await kms(request)("ListResourceTags", { KeyId });
    const isOwn = own.every((name) => Tags.some(({ TagKey, TagValue }) => TagKey === name && TagValue === request.tags[name]));
    if (isOwn && found?.KeyState !== "PendingDeletion") return found;
  }
  return undefined;
}

/** Rotation, and whether the key may be used. */
async function settle(request: ResourceRequest, { physicalId: KeyId }: ResourceState): Promise<void> {
  const { properties } = request;
  const isOn = flag(properties, "Enabled") !== false;
  await kms(request)(isOn ? "EnableKey" : "DisableKey", { KeyId });
  if (flag(properties, "EnableKeyRotation") === true) {
    await kms(request)("EnableKeyRotation", { KeyId, RotationPeriodInDays: number(properties, "RotationPeriodInDays") });
  } else await kms(request)("DisableKeyRotation", { KeyId });
}

function tags(request: ResourceRequest): { TagKey: string; TagValue: string }[] {
  return Object.entries(tagMap(request, true)).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
}
