/**
 * BLUE_GREEN, LINEAR and CANARY: the new revision (green) is scaled up beside the old one (blue) in the other target group,
 * tested, given the production traffic at once or in steps, and the old one is stopped after a bake. Until then a
 * failure is undone by giving blue its weight back. Stages, their order and their hooks are ECS's.
 *
 * Example, CANARY 5 % with a bake of 10 minutes: 5 % of the requests go to green for 10 minutes, then all of them.
 */
import { failDeployment } from "./deployment-end.ts";
import type { ServiceDraft } from "./service-draft.ts";
import { rolloutReason } from "./service-events.ts";
import {
  type DeploymentState,
  type HookState,
  hookStages,
  type LifecycleStage,
  lifecycleStages,
  type StagedProgress,
} from "./service-state.ts";
import { startMissing, stopOf, stopSick, stopSurplus } from "./task-counts.ts";
import { blueOf, carries, freeSlot, healthyOf, shift, slotOf, weightOf } from "./traffic-slots.ts";

/** A stage that takes longer fails the deployment; a bake is as long as it was asked to be. */
const LONGEST_STAGE_MS = 24 * 3_600_000;
/** So does a deployment that takes longer as a whole. */
const LONGEST_DEPLOYMENT_MS = 30 * 24 * 3_600_000;
/** How long an unfinished deployment may go on serving while blue is made whole again. */
const LONGEST_REPAIR_MS = 15 * 60_000;
/** A hook that never answered is called again. */
const UNANSWERED_AFTER_MS = 15 * 60_000;

/** Decides this pass's steps of a staged deployment, or keeps a settled service at its count. */
export function rollStaged(draft: ServiceDraft): void {
  const { primary, service } = draft;
  if (primary === undefined) return;
  if (primary.slot === undefined) draft.changeDeployment(primary.id, { slot: primary.rollback ? "PRIMARY" : freeSlot(draft, primary) });
  const blue = blueOf(draft);
  const leaves = primary.rollback || primary.staged?.stage === "CLEAN_UP";
  if (blue !== undefined && !leaves && blue.desiredCount !== service.desiredCount) {
    draft.changeDeployment(blue.id, { desiredCount: service.desiredCount });
  }
  if (service.status === "ACTIVE") {
    if (primary.rollback) goBack(draft, draft.primary ?? primary);
    else if (primary.rolloutState === "IN_PROGRESS") advance(draft);
  }
  keepCounts(draft);
}

/** Replaces, scales and starts within room for both colours and the usual surplus. */
function keepCounts(draft: ServiceDraft): void {
  const { primary, service } = draft;
  if (primary === undefined) return;
  const { desiredCount } = service;
  const surplus = Math.floor((desiredCount * Math.max(0, draft.configuration.maximumPercent - 100)) / 100);
  const colours = draft.deployments.length;
  const bounds =
    service.status === "DRAINING"
      ? { minHealthy: 0, maxTasks: 0 }
      : { minHealthy: desiredCount, maxTasks: colours * desiredCount + Math.max(1, surplus) };
  stopSick(draft, bounds);
  const scalesUp = primary.staged === undefined || stageIndex(primary.staged.stage) >= stageIndex("SCALE_UP");
  for (const deployment of draft.deployments) stopSurplus(draft, deployment);
  for (const deployment of draft.deployments.slice(1)) startMissing(draft, deployment, bounds);
  if (scalesUp) startMissing(draft, primary, bounds);
}

/** Back to blue: its weight first, then green's tasks when blue stands whole. */
function goBack(draft: ServiceDraft, primary: DeploymentState): void {
  const healthy = healthyOf(draft, primary);
  const others = draft.deployments.slice(1).reduce((most, each) => Math.max(most, healthyOf(draft, each)), 0);
  if (healthy >= Math.min(draft.service.desiredCount, Math.max(1, others))) shift(draft, primary, 100, 100);
  if (healthy < draft.service.desiredCount || draft.awaitsWeights) return;
  stopOthers(draft, primary);
}

function stopOthers(draft: ServiceDraft, primary: DeploymentState): void {
  for (const deployment of draft.deployments.slice(1)) {
    for (const task of draft.live(deployment.id)) stopOf(draft, task, primary);
    draft.changeDeployment(deployment.id, { desiredCount: 0 });
  }
}

