/** Roles that belong to an AWS service: `AWSServiceRoleForECS` and its like. */
import { partitionOf } from "../../../model/arn.ts";
import type { Operations } from "../../gateway/operations.ts";
import { invalidInput, noSuchEntity } from "./faults.ts";
import type { IamState, RoleRecord } from "./records.ts";
import { mustFindRole, viewRole } from "./roles.ts";

const ROLE_NAMES: Readonly<Record<string, string>> = {
  "autoscaling.amazonaws.com": "AWSServiceRoleForAutoScaling",
  "ecs.amazonaws.com": "AWSServiceRoleForECS",
  "ecs.application-autoscaling.amazonaws.com": "AWSServiceRoleForApplicationAutoScaling_ECSService",
  "elasticloadbalancing.amazonaws.com": "AWSServiceRoleForElasticLoadBalancing",
  "rds.amazonaws.com": "AWSServiceRoleForRDS",
};

export function serviceLinkedRoleOperations(state: IamState): Operations<"iam"> {
  const { roles, clock, newId } = state;

  return {
    CreateServiceLinkedRole: ({ AWSServiceName = "", Description, CustomSuffix }, { account, region }) => {
      const base = Object.hasOwn(ROLE_NAMES, AWSServiceName) ? ROLE_NAMES[AWSServiceName] : undefined;
      if (base === undefined) throw invalidInput(`Service role name for ${AWSServiceName} is not known to the local platform`);
      const roleName = CustomSuffix === undefined ? base : `${base}_${CustomSuffix}`;
      if (roles.has(roleName.toLowerCase())) {
        throw invalidInput(`Service role name ${roleName} has been taken in this account, please try a different suffix.`);
      }
      const path = `/aws-service-role/${AWSServiceName}/`;
      const role: RoleRecord = {
        roleName,
        roleId: newId("AROA"),
        arn: `arn:${partitionOf(region)}:iam::${account}:role${path}${roleName}`,
        path,
        description: Description,
        assumeRolePolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Principal: { Service: AWSServiceName }, Action: "sts:AssumeRole" }],
        }),
        maxSessionDuration: 3600,
        policies: {},
        attached: [],
        tags: {},
        createDate: clock.now(),
        linkedService: AWSServiceName,
      };
      roles.put(roleName.toLowerCase(), role);
      return { Role: viewRole(role) };
    },

    DeleteServiceLinkedRole: ({ RoleName }) => {
      const role = mustFindRole(state, RoleName);
      if (role.linkedService === undefined) throw noSuchEntity(`The role with name ${RoleName} is not a service-linked role.`);
      roles.delete(role.roleName.toLowerCase());
      return { DeletionTaskId: `task${role.path}${role.roleName}/${role.roleId}` };
    },

    /** Deletion is done when its call returns. */
    GetServiceLinkedRoleDeletionStatus: () => ({ Status: "SUCCEEDED" }),
  };
}
