/**
 * Engine time on the wall: the one module that maps the engine's clock to the machine's. At speed N an engine
 * second lasts 1/N wall seconds. Engine time goes on where it stood when the platform comes back, also at another
 * speed: while the platform is down, no interval runs out.
 */
import type { Cancel, Clock } from "../kit/clock.ts";
import type { Collection, Store } from "./persistence/store.ts";

interface Mark {
  /** Engine time that has not been reached when it is written, in ms since the epoch. */
  readonly engine: number;
}

/** How far ahead of now a mark is written: after `kill -9` engine time resumes at most this many wall ms later than it stood, never earlier. */
const RESERVE_MS = 10_000;

export class ScaledClock implements Clock {
  readonly speed: number;
  readonly #wall: Clock;
  readonly #wallStart: number;
  readonly #engineStart: number;
  readonly #marks: Collection<Mark>;
  #cancelReserve: Cancel = () => {};

  /** `speed`: engine seconds per wall second, above 0. The first start takes the wall's time as the engine's. */
  constructor(wall: Clock, store: Store, speed: number) {
    this.speed = speed;
    this.#wall = wall;
    this.#marks = store.collection<Mark>("platform.engine-time");
    this.#wallStart = wall.now();
    this.#engineStart = this.#marks.get("now")?.engine ?? this.#wallStart;
    this.#reserve();
  }

  now(): number {
    return this.#engineStart + (this.#wall.now() - this.#wallStart) * this.speed;
  }

  at(instant: number, callback: () => void): Cancel {
    // Rounded up, so that the callback never finds the engine a fraction before its instant.
    return this.#wall.at(this.#wallStart + Math.ceil((instant - this.#engineStart) / this.speed), callback);
  }

  /** Writes where engine time stands. Call once, when nothing runs on this clock any more. */
  close(): void {
    this.#cancelReserve();
    this.#marks.put("now", { engine: this.now() });
  }

  #reserve(): void {
    this.#marks.put("now", { engine: this.now() + RESERVE_MS * this.speed });
    this.#cancelReserve = this.#wall.at(this.#wall.now() + RESERVE_MS / 2, () => this.#reserve());
  }
}
