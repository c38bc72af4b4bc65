/** After a deployment that changed the load balancer's health check: fsd watches the targets until the new one has judged them. */
import { pause } from "../kit/pause.ts";
import { failure } from "../model/failures.ts";
import { Countdown } from "./countdown.ts";
import { diagnose } from "./diagnosis/diagnosis.ts";
import { goBack, type WayBack, type WentBack } from "./go-back.ts";
import { Pace } from "./polling.ts";
import { type ChangedGroup, type Judgement, judgeTargets, TargetsSinceChange } from "./service/health-check-change.ts";
import { observeService, observeTargets } from "./service/service-view.ts";
import type { Witness } from "./service/witness.ts";
import { findStack, type StackTools } from "./stack/stack.ts";

export interface HealthWatch {
  /** Changed by the deployment; never empty. */
  readonly groups: readonly ChangedGroup[];
  /** How long the replacement of single tasks may take, after all were judged. */
  readonly patienceMs: number;
  /** How many times faster than AWS the environment's time passes. */
  readonly speed: number;
  /** Keeps the evidence. */
  readonly witness: Witness;
}

/** The local platform leaves a program this long to answer, at any speed, when it is given as much (`src/platform/time-scale.ts`). */
const localTimeoutMs = 5_000;

/**
 * Undefined when the service's targets are well under the changed check; else what became of it: fsd goes back to the
 * release before, as CloudFormation does with an update that it sees fail.
 */
export async function underNewHealthCheck(watch: HealthWatch, way: WayBack, tools: StackTools): Promise<WentBack | undefined> {
  const { subject, stackName } = way;
  const { aws, tell } = tools;
  const { groups, speed, witness } = watch;
  const judgedAt = Math.max(...groups.map((group) => group.changedAtMs + judgementMs(group, speed)));
  const verdict = await watchTargets(watch, judgedAt, way, tools);
  if (verdict === "well") return undefined;
  const stack = await findStack(aws, stackName);
  if (stack === undefined) throw failure("FSD7002", `the stack ${stackName} was deleted by someone else while it was deployed`);
  if (verdict === "interrupted") {
    tell({ type: "note", subject, text: "interrupted: its targets are no longer watched, and the changed health check stays" });
    return { outcome: "interrupted", stack, seen: {} };
  }
  tell({ type: "diagnosis", subject, diagnosis: diagnose(await witness.evidence()) });
  const back = await goBack(way, tools);
  if (back.outcome !== "rolled-back") return back;
  // The old check needs time as well to find its targets healthy, and ECS to replace those that it has given up.
  const again = await watchTargets(watch, undefined, way, tools);
  if (again === "well") return back;
  const shown = `fsd status ${subject} --env ${way.environment.name}`;
  tell({ type: "note", subject, text: `the release before is back, and its tasks are not healthy yet: ${shown} shows them` });
  return { ...back, outcome: again === "interrupted" ? "interrupted" : "failed" };
}

/**
 * Looks at the targets until the service has a verdict: `judgedAt` is when the changed check has judged all of them, told
 * now and then; absent, failures are those of a check that is gone, and whoever is healthy is well.
 */
async function watchTargets(
  { groups, patienceMs, witness }: HealthWatch,
  judgedAt: number | undefined,
  { subject, environment }: WayBack,
  { aws, clock, signal, tell, rhythm }: StackTools,
): Promise<"well" | "failed" | "interrupted"> {
  const began = clock.now();
  const from = judgedAt ?? began;
  const pace = new Pace(rhythm);
  const countdown = new Countdown(Math.max(1, from - began));
  const patience = new Countdown(Math.max(1, patienceMs));
  const judging = new TargetsSinceChange(judgedAt !== undefined && from <= began);
  for (;;) {
    const [view, targets] = await Promise.all([
      observeService(aws, environment.cluster.name, subject),
      Promise.all(groups.map(({ arn }) => observeTargets(aws, arn))).then((all) => all.flat()),
      witness.look([]),
    ]);
    if (judgedAt !== undefined) judging.look(targets);
    const leftMs = from - clock.now();
    const healthy = targets.filter(({ state }) => state === "healthy").length;
    const verdict = judgeTargets({
      desired: view?.desired ?? 0,
      healthy,
      failed: judging.failed,
      isJudged: leftMs <= 0,
      isTimeUp: leftMs + patienceMs <= 0,
    });
    if (verdict !== "open") return verdict;
    if (signal.aborted) return "interrupted";
    const progress = (text: string): void => tell({ type: "step", subject, step: "verify", state: "running", text });
    if (leftMs > 0) {
      const left = countdown.next(leftMs);
      const count = `${targets.length} target${targets.length === 1 ? "" : "s"}`;
      if (left !== undefined) progress(`the health check has changed; watching ${count} for ${left}`);
    } else {
      const left = patience.next(leftMs + patienceMs);
      if (left !== undefined) progress(waitingText(healthy, view?.desired ?? 0, judgedAt !== undefined, left));
    }
    const nextMs = pace.next(false);
    await pause(clock, leftMs > 0 ? Math.min(leftMs, nextMs) : nextMs, signal);
  }
}

function waitingText(healthy: number, desired: number, isNew: boolean, left: string): string {
  const check = isNew ? "under the changed health check" : "again under the one before";
  return `${healthy} of ${desired} targets healthy ${check}; waiting for ECS to replace the others, for ${left}`;
}

/** Intervals are shortened by the speed, a program's time to answer only so far. */
function judgementMs({ probingSeconds, timeoutSeconds }: Judgement, speed: number): number {
  const timeoutMs = timeoutSeconds * 1000;
  return (probingSeconds * 1000) / speed + Math.max(timeoutMs / speed, speed === 1 ? 0 : Math.min(timeoutMs, localTimeoutMs));
}
