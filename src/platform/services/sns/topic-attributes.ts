/** The attributes of a topic: which there are, what they take, and what a topic has that sets none. */
import { parseJsonObject } from "../../../kit/json.ts";
import { invalid } from "./faults.ts";

const FLAGS = ["FifoTopic", "ContentBasedDeduplication"];
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  SignatureVersion: ["1", "2"],
  TracingConfig: ["PassThrough", "Active"],
  FifoThroughputScope: ["Topic", "MessageGroup"],
};
const DOCUMENTS = ["Policy", "DeliveryPolicy"];
const TEXTS = ["DisplayName", "KmsMasterKeyId"];
/** Where deliveries of a protocol are logged to: kept, not used. */
const FEEDBACK = /^(Application|HTTP|Firehose|Lambda|SQS)(Success|Failure)Feedback(RoleArn|SampleRate)$/;

/** Refuses attributes SNS does not have, and values it does not take. */
export function checkTopicAttribute(name: string, value: string): void {
  const choices = FLAGS.includes(name) ? ["true", "false"] : CHOICES[name];
  if (choices !== undefined) {
    if (!choices.includes(value)) throw invalid(`Attributes Reason: ${name}: Invalid value [${value}].`);
  } else if (DOCUMENTS.includes(name)) {
    if (parseJsonObject(value) === undefined) throw invalid(`Attributes Reason: ${name}: ${name} is not valid JSON`);
    if (name === "Policy" && value.length > 30_720) throw invalid("Attributes Reason: Policy: Policy is too long");
  } else if (!TEXTS.includes(name) && !FEEDBACK.test(name)) throw invalid("AttributeName");
}

/** What a topic lets in that has no policy: its own account. */
export function defaultPolicy(Resource: string, account: string): string {
  const actions = ["GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic", "Subscribe"];
  return JSON.stringify({
    Version: "2008-10-17",
    Id: "__default_policy_ID",
    Statement: [
      {
        Sid: "__default_statement_ID",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: [...actions, "ListSubscriptionsByTopic", "Publish"].map((action) => `SNS:${action}`),
        Resource,
        Condition: { StringEquals: { "AWS:SourceOwner": account } },
      },
    ],
  });
}

export const EFFECTIVE_DELIVERY_POLICY = JSON.stringify({
  http: {
    defaultHealthyRetryPolicy: {
      minDelayTarget: 20,
      maxDelayTarget: 20,
      numRetries: 3,
      numMaxDelayRetries: 0,
      numNoDelayRetries: 0,
      numMinDelayRetries: 0,
      backoffFunction: "linear",
    },
    disableSubscriptionOverrides: false,
  },
});
