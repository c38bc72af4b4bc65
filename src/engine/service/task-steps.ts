/** The steps of a task's life that are open now, state by state: PROVISIONING → … → STOPPED, as on Fargate. */
import { mayStop } from "./container-order.ts";
import { probeContainers, startReadyContainers } from "./container-run.ts";
import type { TaskDraft } from "./task-draft.ts";
import type { TaskStatus } from "./task-state.ts";
import { awaitDrain, isDrained } from "./task-stop.ts";

/** Takes every step that is open now. */
export function takeSteps(draft: TaskDraft): void {
  for (let before: TaskStatus | undefined; before !== draft.task.lastStatus; ) {
    before = draft.task.lastStatus;
    steps[before](draft);
  }
}

const steps: Readonly<Record<TaskStatus, (draft: TaskDraft) => void>> = {
  PROVISIONING: provisioning,
  PENDING: pending,
  ACTIVATING: activating,
  RUNNING: running,
  DEACTIVATING: deactivating,
  STOPPING: stopping,
  DEPROVISIONING: () => undefined,
  STOPPED: () => undefined,
};

function provisioning(draft: TaskDraft): void {
  // A newborn's own provision decision is made by whoever gives birth to it.
  if (draft.task.attachment === undefined) return;
  draft.enter("PENDING", { pullStartedAt: draft.now.wall });
  for (const container of draft.plan.containers) {
    draft.changeContainer(container.name, ["waiting"], () => ({ phase: "pulling" }));
    draft.decide({ type: "pull", container: container.name });
  }
}

function pending(draft: TaskDraft): void {
  const { task } = draft;
  if (task.pullStoppedAt === undefined && task.containers.every((container) => !["waiting", "pulling"].includes(container.phase))) {
    draft.change({ pullStoppedAt: draft.now.wall });
  }
  startReadyContainers(draft);
  probeContainers(draft);
  if (task.desiredStatus === "STOPPED") return;
  const allStarted = draft.task.containers.every(
    (container) => container.startedTime !== undefined || (container.phase === "stopped" && !draft.isEssential(container.name)),
  );
  if (allStarted) draft.enter("ACTIVATING");
}

function activating(draft: TaskDraft): void {
  const { attachment, targets, registries } = draft.task;
  if (attachment === undefined) return;
  const ip = attachment.privateIp;
  for (const { targetGroupArn, port } of targets) {
    draft.decide({ type: "register-target", targetGroupArn, ip, port });
    draft.tell({ type: "target-registered", taskArn: draft.task.taskArn, targetGroupArn });
  }
  for (const { registryArn, port } of registries) {
    draft.decide({ type: "register-instance", registryArn, ip, ...(port === undefined ? {} : { port }) });
  }
  draft.change({
    targets: targets.map((target) => ({ ...target, state: "initial" as const })),
    registries: registries.map((registry) => ({ ...registry, registered: true })),
  });
  draft.enter("RUNNING", { startedAt: draft.now.wall, runningTime: draft.now.time });
}

function running(draft: TaskDraft): void {
  startReadyContainers(draft);
  probeContainers(draft);
}

function deactivating(draft: TaskDraft): void {
  probeContainers(draft);
  if (isDrained(draft)) draft.enter("STOPPING");
  else awaitDrain(draft);
}

function stopping(draft: TaskDraft): void {
  for (const container of draft.task.containers) {
    if (container.phase === "waiting") draft.changeContainer(container.name, ["waiting"], () => ({ phase: "stopped" }));
  }
  // Reverse order of start: each round stops what nothing that is still up depends on.
  for (const container of draft.task.containers) {
    if (container.phase === "stopped" || container.phase === "stopping" || !mayStop(container.name, draft.plan, draft.task)) continue;
    draft.changeContainer(container.name, [container.phase], (state) => ({
      phase: "stopping",
      health: { ...state.health, probing: false },
    }));
    draft.decideStop(container.name);
  }
  if (!draft.task.containers.every((container) => container.phase === "stopped")) return;
  if (draft.task.executionStoppedAt === undefined && draft.task.pullStartedAt !== undefined) {
    draft.change({ executionStoppedAt: draft.now.wall });
  }
  if (!isDrained(draft)) {
    awaitDrain(draft);
    return;
  }
  draft.enter("DEPROVISIONING");
  draft.decide({ type: "deprovision" });
}
