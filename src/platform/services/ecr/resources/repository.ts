import type {
  CreateRepositoryRequest,
  ImageTagMutabilityExclusionFilterType,
  PutImageScanningConfigurationRequest,
  PutImageTagMutabilityRequest,
} from "@aws-sdk/client-ecr";
import { isObject } from "../../../../kit/json.ts";
import type { Properties, ResourceRequest, ResourceState, ResourceType } from "../../resource-type.ts";
import {
  apiInput,
  caller,
  changed,
  document,
  flag,
  generatedName,
  objects,
  tagMap,
  text,
  unless,
  unlessMadeBefore,
} from "../../resource-work.ts";
import { schemas } from "./generated/schemas.ts";

const schema = schemas["AWS::ECR::Repository"];
const ecr = caller("ecr");
const TAGGING = ["ImageTagMutability", "ImageTagMutabilityExclusionFilters"];

/** AWS::ECR::Repository. `Ref` is its name. */
export const repository: ResourceType = {
  type: "AWS::ECR::Repository",
  schema,

  async create(request) {
    const { properties } = request;
    const repositoryName = text(properties, "RepositoryName") ?? generatedName(request, 256).toLowerCase();
    const input = {
      ...apiInput<CreateRepositoryRequest>(properties, schema, "camel", ["EncryptionConfiguration", "ImageScanningConfiguration"]),
      ...tagging(properties),
    };
    const tags = ecrTags(request);
    await unlessMadeBefore(request, /^RepositoryAlreadyExists/, () =>
      ecr(request)("CreateRepository", { ...input, repositoryName, ...(tags.length > 0 ? { tags } : {}) }),
    );
    const state = await describe(request, repositoryName);
    request.initiated(state);
    await setPolicies(request, repositoryName);
    return state;
  },

  async update(request, current, previous) {
    const { properties } = request;
    const repositoryName = current.physicalId;
    if (TAGGING.some((name) => changed(name, properties, previous)))
      await ecr(request)("PutImageTagMutability", {
        repositoryName,
        imageTagMutability: "MUTABLE",
        ...tagging(properties),
      });
    if (changed("ImageScanningConfiguration", properties, previous))
      await ecr(request)("PutImageScanningConfiguration", {
        repositoryName,
        imageScanningConfiguration: { scanOnPush: false },
        ...apiInput<Partial<PutImageScanningConfigurationRequest>>(properties, schema, "camel", ["ImageScanningConfiguration"]),
      });
    await setPolicies(request, repositoryName);
    if (previous.LifecyclePolicy !== undefined && properties.LifecyclePolicy === undefined)
      await unless(/NotFound/, () => ecr(request)("DeleteLifecyclePolicy", { repositoryName }));
    if (previous.RepositoryPolicyText !== undefined && properties.RepositoryPolicyText === undefined)
      await unless(/NotFound/, () => ecr(request)("DeleteRepositoryPolicy", { repositoryName }));
    await retag(request, String(current.attributes.Arn));
    return current;
  },

  async delete(request, { physicalId }) {
    const force = flag(request.properties, "EmptyOnDelete") ?? false;
    await unless(/^RepositoryNotFound/, () => ecr(request)("DeleteRepository", { repositoryName: physicalId, force }));
  },

  async find(request) {
    const name = text(request.properties, "RepositoryName");
    if (name === undefined) return undefined;
    let found: ResourceState | undefined;
    await unless(/^RepositoryNotFound/, async () => {
      found = await describe(request, name);
    });
    return found;
  },
};

/** CloudFormation's names for the exclusion filters are longer than the API's. */
function tagging(properties: Properties): Partial<Omit<PutImageTagMutabilityRequest, "repositoryName">> {
  const filters = objects(properties, "ImageTagMutabilityExclusionFilters").map((filter) => ({
    filterType: text(filter, "ImageTagMutabilityExclusionFilterType") as ImageTagMutabilityExclusionFilterType | undefined,
    filter: text(filter, "ImageTagMutabilityExclusionFilterValue"),
  }));
  return {
    ...apiInput<Partial<PutImageTagMutabilityRequest>>(properties, schema, "camel", ["ImageTagMutability"]),
    ...(filters.length > 0 ? { imageTagMutabilityExclusionFilters: filters } : {}),
  };
}

async function setPolicies(request: ResourceRequest, repositoryName: string): Promise<void> {
  const { LifecyclePolicy, RepositoryPolicyText } = request.properties;
  const lifecyclePolicyText = isObject(LifecyclePolicy) ? text(LifecyclePolicy, "LifecyclePolicyText") : undefined;
  if (lifecyclePolicyText !== undefined) await ecr(request)("PutLifecyclePolicy", { repositoryName, lifecyclePolicyText });
  if (RepositoryPolicyText !== undefined)
    await ecr(request)("SetRepositoryPolicy", { repositoryName, policyText: document(RepositoryPolicyText) });
}

async function describe(request: Pick<ResourceRequest, "call" | "region">, name: string): Promise<ResourceState> {
  const { repositories: [found] = [] } = await ecr(request)("DescribeRepositories", { repositoryNames: [name] });
  return { physicalId: name, attributes: { Arn: found?.repositoryArn ?? "", RepositoryUri: found?.repositoryUri ?? "" } };
}

function ecrTags(request: ResourceRequest): { Key: string; Value: string }[] {
  return Object.entries(tagMap(request)).map(([Key, Value]) => ({ Key, Value }));
}

async function retag(request: ResourceRequest, resourceArn: string): Promise<void> {
  const wanted = tagMap(request);
  const { tags = [] } = await ecr(request)("ListTagsForResource", { resourceArn });
  const stale = tags.map(({ Key = "" }) => Key).filter((key) => !Object.hasOwn(wanted, key));
  if (stale.length > 0) await ecr(request)("UntagResource", { resourceArn, tagKeys: stale });
  if (Object.keys(wanted).length > 0) await ecr(request)("TagResource", { resourceArn, tags: ecrTags(request) });
}
