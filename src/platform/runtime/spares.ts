/**
 * Things that take a moment to make and are wanted at once: a few are made in advance, while nobody waits. What cannot be
 * made in advance is not there to take, and whoever needs it makes it, and is told what is wrong.
 */
export class Spares<Thing> {
  readonly #make: () => Promise<Thing>;
  readonly #count: number;
  readonly #quietMs: number;
  readonly #ready: Thing[] = [];
  #making = 0;
  #timer: NodeJS.Timeout | undefined;
  #dispose: ((thing: Thing) => void) | undefined;

  /** `count`: how many are kept. `quietMs`: how long after the last was taken they are made good, because whoever took it is busy now. */
  constructor(make: () => Promise<Thing>, { count, quietMs }: { readonly count: number; readonly quietMs: number }) {
    this.#make = make;
    this.#count = count;
    this.#quietMs = quietMs;
  }

  /** They will be wanted soon: makes what is missing now. Resolves when that is made, or could not be. */
  async expect(): Promise<void> {
    if (this.#dispose !== undefined) return;
    const missing = this.#count - this.#ready.length - this.#making;
    await Promise.all(Array.from({ length: Math.max(0, missing) }, () => this.#add()));
  }

  /** One of them, the oldest first; undefined when none is ready. */
  take(): Thing | undefined {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.expect(), this.#quietMs).unref();
    return this.#ready.shift();
  }

  /** Nobody wants any more: disposes of those that are ready, and of those still being made when they are. */
  end(dispose: (thing: Thing) => void): void {
    clearTimeout(this.#timer);
    this.#dispose = dispose;
    for (const thing of this.#ready.splice(0)) dispose(thing);
  }

  async #add(): Promise<void> {
    this.#making++;
    try {
      const thing = await this.#make();
      if (this.#dispose === undefined) this.#ready.push(thing);
      else this.#dispose(thing);
    } catch {
      // Not there to take: who needs one makes it, and is told.
    } finally {
      this.#making--;
    }
  }
}
