/** Stopped tasks, oldest first: ECS shows one for at least an hour, and then it is forgotten. */
import type { TaskState } from "../engine/service/task-state.ts";

const KEPT_MS = 3_600_000;

export class StoppedTasks {
  readonly #stopped: { readonly taskArn: string; readonly wall: number }[] = [];

  /** Begins with the tasks that had stopped before. */
  recall(tasks: Iterable<TaskState>): void {
    for (const { taskArn, lastStatus, stoppedAt, createdAt } of tasks) {
      if (lastStatus === "STOPPED") this.#stopped.push({ taskArn, wall: stoppedAt ?? createdAt });
    }
    this.#stopped.sort((a, b) => a.wall - b.wall);
  }

  add(taskArn: string, wall: number): void {
    this.#stopped.push({ taskArn, wall });
  }

  /** The tasks whose hour is over at `wall`; they are not answered again. */
  takeOld(wall: number): string[] {
    const young = this.#stopped.findIndex((task) => task.wall + KEPT_MS > wall);
    return this.#stopped.splice(0, young < 0 ? this.#stopped.length : young).map(({ taskArn }) => taskArn);
  }
}
