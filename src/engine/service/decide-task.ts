/**
 * The life of one task, decided: PROVISIONING → PENDING → ACTIVATING → RUNNING → DEACTIVATING → STOPPING →
 * DEPROVISIONING → STOPPED, as on Fargate. A stop only flips `desiredStatus`; `lastStatus` follows, step by step, as
 * the runtime and the load balancer tell what happened. Nothing is RUNNING before its containers run.
 */
import { containerExited, containerFailed, containerProbed, containerStarted } from "./container-run.ts";
import type { EngineSettings, Moment } from "./moment.ts";
import { TaskDraft, type TaskOutcome } from "./task-draft.ts";
import type { TaskPlan } from "./task-plan.ts";
import type { TaskState } from "./task-state.ts";
import { takeSteps } from "./task-steps.ts";
import { instanceDeregistered, loseTask, reclaimTask, stopTask } from "./task-stop.ts";
import type { TaskTrigger } from "./task-trigger.ts";
import { awaitPause, callAgain, takeRefusal } from "./throttled-calls.ts";
import { breakSilence, issueAgain, watchForSilence } from "./unanswered-effects.ts";

/** Decides what a trigger means for a task. A trigger that no longer applies (an answer that comes late or twice) changes nothing. */
export function decideTask(task: TaskState, plan: TaskPlan, trigger: TaskTrigger, now: Moment, settings: EngineSettings): TaskOutcome {
  if (task.lastStatus === "STOPPED") return { task, decisions: [], happenings: [], wakeAt: undefined };
  const draft = new TaskDraft(task, plan, now, settings);
  take(draft, trigger);
  takeSteps(draft);
  watchForSilence(draft);
  awaitPause(draft);
  return draft.outcome();
}

function take(draft: TaskDraft, trigger: TaskTrigger): void {
  const { task } = draft;
  switch (trigger.type) {
    case "task-provisioned": {
      if (task.attachment !== undefined) return;
      const { attachmentId, privateIp, macAddress } = trigger;
      draft.change({ attachment: { attachmentId, privateIp, macAddress }, connectivityAt: draft.now.wall });
      return;
    }
    case "task-provision-failed":
      if (task.lastStatus === "PROVISIONING") stopTask(draft, "TaskFailedToStart", trigger.reason);
      return;
    case "container-pulled":
      draft.changeContainer(trigger.container, ["pulling"], () => ({
        phase: "pulled",
        ...(trigger.imageDigest === undefined ? {} : { imageDigest: trigger.imageDigest }),
      }));
      return;
    case "container-pull-failed":
      containerFailed(draft, trigger.container, ["pulling"], trigger.reason);
      return;
    case "container-started":
      containerStarted(draft, trigger.container, trigger.runtimeId);
      return;
    case "container-start-failed":
      containerFailed(draft, trigger.container, ["starting"], trigger.reason);
      return;
    case "container-exited":
      containerExited(draft, trigger.container, trigger.exitCode, trigger.reason);
      return;
    case "container-probed":
      containerProbed(draft, trigger.container, trigger.passed);
      return;
    case "task-deprovisioned":
      if (task.lastStatus === "DEPROVISIONING") draft.enter("STOPPED", { stoppedAt: draft.now.wall });
      return;
    case "target-health":
      targetHealth(draft, trigger);
      return;
    case "instance-deregistered":
      instanceDeregistered(draft, trigger.registryArn);
      return;
    case "stop":
      stopTask(draft, trigger.stopCode, trigger.stoppedReason);
      return;
    case "spot-interrupted":
      reclaimTask(draft);
      return;
    case "runtime-lost":
      loseTask(draft);
      return;
    case "throttled":
      takeRefusal(draft, trigger.call);
      return;
    case "resume":
      issueAgain(draft);
      return;
    case "due":
      breakSilence(draft);
      callAgain(draft);
      return;
  }
}

function targetHealth(draft: TaskDraft, trigger: Extract<TaskTrigger, { type: "target-health" }>): void {
  const { targetGroupArn, state, reason, description } = trigger;
  const targets = draft.task.targets.map((target) => {
    if (target.targetGroupArn !== targetGroupArn || target.state === "none") return target;
    const { reason: _reason, description: _description, ...rest } = target;
    return {
      ...rest,
      state,
      ...(reason === undefined ? {} : { reason }),
      ...(description === undefined ? {} : { description }),
    };
  });
  draft.change({ targets });
}
