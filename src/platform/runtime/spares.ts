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

  /** `count`: how many are kept. `quietMs`: how long after the last was taken they are made good, because whoever took it is busy now. */
  constructor(make: () => Promise<Thing>, { count, quietMs }: { readonly count: number; readonly quietMs: number }) {
    this.#make = make;
    this.#count = count;
    this.#quietMs = quietMs;
  }

  /** They will be wanted soon: makes what is missing now. Resolves when that is made, or could not be. */
  async expect(): Promise<void> {
    const missing = this.#count - this.#ready.length - this.#making;
    await Promise.all(Array.from({ length: Math.max(0, missing) }, () => this.#add()));
  }

  /** One of them, the oldest first; undefined when none is ready. */
  take(): Thing | undefined {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.expect(), this.#quietMs).unref();
    return this.#ready.shift();
  }

  async #add(): Promise<void> {
    this.#making++;
    try {
      this.#ready.push(await this.#make());
    } catch {
      // Not there to take: who needs one makes it, and is told.
    } finally {
      this.#making--;
    }
  }
}
