/** A role that ECS could not assume, as IAM has it. */
import type { Roles } from "../../aws/roles.ts";
import { lastPart } from "../../model/arn.ts";
import type { RoleSeen } from "../diagnosis/evidence.ts";

/** Looks the role up. That it may not be read is an answer too: whoever deploys need not have `iam:GetRole`. */
export async function observeRole(roles: Roles, roleArn: string): Promise<RoleSeen> {
  const roleName = lastPart(roleArn);
  try {
    const { Role } = await roles.getRole({ RoleName: roleName });
    // A role of that name at another path, or in the caller's account instead of the one named, is not the one.
    if (Role?.Arn !== roleArn) return { roleArn, found: "other", otherArn: Role?.Arn ?? "" };
    return { roleArn, found: "role", trustPolicy: decodeURIComponent(Role.AssumeRolePolicyDocument ?? "") };
  } catch (refused) {
    const { name, message } = refused as Error;
    return name === "NoSuchEntityException" ? { roleArn, found: "nothing" } : { roleArn, found: "unreadable", why: message };
  }
}
