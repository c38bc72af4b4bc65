/** Roles and permissions that do not follow from the rest of the document. */
import { arn } from "./arn.ts";
import { any, choice, list, object, record, required, text } from "./field.ts";

export const iam = object("Roles and permissions beyond what follows from the rest.", {
  taskRoleArn: arn(
    "An existing role instead of a generated task role.",
    "arn:aws:iam::123456789012:role/app",
    "AWS::ECS::TaskDefinition TaskRoleArn",
  ),
  executionRoleArn: arn(
    "An existing role instead of a generated execution role.",
    "arn:aws:iam::123456789012:role/execution",
    "AWS::ECS::TaskDefinition ExecutionRoleArn",
  ),
  managedPolicies: list("Managed policies of the task role.", arn("A managed policy.", "arn:aws:iam::aws:policy/AmazonSESFullAccess"), {
    max: 10,
    becomes: "AWS::IAM::Role ManagedPolicyArns",
  }),
  policyStatements: list(
    "Further statements of the task role's policy.",
    object("One statement.", {
      sid: text("Its name.", { pattern: /^[A-Za-z0-9]+$/, form: "letters and digits" }),
      effect: choice("Whether it allows or denies.", ["Allow", "Deny"], { default: "Allow" }),
      actions: required(
        list("Actions.", text("An IAM action.", { pattern: /^(\*|[a-z0-9-]+:[A-Za-z0-9*?]+)$/, form: "service:Action" }), { min: 1 }),
      ),
      resources: required(list("Resources.", text("An ARN or pattern."), { min: 1 })),
      conditions: record("Conditions.", any("An IAM condition.")),
    }),
  ),
});
