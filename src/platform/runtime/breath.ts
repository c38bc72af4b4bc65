/**
 * Lets others have their turn during long work on files. Hundreds of tiny steps are far quicker done at once than handed
 * to the thread pool one by one, where each also waits for a busy loop; but the platform must go on answering meanwhile.
 */
const SLICE_MS = 10;

export class Breath {
  #since = performance.now();

  /** To be awaited between two steps: at once while the slice lasts, else when everything that waits has been served. */
  async take(): Promise<void> {
    if (performance.now() - this.#since < SLICE_MS) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#since = performance.now();
  }
}
