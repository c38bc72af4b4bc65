/**
 * Engine time: the one module that maps the engine's clock to the machine's. At speed N an engine second lasts 1/N
 * seconds. Engine time goes on where it stood when the platform comes back, also at another speed: while the platform is
 * down, or the machine sleeps, no interval runs out, and none gets longer when the machine's time is set.
 */
import type { Cancel, Clock } from "../kit/clock.ts";
import type { Collection, Store } from "./persistence/store.ts";

interface Mark {
  /** Engine time that has not been reached when it is written, in ms since the epoch. */
  readonly engine: number;
}

/** How far ahead of now a mark is written: after `kill -9` engine time resumes at most this many ms of the machine later than it stood, never earlier. */
const RESERVE_MS = 10_000;

export class ScaledClock implements Clock {
  readonly speed: number;
  readonly #steady: Clock;
  readonly #start: number;
  readonly #engineStart: number;
  readonly #marks: Collection<Mark>;
  #cancelReserve: Cancel = () => {};

  /** `steady`: time that only passes. `speed`: engine seconds per second of it, above 0. The first start takes its time as the engine's. */
  constructor(steady: Clock, store: Store, speed: number) {
    this.speed = speed;
    this.#steady = steady;
    this.#marks = store.collection<Mark>("platform.engine-time");
    this.#start = steady.now();
    this.#engineStart = this.#marks.get("now")?.engine ?? this.#start;
    this.#reserve();
  }

  now(): number {
    return this.#engineStart + (this.#steady.now() - this.#start) * this.speed;
  }

  at(instant: number, callback: () => void): Cancel {
    // Rounded up, so that the callback never finds the engine a fraction before its instant.
    return this.#steady.at(this.#start + Math.ceil((instant - this.#engineStart) / this.speed), callback);
  }

  /** Writes where engine time stands. Call once, when nothing runs on this clock any more. */
  close(): void {
    this.#cancelReserve();
    this.#marks.put("now", { engine: this.now() });
  }

  #reserve(): void {
    this.#marks.put("now", { engine: this.now() + RESERVE_MS * this.speed });
    this.#cancelReserve = this.#steady.at(this.#steady.now() + RESERVE_MS / 2, () => this.#reserve());
  }
}
