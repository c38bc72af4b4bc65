/** Carries an event to a rule's target, and keeps in a dead-letter queue what does not arrive. */
import { targetInput } from "../../../engine/events/target-input.ts";
import { parseArn } from "../../../model/arn.ts";
import type { Call } from "../../gateway/operations.ts";
import { UndeliverableError } from "../delivery-queue.ts";
import { sendToQueue } from "../send-to-queue.ts";
import type { EventDelivery } from "./records.ts";

export const EVENTS_PRINCIPAL = "events.amazonaws.com";

interface Handing extends EventDelivery {
  readonly call: Call;
  readonly account: string;
  /** The same for every attempt, so that a receiver with idempotency tokens acts once. */
  readonly token: string;
  readonly input: string;
}

type Receiver = (handing: Handing) => Promise<void>;

/** By the service in the target's ARN. */
const receivers: Readonly<Record<string, Receiver>> = {
  sqs: ({ call, account, ruleArn, target, input }) =>
    sendToQueue(call, { service: EVENTS_PRINCIPAL, sourceArn: ruleArn, account }, target.Arn ?? "", {
      body: input,
      groupId: target.SqsParameters?.MessageGroupId,
    }),
};

/** Rejects when the target was not reached or refused. */
export async function deliverEvent(call: Call, account: string, delivery: EventDelivery, token: string): Promise<void> {
  const { target, event, ruleArn, ruleName } = delivery;
  const receive = receivers[parseArn(target.Arn ?? "")?.service ?? ""];
  if (receive === undefined) throw new UndeliverableError("NO_RESOURCE", `the local platform has no targets like ${target.Arn}`);
  const input = targetInput(target, event, { ruleArn, ruleName, ingestionTime: String(event.time) });
  await receive({ ...delivery, call, account, token, input });
}

/** Tells of an event that was not delivered, and keeps it in the target's dead-letter queue if it has one. */
export async function giveUpEvent(
  { call, account, report }: { readonly call: Call; readonly account: string; readonly report: (message: string) => void },
  { ruleArn, target, event }: EventDelivery,
  failure: Error,
  attempts: number,
): Promise<void> {
  report(`${ruleArn} gave up on target ${target.Arn} after ${attempts} attempts: ${failure.message}`);
  const queueArn = target.DeadLetterConfig?.Arn;
  if (queueArn === undefined) return;
  const isUndeliverable = failure instanceof UndeliverableError;
  try {
    await sendToQueue(call, { service: EVENTS_PRINCIPAL, sourceArn: ruleArn, account }, queueArn, {
      body: JSON.stringify(event),
      attributes: {
        RULE_ARN: ruleArn,
        TARGET_ARN: target.Arn ?? "",
        ERROR_CODE: isUndeliverable ? failure.code : "ERROR_FROM_TARGET",
        ERROR_MESSAGE: failure.message,
        RETRY_ATTEMPTS: String(attempts - 1),
        ...(isUndeliverable ? {} : { EXHAUSTED_RETRY_CONDITION: "MaximumRetryAttempts" }),
      },
    });
  } catch (refused) {
    report(`${ruleArn} cannot reach its dead-letter queue ${queueArn}: ${refused instanceof Error ? refused.message : String(refused)}`);
  }
}