/** Takes every stage that is open now. */
function advance(draft: ServiceDraft): void {
  for (;;) {
    const primary = draft.primary;
    if (primary === undefined || primary.rolloutState !== "IN_PROGRESS") return;
    const staged = primary.staged ?? begin(draft, primary);
    const deadline = deadlineOf(primary, staged);
    if (draft.now.time >= deadline) {
      const reason = rolloutReason.stageTimedOut(staged.stage);
      failDeployment(draft, primary, { cause: "stage-timeout", reason, told: "stage timed out.", rollback: true });
      return;
    }
    draft.wake(deadline);
    if (draft.awaitsWeights || !act(draft, primary, staged) || draft.awaitsWeights) return;
    const next = draft.primary?.staged ?? staged;
    if (!hooksPassed(draft, draft.primary ?? primary, next)) return;
    if (!leave(draft, draft.primary ?? primary, draft.primary?.staged ?? next)) return;
  }
}

function deadlineOf(primary: DeploymentState, { stage, stageSinceTime, stepSinceTime }: StagedProgress): number {
  const wholeTime = primary.createdTime + LONGEST_DEPLOYMENT_MS;
  const bakes = stage === "BAKE_TIME" || stepSinceTime !== undefined;
  return bakes ? wholeTime : Math.min(wholeTime, stageSinceTime + LONGEST_STAGE_MS);
}

function begin(draft: ServiceDraft, primary: DeploymentState): StagedProgress {
  const unfinished = draft.deployments.slice(1).some((deployment) => deployment.id !== blueOf(draft)?.id);
  const staged: StagedProgress = {
    stage: unfinished ? "RECONCILE_SERVICE" : "PRE_SCALE_UP",
    stageSinceTime: draft.now.time,
    hooks: [],
    hooksCalled: false,
    testWeight: 0,
    productionWeight: 0,
  };
  draft.changeDeployment(primary.id, { staged });
  return staged;
}

/** Does what the stage is for. Answers whether it is done. */
function act(draft: ServiceDraft, primary: DeploymentState, staged: StagedProgress): boolean {
  switch (staged.stage) {
    case "RECONCILE_SERVICE": {
      const blue = blueOf(draft);
      const stale = draft.deployments.slice(1).filter((deployment) => deployment.id !== blue?.id);
      clearAway(draft, primary, blue, stale);
      const ids = new Set(stale.map((deployment) => deployment.id));
      // What works beside blue may stay until green stands; only where blue can be made whole is that waited for.
      if (stale.every((deployment) => worksBeside(draft, deployment, blue))) {
        if (blue?.proven !== true) return true;
        const waitsUntil = staged.stageSinceTime + LONGEST_REPAIR_MS;
        if (draft.now.time >= waitsUntil) return true;
        draft.wake(waitsUntil);
      }
      return !draft.world.tasks.some(
        (task) => ids.has(task.deploymentId ?? "") && !["DEPROVISIONING", "STOPPED"].includes(task.lastStatus),
      );
    }
    case "SCALE_UP": {
      const live = draft.live(primary.id);
      return live.length >= draft.service.desiredCount && live.every((task) => draft.isHealthy(task));
    }
    case "TEST_TRAFFIC_SHIFT":
      // Production traffic stays where it is: at a service's first deployment that is here already.
      shift(draft, primary, 100, shareOf(draft, primary));
      return true;
    case "PRODUCTION_TRAFFIC_SHIFT":
      return shiftProduction(draft, primary, staged);
    case "BAKE_TIME": {
      const doneTime = staged.stageSinceTime + draft.configuration.bakeTimeMs;
      draft.wake(doneTime);
      return draft.now.time >= doneTime;
    }
    case "CLEAN_UP":
      // The desired count may just have grown: blue helps until green alone is enough.
      if (healthyOf(draft, primary) >= draft.service.desiredCount) stopOthers(draft, primary);
      return false;
    default:
      return true;
  }
}

