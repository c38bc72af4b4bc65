/**
 * What becomes of a delivery that failed: it is tried again with growing waits until its retries or its age are used up,
 * then it is given up (to the dead-letter queue, when there is one). Limits and defaults are those of the RetryPolicy that
 * EventBridge rules and EventBridge Scheduler share (API reference, RetryPolicy); the waits, which AWS does not publish,
 * are 1 s, 2 s, 4 s … at most a minute.
 */
export interface RetryPolicy {
  /** 0 to 185; 185 unless given. */
  readonly MaximumRetryAttempts?: number | undefined;
  /** 60 to 86,400 seconds; a day unless given. */
  readonly MaximumEventAgeInSeconds?: number | undefined;
}

export interface FailedDelivery {
  /** When it was accepted or came due, ms since the epoch: its age counts from here. */
  readonly addedAt: number;
  /** Made so far, the failed one included. */
  readonly attempts: number;
}

export type Verdict = { readonly kind: "retry"; readonly at: number } | { readonly kind: "give-up"; readonly because: "attempts" | "age" };

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

/** @param now when the attempt failed, ms since the epoch */
export function afterFailure({ addedAt, attempts }: FailedDelivery, policy: RetryPolicy, now: number): Verdict {
  const { MaximumRetryAttempts = 185, MaximumEventAgeInSeconds = 86_400 } = policy;
  if (attempts > MaximumRetryAttempts) return { kind: "give-up", because: "attempts" };
  const at = now + Math.min(FIRST_WAIT_MS * 2 ** (attempts - 1), LONGEST_WAIT_MS);
  return at > addedAt + MaximumEventAgeInSeconds * 1000 ? { kind: "give-up", because: "age" } : { kind: "retry", at };
}
