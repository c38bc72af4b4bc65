/**
 * What becomes of an error: the first retrier that names it and has attempts left, else the first catcher, else the
 * state fails. `States.ALL` takes every error but `States.Runtime` and `States.DataLimitExceeded`; `States.TaskFailed`
 * every one but timeouts (states-language.net, "Errors").
 */
import type { Catcher, Retrier, State } from "./definition.ts";

/** Named outright they can be caught; by a wildcard not. */
const beyondWildcards = new Set(["States.Runtime", "States.DataLimitExceeded"]);

/** Whether a retrier or catcher is for this error; `States.ALL` and `States.TaskFailed` are wildcards with exceptions. */
export function names({ ErrorEquals }: Pick<Retrier | Catcher, "ErrorEquals">, error: string): boolean {
  return ErrorEquals.some((name) => {
    if (name === error) return true;
    if (beyondWildcards.has(error)) return false;
    if (name === "States.ALL") return true;
    if (name === "States.TaskFailed") return error !== "States.Timeout";
    return false;
  });
}

export interface Retry {
  /** Of the retrier in the state's list. */
  readonly index: number;
  readonly delayMs: number;
}

/**
 * The retry that an error is due, if any. With 30 s and a rate of 2: after 30 s, 60 s, 120 s …
 * @param attempts retries made so far, by retrier
 */
export function dueRetry({ Retry = [] }: State, error: string, attempts: readonly number[], random: () => number): Retry | undefined {
  const index = Retry.findIndex((retrier) => names(retrier, error));
  const retrier = Retry[index];
  if (retrier === undefined) return undefined;
  const { IntervalSeconds = 1, BackoffRate = 2, MaxAttempts = 3, MaxDelaySeconds = Number.POSITIVE_INFINITY, JitterStrategy } = retrier;
  const made = attempts[index] ?? 0;
  if (made >= MaxAttempts) return undefined;
  const seconds = Math.min(IntervalSeconds * BackoffRate ** made, MaxDelaySeconds);
  return { index, delayMs: Math.round(seconds * 1000 * (JitterStrategy === "FULL" ? random() : 1)) };
}

/** The first catcher that is for the error, if any. */
export function catcherOf({ Catch = [] }: State, error: string): Catcher | undefined {
  return Catch.find((catcher) => names(catcher, error));
}
