/** Finds the unfinished tasks of a service, and the task behind a load balancer's target, without looking through all. */
import type { TaskState } from "../engine/service/task-state.ts";
import type { Target } from "./ports.ts";

export class TaskIndex {
  readonly #byService = new Map<string, Set<string>>();
  readonly #byTarget = new Map<string, string>();

  add(task: TaskState): void {
    if (task.serviceArn !== undefined) {
      const tasks = this.#byService.get(task.serviceArn);
      if (tasks === undefined) this.#byService.set(task.serviceArn, new Set([task.taskArn]));
      else tasks.add(task.taskArn);
    }
    for (const key of targetKeys(task)) this.#byTarget.set(key, task.taskArn);
  }

  /** The task's address may have become known, or been lost. */
  update(before: TaskState, after: TaskState): void {
    if (before.attachment === after.attachment) return;
    this.#forgetTargets(before);
    for (const key of targetKeys(after)) this.#byTarget.set(key, after.taskArn);
  }

  remove(task: TaskState): void {
    if (task.serviceArn !== undefined) {
      const tasks = this.#byService.get(task.serviceArn);
      tasks?.delete(task.taskArn);
      if (tasks?.size === 0) this.#byService.delete(task.serviceArn);
    }
    this.#forgetTargets(task);
  }

  ofService(serviceArn: string): string[] {
    return [...(this.#byService.get(serviceArn) ?? [])];
  }

  byTarget(targetGroupArn: string, target: Target): string | undefined {
    return this.#byTarget.get(`${targetGroupArn} ${target.ip}:${target.port}`);
  }

  #forgetTargets(task: TaskState): void {
    // The address may already belong to a later task.
    for (const key of targetKeys(task)) if (this.#byTarget.get(key) === task.taskArn) this.#byTarget.delete(key);
  }
}

function targetKeys(task: TaskState): string[] {
  const ip = task.attachment?.privateIp;
  return ip === undefined ? [] : task.targets.map((target) => `${target.targetGroupArn} ${ip}:${target.port}`);
}