/**
 * Gives blue all traffic, and stops what is left of unfinished deployments: what carries traffic only when blue stands whole, and
 * what carries it beside blue, in the same target group or where nothing divides it, as far as blue can spare it.
 */
function clearAway(
  draft: ServiceDraft,
  primary: DeploymentState,
  blue: DeploymentState | undefined,
  stale: readonly DeploymentState[],
): void {
  const healthy = blue === undefined ? 0 : healthyOf(draft, blue);
  const waitsUntil = (primary.staged?.stageSinceTime ?? draft.now.time) + LONGEST_REPAIR_MS;
  // One that was never proven is not repaired, and one that cannot be repaired must not hold up what may be its fix.
  const whole = healthy >= draft.service.desiredCount || blue?.proven !== true || draft.now.time >= waitsUntil;
  if (!whole) draft.wake(waitsUntil);
  const most = stale.reduce((top, each) => Math.max(top, healthyOf(draft, each)), 0);
  if (blue !== undefined && (whole || healthy >= most)) shift(draft, blue, 100, 100);
  for (const deployment of stale) {
    // What is cleared away is not repaired.
    if (deployment.desiredCount !== 0) draft.changeDeployment(deployment.id, { desiredCount: 0 });
    if (draft.awaitsWeights) continue;
    const besideBlue = worksBeside(draft, deployment, blue);
    for (const task of draft.live(deployment.id)) {
      const spare = besideBlue ? healthyBeside(draft, blue) > draft.service.desiredCount : whole || !carries(draft, deployment);
      if (spare || !draft.isHealthy(task)) stopOf(draft, task, primary);
    }
  }
}

/** Whether the two share their traffic: in one target group, or without a listener rule that divides it. */
function worksBeside(draft: ServiceDraft, deployment: DeploymentState, blue: DeploymentState | undefined): boolean {
  return blue === undefined || slotOf(draft, deployment) === slotOf(draft, blue);
}

function healthyBeside(draft: ServiceDraft, blue: DeploymentState | undefined): number {
  const beside = draft.deployments.slice(1).filter((deployment) => worksBeside(draft, deployment, blue));
  return beside.reduce((healthy, deployment) => healthy + healthyOf(draft, deployment), 0);
}

/** Gives green its next share. A share below all of the traffic bakes before the next. */
function shiftProduction(draft: ServiceDraft, primary: DeploymentState, staged: StagedProgress): boolean {
  if (staged.stepSinceTime !== undefined) {
    const doneTime = staged.stepSinceTime + stepBakeMs(draft);
    draft.wake(doneTime);
    return draft.now.time >= doneTime;
  }
  if (staged.stepShifted === true) return true;
  // Green may have lost tasks since it was scaled up: it gets no more traffic than it can bear.
  const blue = blueOf(draft);
  if (healthyOf(draft, primary) < Math.min(draft.service.desiredCount, blue === undefined ? 0 : healthyOf(draft, blue))) return false;
  draft.changeDeployment(primary.id, { staged: { ...staged, stepShifted: true } });
  shift(draft, primary, staged.testWeight, nextWeight(draft, shareOf(draft, primary)));
  return true;
}

/** Percent of the production traffic that the deployment has now. */
function shareOf(draft: ServiceDraft, deployment: DeploymentState): number {
  const slot = slotOf(draft, deployment);
  return slot === undefined ? (deployment.staged?.productionWeight ?? 0) : weightOf(draft, slot);
}

function nextWeight(draft: ServiceDraft, weight: number): number {
  const { strategy, linear, canary } = draft.configuration;
  // The first deployment of a service has nobody to share with.
  if (blueOf(draft) === undefined || strategy === "BLUE_GREEN") return 100;
  if (strategy === "CANARY") return weight === 0 ? canary.percent : 100;
  return Math.min(100, Math.round((weight + linear.stepPercent) * 10) / 10);
}

function stepBakeMs(draft: ServiceDraft): number {
  const { strategy, linear, canary } = draft.configuration;
  return strategy === "CANARY" ? canary.bakeMs : linear.stepBakeMs;
}

