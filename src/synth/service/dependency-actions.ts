/**
 * What each kind of dependency lets a program do: the table of the manifest reference, as IAM actions. Actions and the
 * resources they take are from the service authorization reference.
 */
interface Actions {
  readonly read: readonly string[];
  readonly write: readonly string[];
}

export const dependencyActions: Readonly<Record<string, Actions>> = {
  aws_dynamodb_table: {
    read: ["dynamodb:BatchGetItem", "dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"],
    write: ["dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
  },
  aws_s3_bucket: { read: ["s3:GetObject", "s3:ListBucket"], write: ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"] },
  aws_sqs_queue: {
    read: ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ReceiveMessage"],
    write: ["sqs:SendMessage"],
  },
  aws_sns_topic: { read: ["sns:Subscribe"], write: ["sns:Publish"] },
  aws_secretsmanager_secret: { read: ["secretsmanager:GetSecretValue"], write: ["secretsmanager:PutSecretValue"] },
  aws_ssm_parameter: { read: ["ssm:GetParameter", "ssm:GetParameters"], write: ["ssm:PutParameter"] },
};

/** MSK speaks of three kinds of resource. */
export const mskActions = {
  cluster: ["kafka-cluster:Connect", "kafka-cluster:DescribeCluster"],
  readTopic: ["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"],
  writeTopic: ["kafka-cluster:DescribeTopic", "kafka-cluster:WriteData"],
  group: ["kafka-cluster:AlterGroup", "kafka-cluster:DescribeGroup"],
} as const;
