/**
 * Where the Service Connect proxy of one client sends its next request to an endpoint: round robin over the hosts of the slot
 * that has the traffic, except those that outlier detection avoids and those this request has met already.
 */
import { GroupChoice } from "./group-choice.ts";
import { OutlierDetection } from "./outlier-detection.ts";

export interface EndpointHost {
  /** Unique among all hosts there ever are. */
  readonly taskId: string;
  readonly slot: string;
}

/** Percent by slot. */
export type Shares = Readonly<{ [slot: string]: number }>;

/** Every step of a shift has its own; the past ones need not be kept. */
const MOST_SHARES = 8;

export class EndpointChoice {
  readonly #outliers = new OutlierDetection();
  /** By slot: with one for both, shares of a half each would meet every other host of a slot only. */
  readonly #turns = new Map<string | undefined, number>();
  /** By the shares they divide: requests under test have others. */
  readonly #slots = new Map<string, GroupChoice>();

  /** The slot the next request goes to; in the long run each gets its share to the request. Undefined when none has any. */
  slot(shares: Shares): string | undefined {
    const key = JSON.stringify(shares);
    let slots = this.#slots.get(key);
    if (slots === undefined) {
      if (this.#slots.size === MOST_SHARES) this.#slots.clear();
      slots = new GroupChoice(Object.entries(shares).map(([arn, weight]) => ({ arn, weight })));
      this.#slots.set(key, slots);
    }
    return slots.next();
  }

  /** Undefined when every host of the slot has been `tried`. Hosts that are avoided come last, not never: they may be all there are. */
  host<Host extends EndpointHost>(
    hosts: readonly Host[],
    slot: string | undefined,
    tried: ReadonlySet<string>,
    now: number,
  ): Host | undefined {
    const open = hosts.filter((host) => host.slot === slot && !tried.has(host.taskId));
    const sound = open.filter((host) => !this.#outliers.avoids(host.taskId, now));
    const usable = sound.length > 0 ? sound : open;
    const turn = this.#turns.get(slot) ?? 0;
    // A retry takes nobody's turn.
    if (tried.size === 0) this.#turns.set(slot, turn + 1);
    return usable[turn % Math.max(1, usable.length)];
  }

  failed(host: EndpointHost, hosts: readonly EndpointHost[], now: number): void {
    const ids = hosts.filter(({ slot }) => slot === host.slot).map(({ taskId }) => taskId);
    this.#outliers.failed(host.taskId, ids, now);
    this.#outliers.keepOnly(new Set(hosts.map(({ taskId }) => taskId)));
  }
}
