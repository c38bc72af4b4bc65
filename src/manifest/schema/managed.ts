/** Settings of what a service's stack creates for it: queues, tables, buckets. */
import { boolean, choice, either, integer, object, required, text } from "./field.ts";

const key = (about: string, becomes: string) =>
  either(
    about,
    [
      text("The attribute's name; it is a text.", { max: 255 }),
      object("The attribute.", {
        name: required(text("Its name.", { max: 255 })),
        type: choice("S a text, N a number, B bytes.", ["S", "N", "B"], { default: "S" }),
      }),
    ],
    { becomes },
  );

export const managed = either("This stack creates it; the map says how.", [
  boolean("With the usual settings."),
  object(
    "Its settings.",
    {
      visibilityTimeout: integer("Seconds a received message stays hidden (queues).", 0, 43_200, {
        default: 30,
        becomes: "AWS::SQS::Queue VisibilityTimeout",
      }),
      messageRetentionPeriod: integer("Seconds a message is kept (queues).", 60, 1_209_600, {
        default: 345_600,
        becomes: "AWS::SQS::Queue MessageRetentionPeriod",
      }),
      delaySeconds: integer("Seconds until a message can be received (queues).", 0, 900, {
        otherwise: "0",
        becomes: "AWS::SQS::Queue DelaySeconds",
      }),
      deadLetter: object(
        "A second queue for messages that are received in vain (queues).",
        { maxReceive: integer("Receptions after which a message goes there.", 1, 1000, { default: 5 }) },
        { becomes: "AWS::SQS::Queue RedrivePolicy and a queue <name>-dead" },
      ),
      partitionKey: key("The partition key (tables).", "AWS::DynamoDB::Table KeySchema HASH"),
      sortKey: key("The sort key (tables).", "AWS::DynamoDB::Table KeySchema RANGE"),
      ttl: text("The attribute that holds when an item expires (tables).", {
        max: 255,
        becomes: "AWS::DynamoDB::Table TimeToLiveSpecification",
      }),
      expireAfterDays: integer("Days after which an object is deleted (buckets).", 1, 36_500, {
        becomes: "AWS::S3::Bucket LifecycleConfiguration",
      }),
      versioning: boolean("Whether replaced objects are kept (buckets).", {
        default: true,
        becomes: "AWS::S3::Bucket VersioningConfiguration",
      }),
    },
    { moved: { attributes: "partitionKey", keySchema: "sortKey" } },
  ),
]);

/** Which settings go with which type. */
export const managedSettings: Readonly<Record<string, readonly string[]>> = {
  aws_sqs_queue: ["visibilityTimeout", "messageRetentionPeriod", "delaySeconds", "deadLetter"],
  aws_dynamodb_table: ["partitionKey", "sortKey", "ttl"],
  aws_s3_bucket: ["expireAfterDays", "versioning"],
  aws_sns_topic: [],
};
