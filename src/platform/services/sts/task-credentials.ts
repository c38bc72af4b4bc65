import type { TaskLaunch } from "../../../model/task-launch.ts";
import type { Call } from "../../gateway/operations.ts";
import type { TaskCredentials } from "../../runtime/task-agent.ts";

/** What a task gets at 169.254.170.2: its role's temporary credentials, the session named after the task as ECS does. */
export async function taskCredentials(call: Call, roleArn: string, { taskId, region }: TaskLaunch): Promise<TaskCredentials> {
  const { Credentials } = await call("sts", "AssumeRole", { RoleArn: roleArn, RoleSessionName: taskId }, { region });
  return {
    RoleArn: roleArn,
    AccessKeyId: Credentials?.AccessKeyId ?? "",
    SecretAccessKey: Credentials?.SecretAccessKey ?? "",
    Token: Credentials?.SessionToken ?? "",
    Expiration: Credentials?.Expiration?.toISOString() ?? "",
  };
}
