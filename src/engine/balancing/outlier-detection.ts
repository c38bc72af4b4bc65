/**
 * Passive health checks of a Service Connect proxy: a host that failed five times within 30 seconds is avoided for 30 s, at
 * the next time for 60 s, and so on up to 300 s; at most half of the hosts at a time (ECS, "Service Connect components", outlier
 * detection; the half is Envoy's setting there). A failure is a connection that cannot be made, breaks, or lets a request time out.
 */
const FAILURES = 5;
const WINDOW_MS = 30_000;
const BASE_EJECTION_MS = 30_000;
const LONGEST_EJECTION_MS = 300_000;

interface HostRecord {
  /** The last few within the window: more than `FAILURES` tell no more. */
  failures: number[];
  ejections: number;
  ejectedUntil: number;
}

export class OutlierDetection {
  readonly #records = new Map<string, HostRecord>();

  /** Whether the host is avoided at `now` (engine milliseconds). */
  avoids(host: string, now: number): boolean {
    return (this.#records.get(host)?.ejectedUntil ?? 0) > now;
  }

  /** A failure of `host`, one of `hosts`. */
  failed(host: string, hosts: readonly string[], now: number): void {
    const record = this.#records.get(host) ?? { failures: [], ejections: 0, ejectedUntil: 0 };
    this.#records.set(host, record);
    if (record.ejectedUntil > now) return;
    record.failures = [...record.failures.slice(1 - FAILURES).filter((time) => time > now - WINDOW_MS), now];
    const avoided = hosts.filter((each) => this.avoids(each, now)).length;
    if (record.failures.length < FAILURES || (avoided + 1) * 2 > hosts.length) return;
    // A host that has behaved for long is taken for a new one.
    const isOld = now - record.ejectedUntil > LONGEST_EJECTION_MS;
    record.ejections = isOld ? 1 : record.ejections + 1;
    record.ejectedUntil = now + Math.min(LONGEST_EJECTION_MS, BASE_EJECTION_MS * record.ejections);
    record.failures = [];
  }

  /** Forgets hosts that are no more. */
  keepOnly(hosts: ReadonlySet<string>): void {
    for (const host of this.#records.keys()) if (!hosts.has(host)) this.#records.delete(host);
  }
}
