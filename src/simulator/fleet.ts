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
    world.create({ name, desiredCount: tasks, version: {}, targetGroup: { probers: 2 }, deployment: defaultDeploymentConfiguration });
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

/** So many services of an idle fleet change, whatever its size. */
const CHANGING = 50;
/** In this time a crashed task is replaced, and the replacement counted healthy. */
const REPLACED_WITHIN_MS = 3 * MINUTE_MS;

/** A fleet in which nothing happens but what `change` is asked to do. */
export class IdleFleet {
  readonly #world: SimulatedWorld;
  readonly #names: readonly string[];
  readonly #step: () => void;
  readonly #steps: () => number;

  /** At least fifty services. */
  constructor(services: number, tasks: number) {
    const { world, names, step, steps } = standing(services, tasks);
    this.#world = world;
    this.#names = names.slice(0, CHANGING);
    this.#step = step;
    this.#steps = steps;
  }

  /**
   * `rounds` times one task of each of the same fifty services crashes and is replaced. Answers how many callbacks of the clock that
   * took. Six simulated hours after the fleet stood up all of it tells its steady state, idle services too: what is measured ends before.
   */
  change(rounds: number): number {
    const before = this.#steps();
    for (let round = 0; round < rounds; round++) {
      for (const name of this.#names) {
        const task = this.#world.tasks(name).find((each) => each.lastStatus === "RUNNING");
        if (task !== undefined) this.#world.runtime.crash(task.taskArn, 1);
      }
      const end = this.#world.clock.now() + REPLACED_WITHIN_MS;
      for (let due = this.#world.clock.nextDue(); due !== undefined && due <= end; due = this.#world.clock.nextDue()) this.#step();
      this.#world.clock.advanceTo(end);
    }
    return this.#steps() - before;
  }

  /** Simulated milliseconds since the fleet was created. */
  get age(): number {
    return this.#world.clock.now() - BEGINS;
  }
}
