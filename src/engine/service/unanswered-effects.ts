/** Effects that were decided and whose outcome nobody has told: issued again after a restart, and after a long silence. */
import type { TaskDraft } from "./task-draft.ts";
import { deregister } from "./task-stop.ts";

/** What was decided and may not have been carried out, once more; every port is idempotent. */
export function issueAgain(draft: TaskDraft): void {
  const { task } = draft;
  const ip = task.attachment?.privateIp;
  if (task.lastStatus === "PROVISIONING" && ip === undefined) draft.decide({ type: "provision" });
  for (const container of task.containers) {
    if (container.phase === "pulling") draft.decide({ type: "pull", container: container.name });
    if (container.phase === "starting") draft.decide({ type: "start", container: container.name });
    if (container.phase === "stopping") draft.decideStop(container.name);
  }
  if (ip !== undefined && task.lastStatus === "RUNNING") {
    for (const { targetGroupArn, port } of task.targets) draft.decide({ type: "register-target", targetGroupArn, ip, port });
    for (const { registryArn, port } of task.registries) {
      draft.decide({ type: "register-instance", registryArn, ip, ...(port === undefined ? {} : { port }) });
    }
  }
  if (task.lastStatus === "DEACTIVATING" || task.lastStatus === "STOPPING") deregister(draft);
  if (task.lastStatus === "DEPROVISIONING") draft.decide({ type: "deprovision" });
}

/** Issues the effects again when the silence has lasted long enough. */
export function breakSilence(draft: TaskDraft): void {
  const { silentUntilTime } = draft.task;
  if (silentUntilTime === undefined || draft.now.time < silentUntilTime) return;
  draft.forget("silentUntilTime");
  issueAgain(draft);
}

/** Notes until when an effect under way may stay unanswered before it is issued again. */
export function watchForSilence(draft: TaskDraft): void {
  const { reissueAfterMs } = draft.settings;
  if (reissueAfterMs === undefined) return;
  const { task } = draft;
  const waits =
    ["PROVISIONING", "DEACTIVATING", "DEPROVISIONING"].includes(task.lastStatus) ||
    task.containers.some((container) => ["pulling", "starting", "stopping"].includes(container.phase));
  if (!waits || task.lastStatus === "STOPPED") {
    if (task.silentUntilTime !== undefined) draft.forget("silentUntilTime");
    return;
  }
  if (task.silentUntilTime === undefined || draft.changed) draft.change({ silentUntilTime: draft.now.time + reissueAfterMs });
  draft.wake(draft.task.silentUntilTime);
}
