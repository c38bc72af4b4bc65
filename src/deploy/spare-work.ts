/**
 * Work that nobody waits for, such as telling the events of a stack that is complete already: it is put off until there
 * is nothing to do but to wait for AWS, so that it holds up no step.
 */
export class SpareWork {
  readonly #waiting: (() => Promise<void>)[] = [];
  readonly #begun: Promise<void>[] = [];

  add(work: () => Promise<void>): void {
    this.#waiting.push(work);
  }

  /** There is time: begins what was put off. */
  begin(): void {
    for (const work of this.#waiting.splice(0)) {
      const begun = work();
      // Its failure is thrown by `end`; until then it must not count as unhandled.
      begun.catch(() => undefined);
      this.#begun.push(begun);
    }
  }

  /** Resolves when all of it is done. */
  async end(): Promise<void> {
    this.begin();
    await Promise.all(this.#begun);
  }
}