/** Calls the stage's hooks once its act is done. Answers whether all have succeeded; fails the deployment when one has not. */
function hooksPassed(draft: ServiceDraft, primary: DeploymentState, staged: StagedProgress): boolean {
  const configured = draft.configuration.lifecycleHooks;
  let { hooks } = staged;
  if (!staged.hooksCalled) {
    hooks = !hookStages.includes(staged.stage)
      ? []
      : configured.flatMap((hook, index): HookState[] => {
          if (!hook.stages.includes(staged.stage)) return [];
          const base = { hookId: draft.ids.uuid(), index, sinceTime: draft.now.time };
          return [
            hook.targetType === "PAUSE"
              ? { ...base, status: "AWAITING_ACTION" }
              : { ...base, status: "IN_PROGRESS", callTime: draft.now.time },
          ];
        });
  }
  hooks = hooks.map((state) => timeOut(draft, call(draft, primary, staged, state)));
  if (!staged.hooksCalled || hooks.some((hook, index) => hook !== staged.hooks[index])) {
    draft.changeDeployment(primary.id, { staged: { ...staged, hooks, hooksCalled: true } });
  }
  if (hooks.some((hook) => hook.status === "FAILED")) {
    const reason = rolloutReason.hookFailed(staged.stage);
    failDeployment(draft, draft.primary ?? primary, { cause: "lifecycle-hook", reason, told: "lifecycle hook failed.", rollback: true });
    return false;
  }
  return hooks.every((hook) => hook.status === "SUCCEEDED");
}

function call(draft: ServiceDraft, primary: DeploymentState, staged: StagedProgress, state: HookState): HookState {
  const hook = draft.configuration.lifecycleHooks[state.index];
  if (state.status !== "IN_PROGRESS" || state.callTime === undefined || hook === undefined) return state;
  if (draft.now.time < state.callTime) {
    draft.wake(state.callTime);
    return state;
  }
  const again = draft.now.time + UNANSWERED_AFTER_MS;
  draft.wake(again);
  draft.callHook({
    hookId: state.hookId,
    target: hook.target ?? "",
    ...(hook.details === undefined ? {} : { details: hook.details }),
    stage: staged.stage,
    serviceDeploymentArn: primary.serviceDeploymentArn,
    targetServiceRevisionArn: primary.serviceRevisionArn,
    reason: state.callTime === state.sinceTime ? "stage-entered" : "not-yet-done",
  });
  return { ...state, callTime: again };
}

function timeOut(draft: ServiceDraft, state: HookState): HookState {
  const hook = draft.configuration.lifecycleHooks[state.index];
  if (hook?.timeoutMs === undefined || (state.status !== "IN_PROGRESS" && state.status !== "AWAITING_ACTION")) return state;
  const deadline = state.sinceTime + hook.timeoutMs;
  if (draft.now.time < deadline) {
    draft.wake(deadline);
    return state;
  }
  return { ...state, status: hook.timeoutAction === "CONTINUE" ? "SUCCEEDED" : "FAILED" };
}

/** Enters the stage after this one. Answers whether there is more to do now. */
function leave(draft: ServiceDraft, primary: DeploymentState, staged: StagedProgress): boolean {
  const { stage, productionWeight } = staged;
  if (stage === "PRODUCTION_TRAFFIC_SHIFT" && productionWeight < 100) {
    if (staged.stepSinceTime === undefined) {
      draft.changeDeployment(primary.id, { staged: { ...staged, stepSinceTime: draft.now.time } });
      draft.wake(draft.now.time + stepBakeMs(draft));
      return stepBakeMs(draft) === 0;
    }
    enter(draft, primary, staged, "PRE_PRODUCTION_TRAFFIC_SHIFT");
    return true;
  }
  const next = lifecycleStages[stageIndex(stage) + 1];
  if (next === undefined) return false;
  enter(draft, primary, staged, next);
  return true;
}

function enter(draft: ServiceDraft, primary: DeploymentState, staged: StagedProgress, stage: LifecycleStage): void {
  const { stepSinceTime: _step, stepShifted: _shifted, ...rest } = staged;
  draft.changeDeployment(primary.id, { staged: { ...rest, stage, stageSinceTime: draft.now.time, hooks: [], hooksCalled: false } });
}

function stageIndex(stage: LifecycleStage): number {
  return lifecycleStages.indexOf(stage);
}
