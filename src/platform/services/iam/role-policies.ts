/** What a role is given: inline policies and attached managed ones. */
import type { Operations } from "../../gateway/operations.ts";
import { limitExceeded, noSuchEntity } from "./faults.ts";
import { managedPolicy } from "./managed-policies.ts";
import { markerPage } from "./marker-page.ts";
import { checkPolicyDocument, encodeDocument } from "./policy-document.ts";
import type { IamState, RoleRecord } from "./records.ts";
import { mustFindRole } from "./roles.ts";

/** All inline policies of a role together, white space not counted. */
const MOST_INLINE_CHARACTERS = 10_240;
const MOST_ATTACHED = 20;

export function rolePolicyOperations(state: IamState): Operations<"iam"> {
  const { roles, policies } = state;
  const put = (role: RoleRecord) => roles.put(role.roleName.toLowerCase(), role);

  const nameOf = (arn: string): string | undefined => policies.get(arn.toLowerCase())?.policyName ?? managedPolicy(arn)?.policyName;

  return {
    PutRolePolicy: ({ RoleName, PolicyName = "", PolicyDocument = "" }) => {
      const role = mustFindRole(state, RoleName);
      checkPolicyDocument(PolicyDocument, "identity");
      const inline = { ...role.policies, [PolicyName]: PolicyDocument };
      const size = Object.values(inline).reduce((total, document) => total + document.replace(/\s/g, "").length, 0);
      if (size > MOST_INLINE_CHARACTERS) {
        throw limitExceeded(`Maximum policy size of ${MOST_INLINE_CHARACTERS} bytes exceeded for role ${role.roleName}`);
      }
      put({ ...role, policies: inline });
      return {};
    },

    GetRolePolicy: ({ RoleName, PolicyName = "" }) => {
      const role = mustFindRole(state, RoleName);
      const document = Object.hasOwn(role.policies, PolicyName) ? role.policies[PolicyName] : undefined;
      if (document === undefined) throw noSuchEntity(`The role policy with name ${PolicyName} cannot be found.`);
      return { RoleName: role.roleName, PolicyName, PolicyDocument: encodeDocument(document) };
    },

    ListRolePolicies: ({ RoleName, ...page }) => {
      const names = Object.keys(mustFindRole(state, RoleName).policies).sort();
      const { items, truncation } = markerPage(names, (name) => name, page);
      return { PolicyNames: items, ...truncation };
    },

    DeleteRolePolicy: ({ RoleName, PolicyName = "" }) => {
      const role = mustFindRole(state, RoleName);
      if (!Object.hasOwn(role.policies, PolicyName)) throw noSuchEntity(`The role policy with name ${PolicyName} cannot be found.`);
      put({ ...role, policies: Object.fromEntries(Object.entries(role.policies).filter(([name]) => name !== PolicyName)) });
      return {};
    },

    AttachRolePolicy: ({ RoleName, PolicyArn = "" }) => {
      const role = mustFindRole(state, RoleName);
      if (nameOf(PolicyArn) === undefined) throw noSuchEntity(`Policy ${PolicyArn} does not exist or is not attachable.`);
      if (role.attached.includes(PolicyArn)) return {};
      if (role.attached.length >= MOST_ATTACHED) throw limitExceeded(`Cannot exceed quota for PoliciesPerRole: ${MOST_ATTACHED}`);
      put({ ...role, attached: [...role.attached, PolicyArn] });
      return {};
    },

    DetachRolePolicy: ({ RoleName, PolicyArn = "" }) => {
      const role = mustFindRole(state, RoleName);
      if (!role.attached.includes(PolicyArn)) throw noSuchEntity(`Policy ${PolicyArn} was not found.`);
      put({ ...role, attached: role.attached.filter((arn) => arn !== PolicyArn) });
      return {};
    },

    ListAttachedRolePolicies: ({ RoleName, ...page }) => {
      const { items, truncation } = markerPage([...mustFindRole(state, RoleName).attached].sort(), (arn) => arn, page);
      return { AttachedPolicies: items.map((PolicyArn) => ({ PolicyArn, PolicyName: nameOf(PolicyArn) })), ...truncation };
    },
  };
}
