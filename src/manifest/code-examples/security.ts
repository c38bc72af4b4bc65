import type { securityCodes } from "../codes/security.ts";
import { both, type CodeExample, environment, service } from "./example-manifests.ts";

export const securityExamples: Readonly<Record<keyof typeof securityCodes, CodeExample>> = {
  FSD1601: {
    wrong: service("environment: {DB_PASSWORD: hunter22}"),
    right: service('secrets: [{name: DB_PASSWORD, valueFrom: "secretsmanager:db:password"}]'),
  },
  FSD1602: {
    wrong: service("", 'iam:\n  policyStatements: [{actions: ["s3:*"], resources: ["*"]}]\n'),
    right: service("", 'iam:\n  policyStatements: [{actions: [s3:GetObject], resources: ["arn:aws:s3:::reports/*"]}]\n'),
  },
  FSD1603: {
    wrong: service('secrets: [{name: KEY, valueFrom: "arn:aws:ssm"}]'),
    right: service('secrets: [{name: KEY, valueFrom: "arn:aws:ssm:us-east-1:123456789012:parameter/key"}]'),
  },
  FSD1604: {
    wrong: both(
      service('secrets: [{name: KEY, valueFrom: "arn:aws:ssm:us-east-1:999999999999:parameter/key"}]'),
      environment('account: "123456789012"'),
    ),
    right: both(
      service('secrets: [{name: KEY, valueFrom: "arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/key"}]'),
      environment('account: "123456789012"'),
    ),
  },
  FSD1605: {
    wrong: service("secrets: [{name: KEY, valueFrom: vault/key}]"),
    right: service('secrets: [{name: KEY, valueFrom: "ssm:/key"}]'),
  },
  FSD1606: {
    wrong: service('secrets: [{name: A, valueFrom: "ssm:/a"}]\nenvironment: {A: b}'),
    right: service('secrets: [{name: A, valueFrom: "ssm:/a"}]\nenvironment: {B: b}'),
  },
  FSD1607: {
    wrong: service('secrets: [{name: KEY, valueFrom: "arn:aws:ssm:us-east-1:999999999999:parameter/key"}]'),
    right: service('secrets: [{name: KEY, valueFrom: "ssm:/key"}]'),
    environment: "local",
  },
  FSD1608: {
    wrong: service(
      "stopTimeout: 30",
      'dependencies: [{type: aws_s3_bucket, name: exports}]\niam: {taskRoleArn: "arn:aws:iam::123456789012:role/app"}\n',
    ),
    right: service("stopTimeout: 30", "dependencies: [{type: aws_s3_bucket, name: exports}]\n"),
  },
};
