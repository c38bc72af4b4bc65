/**
 * Calls of a task that another service's rate limit refused: nothing was done, and the same call is decided again after a
 * pause that doubles from one second up to a minute. AWS says that ECS tries again later, not when. A call that has become
 * pointless meanwhile (to register a task that is on its way out) is dropped; taking a task out of a load balancer or a
 * registry never is.
 *
 * Example: refused at 0 s → again at 1 s; refused → again at 3 s; refused → again at 7 s.
 */
import type { TaskDecision } from "./task-decision.ts";
import type { TaskDraft } from "./task-draft.ts";
import type { TaskState } from "./task-state.ts";

/** The services that ECS calls and whose rate limits may refuse a call. */
export type CalledService = "fargate" | "elastic-load-balancing" | "cloud-map" | "cloudwatch";

export interface ThrottledCalls {
  /** Not made yet; empty once they have been decided again. */
  readonly calls: readonly TaskDecision[];
  /** Taking a target out was decided again, and may be refused again. */
  readonly leaving: boolean;
  /** Refusals in a row. */
  readonly attempts: number;
  /** Engine time at which they are decided again, or, while leaving, at which no refusal has come. */
  readonly untilTime: number;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** A refusal would have come by then. */
const ANSWER_WITHIN_MS = 1_000;
/** A refusal this long after the one before begins anew. */
const FORGOTTEN_AFTER_MS = 300_000;

/** Which service a decision calls; undefined for what happens on the task's own machine. */
export function calledService(decision: TaskDecision): CalledService | undefined {
  switch (decision.type) {
    case "provision":
      return "fargate";
    case "register-target":
    case "deregister-target":
      return "elastic-load-balancing";
    case "register-instance":
    case "report-instance-health":
    case "deregister-instance":
      return "cloud-map";
    default:
      return undefined;
  }
}

/** Pause after that many refusals in a row. */
export function throttlePauseMs(attempts: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempts - 1, 16));
}

/** A call was refused. Several at one moment share one pause, and are told once for each service. */
export function takeRefusal(draft: TaskDraft, call: TaskDecision): void {
  const known = draft.task.throttled;
  const { time } = draft.now;
  const service = calledService(call);
  if (service === undefined) return;
  const waiting = known?.calls ?? [];
  if (!waiting.some((each) => calledService(each) === service)) draft.tell({ type: "throttled", taskArn: draft.task.taskArn, service });
  if (known !== undefined && waiting.length > 0) {
    draft.change({ throttled: { ...known, calls: [...waiting.filter((each) => !isSameCall(each, call)), call] } });
    return;
  }
  const attempts = known !== undefined && time - known.untilTime < FORGOTTEN_AFTER_MS ? known.attempts + 1 : 1;
  draft.change({ throttled: { calls: [call], leaving: false, attempts, untilTime: time + throttlePauseMs(attempts) } });
}

/** Decides the refused calls again when their pause is over. */
export function callAgain(draft: TaskDraft): void {
  const { throttled } = draft.task;
  const { time } = draft.now;
  if (throttled === undefined || !isPending(throttled) || time < throttled.untilTime) return;
  for (const call of throttled.calls) if (isWanted(call, draft.task)) draft.decide(call);
  const leaving = throttled.calls.some(takesTargetOut);
  draft.change({ throttled: { ...throttled, calls: [], leaving, ...(leaving ? { untilTime: time + ANSWER_WITHIN_MS } : {}) } });
}

export function awaitPause(draft: TaskDraft): void {
  const { throttled } = draft.task;
  if (throttled !== undefined && isPending(throttled)) draft.wake(throttled.untilTime);
}

/** Whether the task may still stand in a load balancer, because taking it out was refused; a registry confirms the call. */
export function awaitsDeregistration({ throttled }: TaskState): boolean {
  return throttled !== undefined && (throttled.leaving || throttled.calls.some(takesTargetOut));
}

function isPending({ calls, leaving }: ThrottledCalls): boolean {
  return calls.length > 0 || leaving;
}

function takesTargetOut({ type }: TaskDecision): boolean {
  return type === "deregister-target";
}

function isWanted(call: TaskDecision, { lastStatus, desiredStatus, attachment }: TaskState): boolean {
  switch (call.type) {
    case "provision":
      return lastStatus === "PROVISIONING" && attachment === undefined;
    case "register-target":
    case "register-instance":
    case "report-instance-health":
      return lastStatus === "RUNNING" && desiredStatus === "RUNNING";
    default:
      return true;
  }
}

/** A newer report of an instance's health stands for the older one. */
function isSameCall(one: TaskDecision, other: TaskDecision): boolean {
  if (one.type !== other.type) return false;
  if ("targetGroupArn" in one && "targetGroupArn" in other) return one.targetGroupArn === other.targetGroupArn;
  if ("registryArn" in one && "registryArn" in other) return one.registryArn === other.registryArn;
  return true;
}
