/** What Fargate bills for a job's tasks, by their size: a schedule may give its runs another. */
import type { TaskState } from "../../engine/service/task-state.ts";
import type { SimulatedWorld } from "../simulated-world.ts";
import { billedMs } from "../task-hours.ts";
import type { JobModel } from "./job-model.ts";

export interface SizedHours {
  readonly cpu: number;
  readonly memory: number;
  readonly onDemand: number;
  readonly spot: number;
}

export class SizedHourMeter {
  readonly #model: JobModel;
  readonly #world: SimulatedWorld;
  readonly #ms = new Map<string, { cpu: number; memory: number; onDemand: number; spot: number }>();

  constructor(model: JobModel, world: SimulatedWorld) {
    this.#model = model;
    this.#world = world;
    world.controller.onTaskChanged((task) => {
      if (task.lastStatus === "STOPPED") this.#bill(this.#ms, task);
    });
  }

  /** The hours so far, those of tasks that still run included. */
  read(): readonly SizedHours[] {
    const total = new Map([...this.#ms].map(([key, hours]) => [key, { ...hours }]));
    for (const task of this.#world.keeper.tasks()) if (task.lastStatus !== "STOPPED") this.#bill(total, task);
    const hours = (ms: number): number => Number((ms / 3_600_000).toFixed(4));
    return [...total.values()].map(({ cpu, memory, onDemand, spot }) => ({ cpu, memory, onDemand: hours(onDemand), spot: hours(spot) }));
  }

  #bill(total: Map<string, { cpu: number; memory: number; onDemand: number; spot: number }>, task: TaskState): void {
    const { cpu = this.#model.cpu, memory = this.#model.memory } = task.overrides ?? {};
    const size = { cpu: Number(cpu), memory: Number(memory) };
    const key = `${size.cpu}/${size.memory}`;
    const hours = total.get(key) ?? { ...size, onDemand: 0, spot: 0 };
    hours[task.capacityProviderName === "FARGATE_SPOT" ? "spot" : "onDemand"] += billedMs(task, task.stoppedAt ?? this.#world.clock.now());
    total.set(key, hours);
  }
}
