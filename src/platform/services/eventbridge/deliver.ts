/** Carries an event to a rule's target, and keeps in a dead-letter queue what does not arrive. */
import { targetInput } from "../../../engine/events/target-input.ts";
import { parseArn } from "../../../model/arn.ts";
import type { Call } from "../../gateway/operations.ts";
import { type GivenUp, UndeliverableError } from "../delivery-queue.ts";
import { sendToQueue, textAttributes } from "../send-to-queue.ts";
import { receivers } from "./receivers.ts";
import type { EventDelivery } from "./records.ts";

const EVENTS_PRINCIPAL = "events.amazonaws.com";
/** The condition of a retry policy that was reached, in EventBridge's words. */
const EXHAUSTED = { attempts: "MaximumRetryAttempts", age: "MaximumEventAgeInSeconds" };

export interface Attempt {
  readonly call: Call;
  readonly account: string;
  /** Wall time, ms. */
  readonly now: number;
  /** The same for every attempt. */
  readonly token: string;
}

/** Rejects when the target was not reached or refused. */
export async function deliverEvent({ call, account, now, token }: Attempt, delivery: EventDelivery): Promise<void> {
  const { target, event, ruleArn, ruleName } = delivery;
  const receive = receivers[parseArn(target.Arn ?? "")?.service ?? ""];
  if (receive === undefined) throw new UndeliverableError("NO_RESOURCE", `the local platform has no targets like ${target.Arn}`);
  const sender = { service: EVENTS_PRINCIPAL, sourceArn: ruleArn, account };
  const input = targetInput(target, event, { ruleArn, ruleName, ingestionTime: String(event.time) });
  await receive({ call, sender, target, ruleName, input, now, token });
}

/** Tells of an event that was not delivered, and keeps it in the target's dead-letter queue if it has one. */
export async function giveUpEvent(
  { call, account, report }: Pick<Attempt, "call" | "account"> & { readonly report: (message: string) => void },
  { ruleArn, target, event }: EventDelivery,
  failure: Error,
  { attempts, because }: GivenUp,
): Promise<void> {
  report(`${ruleArn} gave up on target ${target.Arn} after ${attempts} attempts: ${failure.message}`);
  const queueArn = target.DeadLetterConfig?.Arn;
  if (queueArn === undefined) return;
  try {
    await sendToQueue(call, { service: EVENTS_PRINCIPAL, sourceArn: ruleArn, account }, queueArn, {
      body: JSON.stringify(event),
      attributes: textAttributes({
        RULE_ARN: ruleArn,
        TARGET_ARN: target.Arn ?? "",
        ERROR_CODE: failure instanceof UndeliverableError ? failure.code : "ERROR_FROM_TARGET",
        ERROR_MESSAGE: failure.message,
        RETRY_ATTEMPTS: String(attempts - 1),
        ...(because === "undeliverable" ? {} : { EXHAUSTED_RETRY_CONDITION: EXHAUSTED[because] }),
      }),
    });
  } catch (refused) {
    report(`${ruleArn} cannot reach its dead-letter queue ${queueArn}: ${refused instanceof Error ? refused.message : String(refused)}`);
  }
}
