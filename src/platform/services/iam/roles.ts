/** Roles: created, read, changed, tagged, deleted. */
import type { Role } from "@aws-sdk/client-iam";
import { partitionOf } from "../../../model/arn.ts";
import type { Operations } from "../../gateway/operations.ts";
import { alreadyExists, deleteConflict, noSuchEntity } from "./faults.ts";
import { markerPage } from "./marker-page.ts";
import { checkPolicyDocument, encodeDocument } from "./policy-document.ts";
import { type IamState, type RoleRecord, tagList, withoutTags, withTags } from "./records.ts";

const DEFAULT_SESSION_SECONDS = 3600;

export function roleOperations(state: IamState): Operations<"iam"> {
  const { roles, clock, newId } = state;
  const put = (role: RoleRecord) => roles.put(role.roleName.toLowerCase(), role);

  return {
    CreateRole: (input, { account, region }) => {
      const {
        RoleName = "",
        AssumeRolePolicyDocument = "",
        Path = "/",
        Description,
        MaxSessionDuration,
        PermissionsBoundary,
        Tags,
      } = input;
      if (roles.has(RoleName.toLowerCase())) throw alreadyExists(`Role with name ${RoleName} already exists.`);
      checkPolicyDocument(AssumeRolePolicyDocument, "trust");
      const role: RoleRecord = {
        roleName: RoleName,
        roleId: newId("AROA"),
        arn: `arn:${partitionOf(region)}:iam::${account}:role${Path}${RoleName}`,
        path: Path,
        description: Description,
        assumeRolePolicyDocument: AssumeRolePolicyDocument,
        maxSessionDuration: MaxSessionDuration ?? DEFAULT_SESSION_SECONDS,
        permissionsBoundary: PermissionsBoundary,
        policies: {},
        attached: [],
        tags: withTags({}, Tags),
        createDate: clock.now(),
      };
      put(role);
      return { Role: viewRole(role) };
    },

    GetRole: ({ RoleName }) => ({ Role: viewRole(mustFindRole(state, RoleName)) }),

    /** Lists leave out tags, description's companions and the boundary, as IAM's do. */
    ListRoles: ({ PathPrefix = "/", ...page }) => {
      const found = roles.list().filter(({ path }) => path.startsWith(PathPrefix));
      const { items, truncation } = markerPage(found, ({ roleName }) => roleName.toLowerCase(), page);
      const views = items.map((role) => {
        const { Tags: _tags, PermissionsBoundary: _boundary, RoleLastUsed: _used, ...listed } = viewRole(role);
        return listed as Role;
      });
      return { Roles: views, ...truncation };
    },

    UpdateRole: ({ RoleName, Description, MaxSessionDuration }) => {
      const role = mustFindRole(state, RoleName);
      put({
        ...role,
        description: Description ?? role.description,
        maxSessionDuration: MaxSessionDuration ?? role.maxSessionDuration,
      });
      return {};
    },

    UpdateRoleDescription: ({ RoleName, Description }) => {
      const role = { ...mustFindRole(state, RoleName), description: Description };
      put(role);
      return { Role: viewRole(role) };
    },

    UpdateAssumeRolePolicy: ({ RoleName, PolicyDocument = "" }) => {
      const role = mustFindRole(state, RoleName);
      checkPolicyDocument(PolicyDocument, "trust");
      put({ ...role, assumeRolePolicyDocument: PolicyDocument });
      return {};
    },

    PutRolePermissionsBoundary: ({ RoleName, PermissionsBoundary }) => {
      put({ ...mustFindRole(state, RoleName), permissionsBoundary: PermissionsBoundary });
      return {};
    },

    DeleteRolePermissionsBoundary: ({ RoleName }) => {
      const { permissionsBoundary: _gone, ...role } = mustFindRole(state, RoleName);
      put(role);
      return {};
    },

    DeleteRole: ({ RoleName }) => {
      const role = mustFindRole(state, RoleName);
      if (role.attached.length > 0) throw deleteConflict("Cannot delete entity, must detach all policies first.");
      if (Object.keys(role.policies).length > 0) throw deleteConflict("Cannot delete entity, must delete policies first.");
      roles.delete(role.roleName.toLowerCase());
      return {};
    },

    TagRole: ({ RoleName, Tags }) => {
      const role = mustFindRole(state, RoleName);
      put({ ...role, tags: withTags(role.tags, Tags) });
      return {};
    },

    UntagRole: ({ RoleName, TagKeys }) => {
      const role = mustFindRole(state, RoleName);
      put({ ...role, tags: withoutTags(role.tags, TagKeys) });
      return {};
    },

    ListRoleTags: ({ RoleName, ...page }) => {
      const { items, truncation } = markerPage(tagList(mustFindRole(state, RoleName).tags), ({ Key = "" }) => Key, page);
      return { Tags: items, ...truncation };
    },

    /** There are no instances, so no role is in a profile; Terraform asks before it deletes a role. */
    ListInstanceProfilesForRole: ({ RoleName }) => {
      mustFindRole(state, RoleName);
      return { InstanceProfiles: [], IsTruncated: false };
    },
  };
}

export function mustFindRole({ roles }: IamState, roleName = ""): RoleRecord {
  const role = roles.get(roleName.toLowerCase());
  if (role === undefined) throw noSuchEntity(`The role with name ${roleName} cannot be found.`);
  return role;
}

export function viewRole(role: RoleRecord): Role {
  const boundary = role.permissionsBoundary;
  return {
    RoleName: role.roleName,
    RoleId: role.roleId,
    Arn: role.arn,
    Path: role.path,
    Description: role.description,
    AssumeRolePolicyDocument: encodeDocument(role.assumeRolePolicyDocument),
    MaxSessionDuration: role.maxSessionDuration,
    CreateDate: new Date(role.createDate),
    PermissionsBoundary:
      boundary === undefined ? undefined : { PermissionsBoundaryType: "Policy" as never, PermissionsBoundaryArn: boundary },
    Tags: Object.keys(role.tags).length === 0 ? undefined : tagList(role.tags),
    RoleLastUsed: {},
  };
}
