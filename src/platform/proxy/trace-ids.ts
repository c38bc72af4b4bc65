import type { Clock } from "../../kit/clock.ts";
import type { Ids } from "../../kit/ids.ts";

/** Values of `X-Amzn-Trace-Id`: `1-<seconds, 8 hex>-<24 hex>`. Random digits are drawn rarely; the rest counts up. */
export class TraceIds {
  readonly #clock: Clock;
  readonly #ids: Ids;
  #prefix = "";
  #count = 0;

  constructor(wallClock: Clock, ids: Ids) {
    this.#clock = wallClock;
    this.#ids = ids;
  }

  next(): string {
    if (this.#count % 65_536 === 0) this.#prefix = this.#ids.hex(16);
    const seconds = Math.floor(this.#clock.now() / 1000).toString(16);
    const place = (this.#count++ >>> 0).toString(16).padStart(8, "0");
    return `1-${seconds.padStart(8, "0")}-${this.#prefix}${place}`;
  }
}
