import type { Cancel, Clock } from "./clock.ts";

interface Due {
  readonly instant: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * A clock that stands still until it is told to go on, and then steps from due time to due time. Callbacks of the
 * same instant run in the order they were scheduled, so a run is repeatable to the byte.
 */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  // A binary heap by (instant, order): a simulated world schedules hundreds of thousands of wake-ups.
  readonly #heap: Due[] = [];
  readonly #cancelled = new Set<Due>();

  constructor(start = 0) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  at(instant: number, callback: () => void): Cancel {
    const due: Due = { instant: Math.max(instant, this.#now), order: this.#order++, callback };
    this.#push(due);
    return () => {
      if (!this.#done.has(due)) this.#cancelled.add(due);
    };
  }

  /** When the next callback is due, or undefined when nothing is scheduled. */
  nextDue(): number | undefined {
    this.#dropCancelled();
    return this.#heap[0]?.instant;
  }

  /** Steps to the next due callback and runs it. Returns false when nothing is scheduled. */
  step(): boolean {
    this.#dropCancelled();
    const due = this.#pop();
    if (due === undefined) return false;
    this.#now = due.instant;
    this.#done.add(due);
    due.callback();
    return true;
  }

  /** Runs everything due up to and including `instant`, then stands at `instant`. */
  advanceTo(instant: number): void {
    for (let next = this.nextDue(); next !== undefined && next <= instant; next = this.nextDue()) this.step();
    this.#now = Math.max(this.#now, instant);
  }

  advanceBy(ms: number): void {
    this.advanceTo(this.#now + ms);
  }

  readonly #done = new WeakSet<Due>();

  #dropCancelled(): void {
    for (let top = this.#heap[0]; top !== undefined && this.#cancelled.has(top); top = this.#heap[0]) {
      this.#cancelled.delete(top);
      this.#pop();
    }
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let index = heap.push(due) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(due, heap[parent] as Due)) break;
      heap[index] = heap[parent] as Due;
      index = parent;
    }
    heap[index] = due;
  }

  #pop(): Due | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Due, heap[child] as Due)) child++;
      if (!before(heap[child] as Due, last)) break;
      heap[index] = heap[child] as Due;
      index = child;
    }
    heap[index] = last;
    return top;
  }
}

function before(a: Due, b: Due): boolean {
  return a.instant < b.instant || (a.instant === b.instant && a.order < b.order);
}
