/**
 * Queues, tables, buckets and topics that a service's stack creates: encrypted, refusing plain HTTP, kept when the stack
 * goes (except queues and topics, which hold nothing that lasts).
 */
import type { Dependency } from "../../manifest/resolved.ts";
import { tagList } from "../tags.ts";
import { getAtt, ref, type Value } from "../template.ts";
import type { ServiceContext } from "./context.ts";

export function managedResource(dependency: Dependency, logical: string, context: ServiceContext): { arn: Value; address: Value } {
  const settings = (dependency.managed ?? {}) as Readonly<Record<string, Value>>;
  switch (dependency.type) {
    case "aws_sqs_queue":
      return queue(dependency, settings, logical, context);
    case "aws_dynamodb_table":
      return table(dependency, settings, logical, context);
    case "aws_s3_bucket":
      return bucket(dependency, settings, logical, context);
    default:
      return topic(dependency, logical, context);
  }
}

/** Denies everyone what does not come over TLS (security best practices of S3, SQS and SNS). */
export function refusePlainHttp(action: string, resources: Value): Value {
  return {
    Sid: "RefusePlainHttp",
    Effect: "Deny",
    Principal: "*",
    Action: action,
    Resource: resources,
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
}

const tlsOnly = (action: string, resources: Value): Value => ({ Version: "2012-10-17", Statement: [refusePlainHttp(action, resources)] });

function queue(
  { name, kmsKey }: Dependency,
  settings: Readonly<Record<string, Value>>,
  logical: string,
  context: ServiceContext,
): { arn: Value; address: Value } {
  const { template, tags } = context;
  const fifo = name.endsWith(".fifo");
  const deadLetter = settings.deadLetter as { maxReceive?: number } | undefined;
  const encryption: Readonly<Record<string, Value>> =
    kmsKey === undefined ? { SqsManagedSseEnabled: true } : { KmsMasterKeyId: template.text(kmsKey) };
  const properties = { ...encryption, ...(fifo ? { FifoQueue: true } : {}), Tags: tagList(tags) };
  if (deadLetter !== undefined) {
    template.resource(`${logical}DeadLetter`, {
      Type: "AWS::SQS::Queue",
      DeletionPolicy: "Delete",
      UpdateReplacePolicy: "Delete",
      // Two weeks, the longest SQS keeps a message: it is there to be looked at.
      Properties: {
        QueueName: `${name.replace(/\.fifo$/, "")}-dead${fifo ? ".fifo" : ""}`,
        MessageRetentionPeriod: 1_209_600,
        ...properties,
      },
    });
  }
  template.resource(logical, {
    Type: "AWS::SQS::Queue",
    DeletionPolicy: "Delete",
    UpdateReplacePolicy: "Delete",
    Properties: {
      QueueName: name,
      VisibilityTimeout: settings.visibilityTimeout ?? 30,
      MessageRetentionPeriod: settings.messageRetentionPeriod ?? 345_600,
      ...(settings.delaySeconds === undefined ? {} : { DelaySeconds: settings.delaySeconds }),
      ...(deadLetter === undefined
        ? {}
        : { RedrivePolicy: { deadLetterTargetArn: getAtt(`${logical}DeadLetter`, "Arn"), maxReceiveCount: deadLetter.maxReceive ?? 5 } }),
      ...properties,
    },
  });
  for (const own of deadLetter === undefined ? [logical] : [logical, `${logical}DeadLetter`]) {
    template.resource(`${own}Policy`, {
      Type: "AWS::SQS::QueuePolicy",
      Properties: { Queues: [ref(own)], PolicyDocument: tlsOnly("sqs:*", getAtt(own, "Arn")) },
    });
  }
  return { arn: getAtt(logical, "Arn"), address: ref(logical) };
}

function table(
  { name, kmsKey }: Dependency,
  settings: Readonly<Record<string, Value>>,
  logical: string,
  context: ServiceContext,
): { arn: Value; address: Value } {
  const key = (of: "partitionKey" | "sortKey", fallback?: string): { name: string; type: string } | undefined => {
    const given = settings[of];
    if (given === undefined) return fallback === undefined ? undefined : { name: fallback, type: "S" };
    if (typeof given === "string") return { name: given, type: "S" };
    const { name: attribute, type } = given as { name?: string; type?: string };
    return { name: attribute ?? fallback ?? "id", type: type ?? "S" };
  };
  const partition = key("partitionKey", "id") as { name: string; type: string };
  const sort = key("sortKey");
  const keys = sort === undefined ? [partition] : [partition, sort];
  context.template.resource(logical, {
    Type: "AWS::DynamoDB::Table",
    DeletionPolicy: "Retain",
    UpdateReplacePolicy: "Retain",
    Properties: {
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: keys.map((attribute) => ({ AttributeName: attribute.name, AttributeType: attribute.type })),
      KeySchema: keys.map((attribute, index) => ({ AttributeName: attribute.name, KeyType: index === 0 ? "HASH" : "RANGE" })),
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification:
        kmsKey === undefined ? { SSEEnabled: true } : { SSEEnabled: true, SSEType: "KMS", KMSMasterKeyId: context.template.text(kmsKey) },
      ...(settings.ttl === undefined ? {} : { TimeToLiveSpecification: { AttributeName: settings.ttl, Enabled: true } }),
      DeletionProtectionEnabled: context.environment.protect,
      Tags: tagList(context.tags),
    },
  });
  return { arn: getAtt(logical, "Arn"), address: ref(logical) };
}

function bucket(
  { name, kmsKey }: Dependency,
  settings: Readonly<Record<string, Value>>,
  logical: string,
  context: ServiceContext,
): { arn: Value; address: Value } {
  const { template, tags } = context;
  const days = settings.expireAfterDays;
  template.resource(logical, {
    Type: "AWS::S3::Bucket",
    DeletionPolicy: "Retain",
    UpdateReplacePolicy: "Retain",
    Properties: {
      BucketName: name,
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          {
            ServerSideEncryptionByDefault:
              kmsKey === undefined ? { SSEAlgorithm: "AES256" } : { SSEAlgorithm: "aws:kms", KMSMasterKeyID: template.text(kmsKey) },
          },
        ],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
      VersioningConfiguration: { Status: settings.versioning === false ? "Suspended" : "Enabled" },
      ...(typeof days === "number"
        ? { LifecycleConfiguration: { Rules: [{ Id: "expire", Status: "Enabled", ExpirationInDays: days }] } }
        : {}),
      Tags: tagList(tags),
    },
  });
  template.resource(`${logical}Policy`, {
    Type: "AWS::S3::BucketPolicy",
    Properties: { Bucket: ref(logical), PolicyDocument: tlsOnly("s3:*", [getAtt(logical, "Arn"), { "Fn::Sub": `\${${logical}.Arn}/*` }]) },
  });
  return { arn: getAtt(logical, "Arn"), address: ref(logical) };
}

function topic({ name, kmsKey }: Dependency, logical: string, context: ServiceContext): { arn: Value; address: Value } {
  const { template, tags } = context;
  template.resource(logical, {
    Type: "AWS::SNS::Topic",
    Properties: {
      TopicName: name,
      ...(name.endsWith(".fifo") ? { FifoTopic: true } : {}),
      KmsMasterKeyId: kmsKey === undefined ? "alias/aws/sns" : template.text(kmsKey),
      Tags: tagList(tags),
    },
  });
  template.resource(`${logical}Policy`, {
    Type: "AWS::SNS::TopicPolicy",
    Properties: { Topics: [ref(logical)], PolicyDocument: tlsOnly("sns:Publish", ref(logical)) },
  });
  return { arn: ref(logical), address: ref(logical) };
}
