import type { RegisterTaskDefinitionRequest } from "@aws-sdk/client-ecs";
import { isObject, type Json } from "../../../../kit/json.ts";
import type { ResourceRequest, ResourceType } from "../../resource-type.ts";
import { apiInput, text, unless } from "../../resource-work.ts";
import { ecs, ecsTags, retag } from "./ecs-work.ts";
import { schemas } from "./generated/schemas.ts";

const schema = schemas["AWS::ECS::TaskDefinition"];

/** AWS::ECS::TaskDefinition. `Ref` is the revision's ARN; every change but that of tags makes a new revision. */
export const taskDefinition: ResourceType = {
  type: "AWS::ECS::TaskDefinition",
  schema,

  async create(request) {
    const { Tags: _, ...properties } = request.properties;
    const input = asEcsSpells(apiInput<RegisterTaskDefinitionRequest>(properties, schema, "camel"));
    const family = text(properties, "Family") ?? generatedFamily(request);
    const wanted = { ...input, family };
    const arn = (await registeredBefore(request, wanted)) ?? (await register(request, wanted));
    return { physicalId: arn, attributes: { TaskDefinitionArn: arn } };
  },

  // Only tags change in place.
  async update(request, current) {
    await retag(request, current.physicalId);
    return current;
  },

  async delete(request, { physicalId }) {
    // ECS answers both a revision that is gone and one that is already deregistered with a ClientException.
    await unless(/^ClientException$/, async () => {
      const { taskDefinition: found } = await ecs(request)("DescribeTaskDefinition", { taskDefinition: physicalId });
      if (found?.status === "ACTIVE") await ecs(request)("DeregisterTaskDefinition", { taskDefinition: physicalId });
    });
  },
};

/** Where ECS's name differs from CloudFormation's in more than its first letter. */
const SPELLINGS: Readonly<Record<string, string>> = {
  eFSVolumeConfiguration: "efsVolumeConfiguration",
  fSxWindowsFileServerVolumeConfiguration: "fsxWindowsFileServerVolumeConfiguration",
  filesystemId: "fileSystemId",
  iAM: "iam",
  proxyConfigurationProperties: "properties",
  s3FilesVolumeConfiguration: "s3filesVolumeConfiguration",
};

function asEcsSpells(input: RegisterTaskDefinitionRequest): RegisterTaskDefinitionRequest {
  const { volumes, proxyConfiguration } = input;
  return {
    ...input,
    ...(volumes === undefined ? {} : { volumes: respelled(volumes as unknown as Json) as unknown as typeof volumes }),
    ...(proxyConfiguration === undefined
      ? {}
      : { proxyConfiguration: respelled(proxyConfiguration as unknown as Json) as unknown as typeof proxyConfiguration }),
  };
}

function respelled(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(respelled);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [SPELLINGS[key] ?? key, respelled(item)]));
}

async function register(request: ResourceRequest, input: RegisterTaskDefinitionRequest): Promise<string> {
  const { tags } = ecsTags(request);
  const { taskDefinition: made } = await ecs(request)("RegisterTaskDefinition", { ...input, ...(tags.length > 0 ? { tags } : {}) });
  return made?.taskDefinitionArn ?? "";
}

// As CloudFormation names a family the template does not: the stack and the logical id run together.
function generatedFamily({ stackName, logicalId, token }: ResourceRequest): string {
  return `${stackName}${logicalId}${token.slice(0, 8)}`.replaceAll("-", "");
}

/** What an interrupted create registered: the newest revision of the family, when it says what we asked and is not known yet. */
async function registeredBefore(request: ResourceRequest, wanted: RegisterTaskDefinitionRequest): Promise<string | undefined> {
  if (!request.isRepeated) return undefined;
  const { taskDefinitionArns: [newest] = [] } = await ecs(request)("ListTaskDefinitions", {
    familyPrefix: wanted.family,
    status: "ACTIVE",
    sort: "DESC",
    maxResults: 1,
  });
  if (newest === undefined || request.recorded.includes(newest)) return undefined;
  const { taskDefinition: found } = await ecs(request)("DescribeTaskDefinition", { taskDefinition: newest });
  return holds(found as unknown as Json, wanted as unknown as Json) ? newest : undefined;
}

/** Whether `actual` says everything that `wanted` says; it may say more (defaults). */
function holds(actual: Json | undefined, wanted: Json): boolean {
  if (Array.isArray(wanted))
    return (
      Array.isArray(actual) && actual.length === wanted.length && wanted.every((item, index) => holds(actual[index] as Json, item as Json))
    );
  if (isObject(wanted))
    return (
      isObject(actual ?? null) && Object.entries(wanted).every(([key, value]) => holds((actual as { [key: string]: Json })[key], value))
    );
  return String(actual) === String(wanted);
}
