/**
 * When the platform ran, so that alarms look back over the time it did: while it is down no period runs out. The
 * last moments of a killed run are known to within a minute of engine time.
 */
import type { Clock } from "../../../kit/clock.ts";
import type { Collection, Store } from "../../persistence/store.ts";

interface Run {
  /** Wall time, ms. */
  readonly from: number;
  readonly to: number;
  /** Engine seconds per wall second. */
  readonly speed: number;
}

/** Periods of equal length, one after the other. */
export interface Periods {
  /** Where the first begins; wall time, ms. */
  readonly start: number;
  readonly count: number;
  readonly lengthMs: number;
}

const KEPT_RUNS = 20;

export class RunTimes {
  readonly #clock: Clock;
  readonly #speed: number;
  readonly #from: number;
  readonly #runs: Collection<readonly Run[]>;
  readonly #earlier: readonly Run[];

  /** `clock`: wall time. A new run begins with the object. */
  constructor({ store, clock, speed }: { readonly store: Store; readonly clock: Clock; readonly speed: number }) {
    this.#clock = clock;
    this.#speed = speed;
    this.#from = clock.now();
    this.#runs = store.collection("cloudwatch.runs");
    this.#earlier = (this.#runs.get("runs") ?? []).slice(0, KEPT_RUNS - 1);
  }

  /** Writes down that the platform still runs. */
  mark(): void {
    this.#runs.put("runs", [{ from: this.#from, to: this.#clock.now(), speed: this.#speed }, ...this.#earlier]);
  }

  /**
   * The last `count` periods of `seconds` of engine time before `end`, over this run and the ones before it, oldest
   * first. Each run contributes the whole periods it lasted; fewer than `count` are answered where there were no more.
   */
  back(end: number, count: number, seconds: number): Periods[] {
    const found: Periods[] = [];
    let left = count;
    const runs = [{ from: this.#from, to: end, speed: this.#speed }, ...this.#earlier];
    for (const [index, run] of runs.entries()) {
      const lengthMs = (seconds * 1000) / run.speed;
      // The oldest run known is taken to have begun long ago: what came before it is missing data, not time that stood still.
      const from = index === runs.length - 1 ? Number.NEGATIVE_INFINITY : Math.ceil(run.from / lengthMs) * lengthMs;
      const to = index === 0 ? end : Math.floor(run.to / lengthMs) * lengthMs;
      const lasted = Math.min(left, Math.max(0, Math.round((to - from) / lengthMs)));
      if (lasted > 0) found.unshift({ start: to - lasted * lengthMs, count: lasted, lengthMs });
      left -= lasted;
      if (left === 0) break;
    }
    return found;
  }
}
