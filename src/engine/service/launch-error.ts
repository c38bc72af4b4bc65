/** Why ECS can launch no task of a definition, in its words. */

/** A role of the task definition's that does not exist or does not let ECS assume it. */
export function unassumableRole(roleArn: string): string {
  return `ECS was unable to assume the role '${roleArn}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`;
}

/** The role in an error or event of that kind; undefined when it tells of something else. */
export function unassumableRoleIn(text: string): string | undefined {
  return /ECS was unable to assume the role '([^']+)'/.exec(text)?.[1];
}

/**
 * The newest message of that kind, and its role, unless a start is told after it: since then ECS has been able to launch.
 * `messages`: the service's events, oldest first.
 */
export function standingUnassumable(messages: readonly string[]): { readonly message: string; readonly roleArn: string } | undefined {
  const message = messages.findLast((one) => unassumableRoleIn(one) !== undefined || / has started \d+ tasks\b/.test(one));
  const roleArn = unassumableRoleIn(message ?? "");
  return message === undefined || roleArn === undefined ? undefined : { message, roleArn };
}
