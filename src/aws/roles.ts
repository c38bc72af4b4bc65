/** IAM, for the few deployments and looks at a service whose tasks' role cannot be assumed. */
import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { type Connection, clientSettings } from "./aws.ts";
import { operations } from "./operations.ts";

export type Roles = ReturnType<typeof connectRoles>;

export function connectRoles(connection: Connection) {
  const iam = new IAMClient(clientSettings(connection));
  return { ...operations(iam, { getRole: GetRoleCommand }), close: () => iam.destroy() };
}
