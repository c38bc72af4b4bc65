/** What the platform's log says last when the process ends otherwise than by a signal. */
import { StoreUnusableError } from "./persistence/open-database.ts";

/** Of a start that came to nothing: in words when the caller can mend it, else a defect with its stack. */
export function refusedStart(failure: unknown): string {
  return failure instanceof RangeError || failure instanceof StoreUnusableError ? failure.message : traced(failure);
}

/**
 * Of a platform that ran. A `RangeError` is a defect then, too: Node's word for a status, a port or a depth that cannot be.
 * `now`: wall time, ms.
 */
export function endedBy(failure: unknown, origin: NodeJS.UncaughtExceptionOrigin, now: number): string {
  if (failure instanceof StoreUnusableError) return failure.message;
  const way = origin === "unhandledRejection" ? "a rejection that nobody handled" : "an error that nobody caught";
  return `${new Date(now).toISOString()} The platform ended by ${way}, a bug in fsd; what it had acknowledged is kept, and \`fsd local up\` goes on from there.\n${traced(failure)}`;
}

function traced(failure: unknown): string {
  return failure instanceof Error ? (failure.stack ?? failure.message) : String(failure);
}
