/** Codes FSD16xx: permissions, secrets and ARNs. */
import { type CodeEntry, error, info, warning } from "../code-entry.ts";

export const securityCodes = {
  FSD1601: warning(
    "Looks like a secret in clear",
    "Everyone who may read the task definition, the template or this file can read it.",
    "Move it to `secrets`.",
  ),
  FSD1602: warning("Permission on everything", "A wildcard gives more than the service needs.", "Name the actions and the resources."),
  FSD1603: error("ARN malformed", "An ARN has six parts: arn:partition:service:region:account:resource.", "Copy it from the AWS console."),
  FSD1604: error(
    "ARN of another account or region",
    "What lies in another account or region is not reachable under this ARN from this environment.",
    "Use `${ACCOUNT}` and `${REGION}`, or put it into the environment's block.",
  ),
  FSD1605: error(
    "Secret not understood",
    "ECS reads secrets from Secrets Manager and SSM Parameter Store.",
    "Write an ARN, `secretsmanager:name[:json-key[:stage]]` or `ssm:/name`.",
  ),
  FSD1606: error(
    "Name given twice",
    "A container has one variable of a name, a task one container or volume: ECS refuses two of them.",
    "Remove or rename one of them.",
  ),
  FSD1607: info(
    "ARN of another account",
    "On `local` there is only one account, so this ARN is taken as if it were its own.",
    "Nothing; elsewhere it is an error.",
  ),
  FSD1608: info(
    "Role of your own",
    "A role given by its ARN belongs to whoever made it, so no permission that follows from the rest of the manifest is added to it.",
    "See that it allows what is named, or leave the role to fsd.",
  ),
} as const satisfies Record<string, CodeEntry>;
