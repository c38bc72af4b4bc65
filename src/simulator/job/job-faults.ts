/** What goes wrong in the runs of a job. Each task's fate is drawn when it starts, so that a short task is not missed. */

import { SLOW_START_MS } from "../faults.ts";
import { SeededRandom } from "../random.ts";
import type { ContainerBehaviour } from "../simulated-runtime.ts";
import type { RunDuration } from "./job-model.ts";

export interface JobFaults {
  /** Crashes a task and hour. */
  readonly crash: number;
  /** Spot reclaims a task on Spot and hour. */
  readonly spot: number;
  /** The share of runs whose program ends with exit code 1. */
  readonly fail: number;
  /** The share of tasks that never end by themselves. */
  readonly hang: number;
  /** The share of starts that take a minute longer. */
  readonly slow: number;
  /** The share of hours in which Spot has no capacity. */
  readonly drought: number;
  /** The share of Scheduler's calls that its target refuses. */
  readonly refuse: number;
}

export const noJobFaults: JobFaults = { crash: 0, spot: 0, fail: 0, hang: 0, slow: 0, drought: 0, refuse: 0 };

/** A crash, told from a program that says itself that it failed (1). */
export const CRASH_EXIT_CODE = 139;
const HOUR_MS = 3_600_000;

/** What a task will do, and when Spot takes it back if it is on Spot. */
export interface TaskFate extends Pick<ContainerBehaviour, "exitsAfterMs" | "exitCode"> {
  readonly slowMs: number;
  readonly reclaimedAfterMs: number;
}

/** Where the fates of tasks come from. */
export interface TaskFates {
  /** The fate of the next task. */
  fate(): TaskFate;
  /** Whether this call of Scheduler's is refused. */
  refuses(): boolean;
  /** Whether Spot has no capacity in the hour of `time`. */
  isDrought(time: number): boolean;
}

/** Fates from a seed. */
export class JobFaultInjector implements TaskFates {
  readonly #faults: JobFaults;
  readonly #duration: RunDuration;
  readonly #random: SeededRandom;
  readonly #seed: number;

  constructor(faults: JobFaults, duration: RunDuration, seed: number) {
    this.#faults = faults;
    this.#duration = duration;
    this.#seed = seed;
    this.#random = new SeededRandom(seed);
  }

  fate(): TaskFate {
    const { crash, spot, fail, hang, slow } = this.#faults;
    const { leastMs, mostMs } = this.#duration;
    // Always as many draws, so that one fault more or less leaves the others where they are.
    const durationMs = this.#random.between(leastMs, mostMs);
    const crashesAfterMs = this.#wait(crash);
    const reclaimedAfterMs = this.#wait(spot);
    const fails = this.#random.chance(fail);
    const hangs = this.#random.chance(hang);
    const slowMs = this.#random.chance(slow) ? SLOW_START_MS : 0;
    const ends = hangs ? Number.POSITIVE_INFINITY : durationMs;
    const crashes = crashesAfterMs < ends;
    const exitsAfterMs = Math.min(crashesAfterMs, ends);
    return {
      ...(Number.isFinite(exitsAfterMs) ? { exitsAfterMs } : {}),
      exitCode: crashes ? CRASH_EXIT_CODE : fails ? 1 : 0,
      slowMs,
      reclaimedAfterMs,
    };
  }

  refuses(): boolean {
    return this.#random.chance(this.#faults.refuse);
  }

  isDrought(time: number): boolean {
    const { drought } = this.#faults;
    return drought > 0 && new SeededRandom(this.#seed * 31 + Math.floor(time / HOUR_MS)).chance(drought);
  }

  /** How long until something that happens so often an hour happens next. */
  #wait(anHour: number): number {
    const chance = this.#random.next();
    return anHour === 0 ? Number.POSITIVE_INFINITY : Math.round((-Math.log(1 - chance) / anHour) * HOUR_MS);
  }
}
