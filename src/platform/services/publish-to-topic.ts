/** Publishes to a topic in the name of another AWS service, if the topic's policy and key let that service in. */
import { policyAllows } from "../../engine/policy/resource-policy.ts";
import { parseArn } from "../../model/arn.ts";
import type { Call } from "../gateway/operations.ts";
import { UndeliverableError } from "./delivery-queue.ts";
import { errorCode } from "./error-code.ts";
import { accessOf, type Sender } from "./sender.ts";
import { mustBeAllowedToUseKey } from "./use-key.ts";

export interface TopicText {
  readonly subject?: string;
  readonly body: string;
}

/** Rejects with `UndeliverableError` when the topic is not there or lets the sender not in. */
export async function publishToTopic(call: Call, sender: Sender, topicArn: string, { subject, body }: TopicText): Promise<void> {
  const region = parseArn(topicArn)?.region ?? "";
  try {
    const { Attributes = {} } = await call("sns", "GetTopicAttributes", { TopicArn: topicArn }, { region });
    if (!policyAllows(Attributes.Policy, accessOf(sender, "sns:Publish", topicArn))) {
      throw new UndeliverableError(
        "NO_PERMISSIONS",
        `the policy of ${topicArn} does not let ${sender.service} publish for ${sender.sourceArn}`,
      );
    }
    await mustBeAllowedToUseKey(call, sender, Attributes.KmsMasterKeyId, region);
    await call("sns", "Publish", { TopicArn: topicArn, Message: body, Subject: subject }, { region });
  } catch (failure) {
    if (errorCode(failure) === "NotFoundException") throw new UndeliverableError("NO_RESOURCE", `there is no topic ${topicArn}`);
    throw failure;
  }
}
