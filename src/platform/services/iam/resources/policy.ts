import { type Properties, ResourceFailure, type ResourceRequest, type ResourceState, type ResourceType } from "../../resource-type.ts";
import { document, generatedName, text, texts, unless, unlessMadeBefore } from "../../resource-work.ts";
import { schemas } from "./generated/schemas.ts";
import { iam } from "./role.ts";

const GONE = /^NoSuchEntity/;

/** AWS::IAM::Policy: an inline policy written on roles. `Ref` is a name of its own. */
export const policy: ResourceType = {
  type: "AWS::IAM::Policy",
  schema: schemas["AWS::IAM::Policy"],

  async create(request) {
    refusePeople(request.properties);
    const id = generatedName(request, 128);
    // From here on a rollback knows what to remove.
    request.initiated({ physicalId: id, attributes: { Id: id } });
    await write(request);
    return { physicalId: id, attributes: { Id: id } };
  },

  async update(request, current, previous) {
    refusePeople(request.properties);
    const roles = texts(request.properties, "Roles");
    const isRenamed = text(request.properties, "PolicyName") !== text(previous, "PolicyName");
    await remove(
      request,
      previous,
      texts(previous, "Roles").filter((name) => isRenamed || !roles.includes(name)),
    );
    await write(request);
    return current;
  },

  async delete(request) {
    await remove(request, request.properties, texts(request.properties, "Roles"));
  },
};

/** AWS::IAM::ManagedPolicy. `Ref` is its ARN. */
export const managedPolicy: ResourceType = {
  type: "AWS::IAM::ManagedPolicy",
  schema: schemas["AWS::IAM::ManagedPolicy"],

  async create(request) {
    refusePeople(request.properties);
    const { properties } = request;
    const PolicyName = text(properties, "ManagedPolicyName") ?? generatedName(request, 128);
    const Path = text(properties, "Path");
    let arn = `arn:aws:iam::${request.account}:policy${Path ?? "/"}${PolicyName}`;
    await unlessMadeBefore(request, /^EntityAlreadyExists/, async () => {
      const input = { PolicyName, Path, Description: text(properties, "Description"), PolicyDocument: document(properties.PolicyDocument) };
      arn = (await iam(request)("CreatePolicy", input)).Policy?.Arn ?? arn;
    });
    request.initiated(stateOf(arn));
    for (const RoleName of texts(properties, "Roles")) await iam(request)("AttachRolePolicy", { RoleName, PolicyArn: arn });
    return stateOf(arn);
  },

  async update(request, current, previous) {
    refusePeople(request.properties);
    const PolicyArn = current.physicalId;
    const api = iam(request);
    const PolicyDocument = document(request.properties.PolicyDocument);
    if (PolicyDocument !== document(previous.PolicyDocument)) {
      // A policy has five versions at most: make room first.
      const { Versions = [] } = await api("ListPolicyVersions", { PolicyArn });
      const oldest = Versions.filter(({ IsDefaultVersion }) => IsDefaultVersion !== true).pop()?.VersionId;
      if (Versions.length >= 5 && oldest !== undefined) await api("DeletePolicyVersion", { PolicyArn, VersionId: oldest });
      await api("CreatePolicyVersion", { PolicyArn, PolicyDocument, SetAsDefault: true });
    }
    const roles = texts(request.properties, "Roles");
    for (const RoleName of texts(previous, "Roles").filter((name) => !roles.includes(name)))
      await unless(GONE, () => api("DetachRolePolicy", { RoleName, PolicyArn }));
    for (const RoleName of roles) await api("AttachRolePolicy", { RoleName, PolicyArn });
    return current;
  },

  async delete(request, { physicalId: PolicyArn }) {
    const api = iam(request);
    await unless(GONE, async () => {
      const { PolicyRoles = [] } = await api("ListEntitiesForPolicy", { PolicyArn });
      for (const { RoleName } of PolicyRoles) await unless(GONE, () => api("DetachRolePolicy", { RoleName, PolicyArn }));
      const { Versions = [] } = await api("ListPolicyVersions", { PolicyArn });
      for (const { VersionId, IsDefaultVersion } of Versions)
        if (IsDefaultVersion !== true) await api("DeletePolicyVersion", { PolicyArn, VersionId });
      await api("DeletePolicy", { PolicyArn });
    });
  },
};

function stateOf(arn: string): ResourceState {
  return { physicalId: arn, attributes: { PolicyArn: arn } };
}

function refusePeople(properties: Properties): void {
  if (texts(properties, "Groups").length > 0 || texts(properties, "Users").length > 0)
    throw new ResourceFailure("The local platform has no IAM users and groups; attach the policy to Roles", "InvalidRequest");
}

async function write(request: ResourceRequest): Promise<void> {
  const { properties } = request;
  const input = { PolicyName: text(properties, "PolicyName"), PolicyDocument: document(properties.PolicyDocument) };
  for (const RoleName of texts(properties, "Roles")) await iam(request)("PutRolePolicy", { ...input, RoleName });
}

async function remove(request: ResourceRequest, properties: Properties, roles: readonly string[]): Promise<void> {
  const PolicyName = text(properties, "PolicyName");
  for (const RoleName of roles) await unless(GONE, () => iam(request)("DeleteRolePolicy", { RoleName, PolicyName }));
}
