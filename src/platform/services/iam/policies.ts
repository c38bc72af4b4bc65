/** Managed policies: the customer's own with their versions, and a view of those AWS manages. */
import type { Policy, PolicyVersion } from "@aws-sdk/client-iam";
import { partitionOf } from "../../../model/arn.ts";
import type { Operations } from "../../gateway/operations.ts";
import { alreadyExists, deleteConflict, limitExceeded, noSuchEntity } from "./faults.ts";
import { type ManagedPolicyView, managedPolicies, managedPolicy } from "./managed-policies.ts";
import { markerPage } from "./marker-page.ts";
import { checkPolicyDocument, encodeDocument } from "./policy-document.ts";
import { type IamState, type PolicyRecord, tagList, withoutTags, withTags } from "./records.ts";

const MOST_VERSIONS = 5;
const MOST_CHARACTERS = 6144;

type Version = PolicyRecord["versions"][number];

export function policyOperations(state: IamState): Operations<"iam"> {
  const { policies, roles, clock, newId } = state;
  const put = (policy: PolicyRecord) => policies.put(policy.arn.toLowerCase(), policy);

  const mustFind = (arn = ""): PolicyRecord => {
    const policy = policies.get(arn.toLowerCase());
    if (policy === undefined) throw noSuchEntity(`Policy ${arn} was not found.`);
    return policy;
  };
  const mustFindVersion = (policy: PolicyRecord, versionId = ""): Version => {
    const version = policy.versions.find((candidate) => candidate.versionId === versionId);
    if (version === undefined) throw noSuchEntity(`Policy ${policy.arn} version ${versionId} does not exist or is not attachable.`);
    return version;
  };
  const usersOf = (arn: string) => roles.list().filter(({ attached }) => attached.includes(arn));

  const view = (policy: PolicyRecord): Policy => ({
    PolicyName: policy.policyName,
    PolicyId: policy.policyId,
    Arn: policy.arn,
    Path: policy.path,
    Description: policy.description,
    DefaultVersionId: policy.defaultVersionId,
    AttachmentCount: usersOf(policy.arn).length,
    PermissionsBoundaryUsageCount: roles.list().filter(({ permissionsBoundary }) => permissionsBoundary === policy.arn).length,
    IsAttachable: true,
    CreateDate: new Date(policy.createDate),
    UpdateDate: new Date(policy.updateDate),
    Tags: tagList(policy.tags),
  });
  const viewManaged = ({ arn, policyName, path }: ManagedPolicyView): Policy => ({
    PolicyName: policyName,
    Arn: arn,
    Path: path,
    DefaultVersionId: "v1",
    AttachmentCount: usersOf(arn).length,
    PermissionsBoundaryUsageCount: 0,
    IsAttachable: true,
    Tags: [],
  });
  const viewVersion = (policy: PolicyRecord, { versionId, document, createDate }: Version): PolicyVersion => ({
    VersionId: versionId,
    Document: encodeDocument(document),
    IsDefaultVersion: versionId === policy.defaultVersionId,
    CreateDate: new Date(createDate),
  });
  const checkSize = (document: string): void => {
    if (document.replace(/\s/g, "").length > MOST_CHARACTERS) {
      throw limitExceeded(`Cannot exceed quota for PolicySize: ${MOST_CHARACTERS}`);
    }
  };

  return {
    CreatePolicy: ({ PolicyName = "", PolicyDocument = "", Path = "/", Description, Tags }, { account, region }) => {
      const arn = `arn:${partitionOf(region)}:iam::${account}:policy${Path}${PolicyName}`;
      const taken = policies.list().some(({ policyName }) => policyName.toLowerCase() === PolicyName.toLowerCase());
      if (taken) throw alreadyExists(`A policy called ${PolicyName} already exists. Duplicate names are not allowed.`);
      checkPolicyDocument(PolicyDocument, "identity");
      checkSize(PolicyDocument);
      const now = clock.now();
      const policy: PolicyRecord = {
        policyName: PolicyName,
        policyId: newId("ANPA"),
        arn,
        path: Path,
        description: Description,
        versions: [{ versionId: "v1", document: PolicyDocument, createDate: now }],
        defaultVersionId: "v1",
        lastVersion: 1,
        tags: withTags({}, Tags),
        createDate: now,
        updateDate: now,
      };
      put(policy);
      return { Policy: view(policy) };
    },

    GetPolicy: ({ PolicyArn = "" }) => {
      const managed = managedPolicy(PolicyArn);
      return { Policy: managed?.document === undefined ? view(mustFind(PolicyArn)) : viewManaged(managed) };
    },

    ListPolicies: ({ Scope = "All", OnlyAttached = false, PathPrefix = "/", ...page }) => {
      const own = Scope === "AWS" ? [] : policies.list().map(view);
      const managed = Scope === "Local" ? [] : managedPolicies().map(viewManaged);
      const found = [...own, ...managed]
        .filter(({ Path = "/", AttachmentCount = 0 }) => Path.startsWith(PathPrefix) && (!OnlyAttached || AttachmentCount > 0))
        .map(({ Tags: _tags, ...policy }): Policy => policy)
        .sort((a, b) => ((a.Arn ?? "") < (b.Arn ?? "") ? -1 : 1));
      const { items, truncation } = markerPage(found, ({ Arn = "" }) => Arn, page);
      return { Policies: items, ...truncation };
    },

    DeletePolicy: ({ PolicyArn }) => {
      const policy = mustFind(PolicyArn);
      if (usersOf(policy.arn).length > 0) throw deleteConflict("Cannot delete a policy attached to entities.");
      if (policy.versions.length > 1) {
        throw deleteConflict(
          "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
        );
      }
      policies.delete(policy.arn.toLowerCase());
      return {};
    },

    CreatePolicyVersion: ({ PolicyArn, PolicyDocument = "", SetAsDefault = false }) => {
      const policy = mustFind(PolicyArn);
      checkPolicyDocument(PolicyDocument, "identity");
      checkSize(PolicyDocument);
      if (policy.versions.length >= MOST_VERSIONS) {
        throw limitExceeded(
          `A managed policy can have up to ${MOST_VERSIONS} versions. Before you create a new version, you must delete an existing version.`,
        );
      }
      const lastVersion = policy.lastVersion + 1;
      const version: Version = { versionId: `v${lastVersion}`, document: PolicyDocument, createDate: clock.now() };
      const changed: PolicyRecord = {
        ...policy,
        lastVersion,
        versions: [...policy.versions, version],
        defaultVersionId: SetAsDefault ? version.versionId : policy.defaultVersionId,
        updateDate: clock.now(),
      };
      put(changed);
      return { PolicyVersion: viewVersion(changed, version) };
    },

    GetPolicyVersion: ({ PolicyArn = "", VersionId = "" }) => {
      const document = managedPolicy(PolicyArn)?.document;
      if (document !== undefined) {
        if (VersionId !== "v1") throw noSuchEntity(`Policy ${PolicyArn} version ${VersionId} does not exist or is not attachable.`);
        return { PolicyVersion: { VersionId, Document: encodeDocument(document), IsDefaultVersion: true } };
      }
      const policy = mustFind(PolicyArn);
      return { PolicyVersion: viewVersion(policy, mustFindVersion(policy, VersionId)) };
    },

    ListPolicyVersions: ({ PolicyArn, ...page }) => {
      const policy = mustFind(PolicyArn);
      const newest = [...policy.versions].sort((a, b) => (a.versionId < b.versionId ? -1 : 1));
      const { items, truncation } = markerPage(newest, ({ versionId }) => versionId, page);
      return { Versions: items.map((version) => ({ ...viewVersion(policy, version), Document: undefined })), ...truncation };
    },

    SetDefaultPolicyVersion: ({ PolicyArn, VersionId }) => {
      const policy = mustFind(PolicyArn);
      put({ ...policy, defaultVersionId: mustFindVersion(policy, VersionId).versionId, updateDate: clock.now() });
      return {};
    },

    DeletePolicyVersion: ({ PolicyArn, VersionId }) => {
      const policy = mustFind(PolicyArn);
      const version = mustFindVersion(policy, VersionId);
      if (version.versionId === policy.defaultVersionId) throw deleteConflict("Cannot delete the default version of a policy.");
      put({ ...policy, versions: policy.versions.filter((candidate) => candidate !== version), updateDate: clock.now() });
      return {};
    },

    ListEntitiesForPolicy: ({ PolicyArn = "" }) => {
      if (managedPolicy(PolicyArn) === undefined) mustFind(PolicyArn);
      const PolicyRoles = usersOf(PolicyArn).map(({ roleName, roleId }) => ({ RoleName: roleName, RoleId: roleId }));
      return { PolicyRoles, PolicyUsers: [], PolicyGroups: [], IsTruncated: false };
    },

    TagPolicy: ({ PolicyArn, Tags }) => {
      const policy = mustFind(PolicyArn);
      put({ ...policy, tags: withTags(policy.tags, Tags) });
      return {};
    },

    UntagPolicy: ({ PolicyArn, TagKeys }) => {
      const policy = mustFind(PolicyArn);
      put({ ...policy, tags: withoutTags(policy.tags, TagKeys) });
      return {};
    },

    ListPolicyTags: ({ PolicyArn, ...page }) => {
      const { items, truncation } = markerPage(tagList(mustFind(PolicyArn).tags), ({ Key = "" }) => Key, page);
      return { Tags: items, ...truncation };
    },
  };
}
