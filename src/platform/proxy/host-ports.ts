/**
 * Which port of this machine stands for a listener, kept so that a URL printed once stays good: the listener's own
 * port where it needs no privilege and is free, else the first free one from 20000 + port on (80 → 20080).
 */
import type { Collection, Store } from "../persistence/store.ts";

const FIRST_UNPRIVILEGED = 1024;
const ATTEMPTS = 1_000;

export class HostPorts {
  readonly #ports: Collection<number>;

  constructor(store: Store) {
    this.#ports = store.collection<number>("elastic-load-balancing-v2.host-port");
  }

  /** The port of a listener that was opened before. */
  get(listenerArn: string): number | undefined {
    return this.#ports.get(listenerArn);
  }

  /** `listen` rejects with EADDRINUSE or EACCES for a port that cannot be had. Remembers the port that could. */
  async open(listenerArn: string, listenerPort: number, listen: (port: number) => Promise<number>): Promise<number> {
    const taken = new Set(this.#ports.entries().flatMap(([arn, port]) => (arn === listenerArn ? [] : [port])));
    const kept = this.#ports.get(listenerArn);
    for (const candidate of candidates(kept, listenerPort)) {
      // A port that another listener of ours was given is its own, also while that listener is not open yet.
      if (taken.has(candidate)) continue;
      try {
        const port = await listen(candidate);
        if (port !== kept) this.#ports.put(listenerArn, port);
        return port;
      } catch (failure) {
        if (!isTaken(failure)) throw failure;
      }
    }
    throw new Error(`no free port was found for the listener port ${listenerPort}`);
  }

  forget(listenerArn: string): void {
    this.#ports.delete(listenerArn);
  }
}

function* candidates(kept: number | undefined, listenerPort: number): Generator<number> {
  if (kept !== undefined) yield kept;
  if (listenerPort >= FIRST_UNPRIVILEGED) yield listenerPort;
  for (let step = 0; step < ATTEMPTS; step++) yield 20_000 + ((listenerPort + step) % 10_000);
}

function isTaken(failure: unknown): boolean {
  return failure instanceof Error && "code" in failure && (failure.code === "EADDRINUSE" || failure.code === "EACCES");
}
