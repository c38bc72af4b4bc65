/** What Fargate bills: each task by the second, from the beginning of its image pull until it has stopped, at least a minute. */
import type { TaskState } from "../engine/service/task-state.ts";
import type { SimulatedWorld } from "./simulated-world.ts";

export interface TaskHours {
  readonly onDemand: number;
  readonly spot: number;
}

const LEAST_MS = 60_000;

/** What is billed of a task until `until`, if what came before `since` was billed elsewhere. */
export function billedMs({ pullStartedAt }: TaskState, until: number, since = Number.NEGATIVE_INFINITY): number {
  if (pullStartedAt === undefined) return 0;
  return Math.max(until - Math.max(pullStartedAt, since), pullStartedAt < since ? 0 : LEAST_MS);
}

/** Counts the tasks of one service from now on. */
export class TaskHourMeter {
  readonly #world: SimulatedWorld;
  readonly #name: string;
  readonly #sinceTime: number;
  readonly #ms = { onDemand: 0, spot: 0 };

  constructor(world: SimulatedWorld, name: string) {
    this.#world = world;
    this.#name = name;
    this.#sinceTime = world.clock.now();
    world.controller.onTaskChanged((task) => {
      if (task.lastStatus === "STOPPED") this.#bill(task, task.stoppedAt ?? world.clock.now());
    });
  }

  /** The hours so far, those of tasks that still run included. */
  read(): TaskHours {
    const before = { ...this.#ms };
    for (const task of this.#world.tasks(this.#name)) if (task.lastStatus !== "STOPPED") this.#bill(task, this.#world.clock.now());
    const hours = { onDemand: this.#ms.onDemand / 3_600_000, spot: this.#ms.spot / 3_600_000 };
    Object.assign(this.#ms, before);
    return hours;
  }

  #bill(task: TaskState, until: number): void {
    this.#ms[task.capacityProviderName === "FARGATE_SPOT" ? "spot" : "onDemand"] += billedMs(task, until, this.#sinceTime);
  }
}
