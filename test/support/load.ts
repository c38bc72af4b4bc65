/** A steady load on one URL, counted request by request. Speaks to loopback only and ends when it is told. */
import { Agent, request } from "undici";

export interface LoadResult {
  readonly requests: number;
  readonly failures: readonly string[];
  readonly versions: ReadonlySet<string>;
  readonly lastVersion: string | undefined;
}

export class Load {
  #running = true;
  #requests = 0;
  readonly #reached: { readonly count: number; readonly resolve: () => void }[] = [];
  readonly #failures: string[] = [];
  readonly #versions = new Set<string>();
  #lastVersion: string | undefined;
  readonly #agent = new Agent({ connections: 16 });
  readonly #workers: Promise<void>[];

  /** `perSecond` requests in all, spread over eight connections' worth of workers. */
  constructor(url: string, perSecond: number) {
    const workers = 8;
    this.#workers = Array.from({ length: workers }, (_, index) =>
      this.#work(url, (1000 * workers) / perSecond, (index * 1000) / perSecond),
    );
  }

  /** Requests sent so far. */
  get requests(): number {
    return this.#requests;
  }

  /** Versions that have answered so far. */
  get versions(): readonly string[] {
    return [...this.#versions].sort();
  }

  /** Resolves when `count` requests have been sent in all: however quick a deployment is, there is load before and after it. */
  reached(count: number): Promise<void> {
    return this.#requests >= count ? Promise.resolve() : new Promise((resolve) => this.#reached.push({ count, resolve }));
  }

  async end(): Promise<LoadResult> {
    this.#running = false;
    await Promise.all(this.#workers);
    await this.#agent.close();
    return { requests: this.#requests, failures: this.#failures, versions: this.#versions, lastVersion: this.#lastVersion };
  }

  async #work(url: string, intervalMs: number, offsetMs: number): Promise<void> {
    let due = performance.now() + offsetMs;
    while (this.#running) {
      const wait = due - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      due += intervalMs;
      if (!this.#running) return;
      this.#requests++;
      for (const { count, resolve } of this.#reached) if (count <= this.#requests) resolve();
      try {
        const response = await request(url, { dispatcher: this.#agent, headersTimeout: 10_000, bodyTimeout: 10_000 });
        const text = await response.body.text();
        if (response.statusCode !== 200) {
          this.#failures.push(`${response.statusCode} ${text.slice(0, 80)}`);
          continue;
        }
        const { version } = JSON.parse(text) as { version: string };
        this.#versions.add(version);
        this.#lastVersion = version;
      } catch (failure) {
        this.#failures.push(String(failure));
      }
    }
  }
}
