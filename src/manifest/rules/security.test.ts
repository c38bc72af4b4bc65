import { expect, it } from "vitest";
import { load, minimal } from "../loaded.testing.ts";

it("a role that the manifest names is used as it is, and what is not added to it is told", () => {
  const text = `${minimal}service: {exec: true, secrets: [{name: S, valueFrom: "ssm:/s"}]}
dependencies: [{type: aws_s3_bucket, name: exports}, {type: aws_elasticache, name: cache}]
iam:
  taskRoleArn: "arn:aws:iam::123456789012:role/app"
  executionRoleArn: "arn:aws:iam::123456789012:role/execution"
  managedPolicies: ["arn:aws:iam::aws:policy/AmazonSESFullAccess"]
`;
  const { diagnostics } = load(text, { environment: "dev" });
  expect(diagnostics.map(({ code, severity, path, message }) => `${severity} ${code} ${path} ${message}`)).toEqual([
    "info FSD1608 iam.taskRoleArn this role is used as it is: nothing is added to it for exports, managedPolicies, exec",
    "info FSD1608 iam.executionRoleArn this role is used as it is: nothing is added to it for secrets",
  ]);
  expect(load(`${minimal}iam: {taskRoleArn: "arn:aws:iam::123456789012:role/app"}\n`, { environment: "dev" }).diagnostics).toEqual([]);
});
