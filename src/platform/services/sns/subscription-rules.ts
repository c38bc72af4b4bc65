/** What a subscription may be: its protocol, its endpoint, its attributes. */
import { parseEventPattern } from "../../../engine/events/event-pattern.ts";
import { EventPatternError } from "../../../engine/events/pattern-test.ts";
import { parseJsonObject } from "../../../kit/json.ts";
import { parseArn } from "../../../model/arn.ts";
import { invalid } from "./faults.ts";

/** Protocols whose messages go nowhere here: such a subscription stays pending. */
const NEVER_SENT = ["email", "email-json", "sms"];
const WEB = ["http", "https"];

/** A queue of the account needs no confirmation. */
export function confirmsItself(protocol: string): boolean {
  return protocol === "sqs";
}

/** Whether the subscriber is a web server, which has to confirm that it wants the messages. */
export function isAskedByHttp(protocol: string): boolean {
  return WEB.includes(protocol);
}

/** @throws InvalidParameter for an endpoint that the protocol, or the kind of topic, does not take */
export function checkEndpoint(protocol: string, endpoint: string, isFifoTopic: boolean): void {
  if (protocol === "sqs") {
    const arn = parseArn(endpoint);
    if (arn?.service !== "sqs") throw invalid("SQS endpoint ARN");
    if (!isFifoTopic && arn.resource.endsWith(".fifo")) {
      throw invalid("Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics");
    }
    return;
  }
  if (isFifoTopic) throw invalid(`Protocol Reason: FIFO topics on the local platform take queues alone, not ${protocol}`);
  if (WEB.includes(protocol)) {
    checkAddress(protocol, endpoint);
    return;
  }
  if (!NEVER_SENT.includes(protocol)) throw invalid(`Protocol Reason: the local platform has no endpoints of protocol ${protocol}`);
  if (endpoint === "") throw invalid("Endpoint");
}

/** A rehearsal sends nothing to the world: web servers on this machine alone. */
function checkAddress(protocol: string, endpoint: string): void {
  let url: URL;
  try {
    url = new URL(endpoint);
  } catch {
    throw invalid("HTTP(S) Endpoint");
  }
  if (url.protocol !== `${protocol}:`) throw invalid(`Endpoint must match the specified protocol`);
  const isHere = /^(127\.\d+\.\d+\.\d+|localhost|[\w.-]+\.localhost|\[::1\])$/.test(url.hostname);
  if (!isHere) throw invalid(`Endpoint Reason: the local platform delivers to addresses of this machine alone, not to ${url.hostname}`);
}

/** Refuses attributes a subscription does not have, and values it does not take. */
export function checkSubscriptionAttribute(name: string, value: string): void {
  switch (name) {
    case "RawMessageDelivery":
      if (value !== "true" && value !== "false") throw invalid("RawMessageDelivery");
      return;
    case "FilterPolicyScope":
      if (value !== "MessageAttributes" && value !== "MessageBody") throw invalid("FilterPolicyScope");
      return;
    case "FilterPolicy":
      checkFilterPolicy(value);
      return;
    case "RedrivePolicy":
      checkRedrivePolicy(value);
      return;
    case "DeliveryPolicy":
    case "SubscriptionRoleArn":
      return;
    default:
      throw invalid("AttributeName");
  }
}

/** An empty policy asks for nothing in particular. */
function checkFilterPolicy(value: string): void {
  if (value === "{}") return;
  try {
    parseEventPattern(value);
  } catch (failure) {
    if (failure instanceof EventPatternError) throw invalid(`FilterPolicy: ${failure.message}`);
    throw failure;
  }
}

function checkRedrivePolicy(value: string): void {
  const arn = parseJsonObject(value)?.deadLetterTargetArn;
  if (typeof arn === "string" && parseArn(arn)?.service === "sqs") return;
  throw invalid("RedrivePolicy: deadLetterTargetArn is an invalid arn");
}
