/**
 * Many services in one world, for measuring: how fast the engine goes, and whether idle services cost anything.
 */
import { defaultDeploymentConfiguration } from "../engine/service/service-state.ts";
import { dailyLoad } from "./load.ts";
import { SimulatedScaling } from "./simulated-scaling.ts";
import { SimulatedWorld } from "./simulated-world.ts";

export interface FleetRun {
  /** Callbacks of the virtual clock: every event, wake-up and minute of metrics. */
  readonly steps: number;
  readonly tasks: number;
  /** Changes of desired counts. */
  readonly activities: number;
}

const BEGINS = Date.UTC(2026, 0, 5);
const MINUTE_MS = 60_000;

/** One world with `services` balanced services of `tasks` tasks, standing. */
function standing(services: number, tasks: number): { world: SimulatedWorld; names: string[]; step: () => void; steps: () => number } {
  const world = new SimulatedWorld({ startTime: BEGINS });
  const names = Array.from({ length: services }, (_, index) => `service-${index}`);
  for (const name of names) {
    world.create({ name, desiredCount: tasks, version: {}, targetGroup: {}, deployment: defaultDeploymentConfiguration });
  }
  let count = 0;
  const step = (): void => {
    world.clock.step();
    count++;
  };
  const settled = BEGINS + 10 * MINUTE_MS;
  for (let due = world.clock.nextDue(); due !== undefined && due <= settled; due = world.clock.nextDue()) step();
  return { world, names, step, steps: () => count };
}

/** An hour of every service under its own tide, with target tracking each minute. */
export function scaledFleet(services: number, tasks: number, hours: number): FleetRun {
  const { world, names, step, steps } = standing(services, tasks);
  const scalers = names.map((name) => {
    const cooldowns = { scaleOutCooldownMs: MINUTE_MS, scaleInCooldownMs: 5 * MINUTE_MS };
    const policy = { kind: "target-tracking", name: "cpu", metric: "cpu", target: 60, disableScaleIn: false, ...cooldowns } as const;
    return new SimulatedScaling(world, name, { minCapacity: 2, maxCapacity: tasks * 3, policies: [policy], schedule: [] });
  });
  const begin = world.clock.now();
  for (let minute = 1; minute <= hours * 60; minute++) {
    const end = begin + minute * MINUTE_MS;
    for (let due = world.clock.nextDue(); due !== undefined && due <= end; due = world.clock.nextDue()) step();
    world.clock.advanceTo(end);
    for (const [index, name] of names.entries()) {
      const running = world.tasks(name).filter((task) => task.lastStatus === "RUNNING").length;
      // Each service has its own hour of the tide, which turns four times as fast as a day's, so that most of them scale.
      const wanted = dailyLoad(tasks * 20, tasks * 120, BEGINS)((minute * 4 + (index % 24) * 60) * MINUTE_MS);
      scalers[index]?.minute({ cpu: running === 0 ? 0 : Math.min(100, wanted / running) }, running);
    }
  }
  const activities = scalers.reduce((sum, scaler) => sum + scaler.activities.length, 0);
  const alive = names.reduce((sum, name) => sum + world.tasks(name).length, 0);
  return { steps: steps(), tasks: alive, activities };
}

/** A fleet in which nothing happens but what `change` is asked to do: crashing one task of one service at a time. */
export class IdleFleet {
  readonly #world: SimulatedWorld;
  readonly #names: readonly string[];

  constructor(services: number, tasks: number) {
    const { world, names } = standing(services, tasks);
    this.#world = world;
    this.#names = names;
  }

  /** Crashes `count` tasks one after the other, each replaced before the next. */
  change(count: number): void {
    for (let index = 0; index < count; index++) {
      const name = this.#names[index % Math.min(this.#names.length, 50)] ?? "";
      const task = this.#world.tasks(name).find((each) => each.lastStatus === "RUNNING");
      if (task !== undefined) this.#world.runtime.crash(task.taskArn, 1);
      this.#world.advance(2 * MINUTE_MS);
    }
  }
}
