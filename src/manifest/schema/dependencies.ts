/** What a service or a job uses, and how its task may use it. */
import { arn } from "./arn.ts";
import { boolean, choice, integer, list, object, required, text } from "./field.ts";
import { managed } from "./managed.ts";
import { resourceId } from "./resource-id.ts";
import { variableName } from "./task.ts";

const dependencyTypes = [
  "aws_dynamodb_table",
  "aws_s3_bucket",
  "aws_sqs_queue",
  "aws_sns_topic",
  "aws_msk_cluster",
  "aws_rds_instance",
  "aws_elasticache",
  "aws_efs_file_system",
  "aws_secretsmanager_secret",
  "aws_ssm_parameter",
  "service",
] as const;

export const dependencies = list(
  "What it uses; becomes permissions of the task role, openings of security groups and environment variables.",
  object(
    "One dependency.",
    {
      type: required(choice("What kind of thing it is.", dependencyTypes)),
      name: required(text("Its name.", { max: 255, example: "${ENV}-category-cache" })),
      access: choice("What may be done with it.", ["read", "write", "read_write"], { otherwise: "read" }),
      permissions: list(
        "Exactly these actions, instead of access.",
        text("An IAM action.", { pattern: /^[a-z0-9-]+:[A-Za-z*]+$/, form: "service:Action" }),
        {
          min: 1,
          example: ["s3:PutObject"],
        },
      ),
      arn: arn("Its ARN, when it does not follow from the name.", "arn:aws:dynamodb:us-east-1:123456789012:table/cache"),
      endpoint: text("Its address, when it is not to be looked up.", { max: 1024 }),
      kmsKey: arn(
        "The key it is encrypted with.",
        "arn:aws:kms:us-east-1:123456789012:key/0e1f2a3b",
        "kms:Decrypt (and GenerateDataKey) on this key",
      ),
      as: text("Prefix of its environment variables.", { ...variableName, otherwise: "its name, upper-cased, without ${ENV}-" }),
      port: integer("Its port.", 1, 65_535),
      securityGroup: resourceId("Its security group.", "sg"),
      manageIngress: boolean("Whether this stack opens the foreign security group.", {
        default: false,
        becomes: "AWS::EC2::SecurityGroupIngress",
      }),
      topics: list("Topics of an MSK cluster.", text("A topic or pattern.", { max: 249 })),
      groups: list("Consumer groups of an MSK cluster.", text("A group or pattern.", { max: 249 })),
      managed,
    },
    {
      alternatives: [[["access"], ["permissions"]]],
      moved: { attributes: "managed.partitionKey", keySchema: "managed.sortKey" },
    },
  ),
);
