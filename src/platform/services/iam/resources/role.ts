import type { Role } from "@aws-sdk/client-iam";
import type { Properties, ResourceRequest, ResourceState, ResourceType } from "../../resource-type.ts";
import {
  caller,
  changed,
  document,
  generatedName,
  number,
  objects,
  tagList,
  tagMap,
  text,
  texts,
  unless,
  unlessMadeBefore,
} from "../../resource-work.ts";
import { schemas } from "./generated/schemas.ts";

export const iam = caller("iam");
const GONE = /^NoSuchEntity/;

/** AWS::IAM::Role. `Ref` is the role's name. */
export const role: ResourceType = {
  type: "AWS::IAM::Role",
  schema: schemas["AWS::IAM::Role"],

  async create(request) {
    const { properties } = request;
    const RoleName = text(properties, "RoleName") ?? generatedName(request, 64);
    await unlessMadeBefore(request, /^EntityAlreadyExists/, async () => {
      await iam(request)("CreateRole", {
        RoleName,
        AssumeRolePolicyDocument: document(properties.AssumeRolePolicyDocument),
        Path: text(properties, "Path"),
        Description: text(properties, "Description"),
        MaxSessionDuration: number(properties, "MaxSessionDuration"),
        PermissionsBoundary: text(properties, "PermissionsBoundary"),
        Tags: tagList(request),
      });
    });
    const state = await describe(request, RoleName);
    request.initiated(state);
    await bringPolicies(request, RoleName, {});
    return state;
  },

  async update(request, { physicalId: RoleName }, previous) {
    const { properties } = request;
    const api = iam(request);
    if (changed("AssumeRolePolicyDocument", properties, previous))
      await api("UpdateAssumeRolePolicy", { RoleName, PolicyDocument: document(properties.AssumeRolePolicyDocument) });
    if (changed("Description", properties, previous) || changed("MaxSessionDuration", properties, previous))
      await api("UpdateRole", {
        RoleName,
        Description: text(properties, "Description") ?? "",
        MaxSessionDuration: number(properties, "MaxSessionDuration") ?? 3600,
      });
    if (changed("PermissionsBoundary", properties, previous)) {
      const PermissionsBoundary = text(properties, "PermissionsBoundary");
      if (PermissionsBoundary === undefined) await api("DeleteRolePermissionsBoundary", { RoleName });
      else await api("PutRolePermissionsBoundary", { RoleName, PermissionsBoundary });
    }
    await bringPolicies(request, RoleName, previous);
    await retag(request, RoleName);
    return describe(request, RoleName);
  },

  async delete(request, { physicalId: RoleName }) {
    const api = iam(request);
    await unless(GONE, async () => {
      const { AttachedPolicies = [] } = await api("ListAttachedRolePolicies", { RoleName });
      for (const { PolicyArn } of AttachedPolicies) await unless(GONE, () => api("DetachRolePolicy", { RoleName, PolicyArn }));
      const { PolicyNames = [] } = await api("ListRolePolicies", { RoleName });
      for (const PolicyName of PolicyNames) await unless(GONE, () => api("DeleteRolePolicy", { RoleName, PolicyName }));
      await api("DeleteRole", { RoleName });
    });
  },

  async find(request) {
    const name = text(request.properties, "RoleName");
    if (name === undefined) return undefined;
    let found: ResourceState | undefined;
    await unless(GONE, async () => {
      found = await describe(request, name);
    });
    return found;
  },
};

/** What the role itself said before and no longer says is removed; what other resources attached to it stays. */
async function bringPolicies(request: ResourceRequest, RoleName: string, previous: Properties): Promise<void> {
  const { properties } = request;
  const api = iam(request);
  const arns = texts(properties, "ManagedPolicyArns");
  for (const PolicyArn of texts(previous, "ManagedPolicyArns").filter((arn) => !arns.includes(arn)))
    await unless(GONE, () => api("DetachRolePolicy", { RoleName, PolicyArn }));
  for (const PolicyArn of arns) await api("AttachRolePolicy", { RoleName, PolicyArn });
  const policies = objects(properties, "Policies");
  const names = policies.map((policy) => text(policy, "PolicyName"));
  for (const policy of objects(previous, "Policies")) {
    const PolicyName = text(policy, "PolicyName");
    if (!names.includes(PolicyName)) await unless(GONE, () => api("DeleteRolePolicy", { RoleName, PolicyName }));
  }
  for (const policy of policies)
    await api("PutRolePolicy", { RoleName, PolicyName: text(policy, "PolicyName"), PolicyDocument: document(policy.PolicyDocument) });
}

async function retag(request: ResourceRequest, RoleName: string): Promise<void> {
  const wanted = tagMap(request);
  const { Tags = [] } = await iam(request)("ListRoleTags", { RoleName });
  const stale = Tags.map(({ Key = "" }) => Key).filter((key) => !Object.hasOwn(wanted, key));
  if (stale.length > 0) await iam(request)("UntagRole", { RoleName, TagKeys: stale });
  if (Object.keys(wanted).length > 0) await iam(request)("TagRole", { RoleName, Tags: tagList(request) });
}

async function describe(request: Pick<ResourceRequest, "call" | "region">, RoleName: string): Promise<ResourceState> {
  const { Role: found } = await iam(request)("GetRole", { RoleName });
  return stateOf(found);
}

function stateOf(found: Role | undefined): ResourceState {
  return { physicalId: found?.RoleName ?? "", attributes: { Arn: found?.Arn ?? "", RoleId: found?.RoleId ?? "" } };
}
