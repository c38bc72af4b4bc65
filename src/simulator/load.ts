/** Requests a second over time, as a simulation asks for them. Time is milliseconds since the simulation began. */
export type Load = (elapsedMs: number) => number;

/** The same at all times. */
export function steadyLoad(rps: number): Load {
  return () => rps;
}

const DAY_MS = 24 * 3_600_000;

/** A day's tide: lowest at four in the morning, highest at four in the afternoon. `startTime`: ms since the epoch, UTC. */
export function dailyLoad(low: number, high: number, startTime: number): Load {
  const middle = (low + high) / 2;
  const swing = (high - low) / 2;
  return (elapsedMs) => middle - swing * Math.cos((((startTime + elapsedMs - 4 * 3_600_000) % DAY_MS) / DAY_MS) * 2 * Math.PI);
}

export interface LoadPoint {
  readonly atMs: number;
  readonly rps: number;
}

/** Straight lines between measured points; before the first and after the last, the first and the last. */
export function measuredLoad(points: readonly LoadPoint[]): Load {
  const sorted = [...points].sort((a, b) => a.atMs - b.atMs);
  return (elapsedMs) => {
    const next = sorted.findIndex((point) => point.atMs > elapsedMs);
    const after = sorted[next < 0 ? sorted.length - 1 : next];
    const before = sorted[next < 0 ? sorted.length - 1 : Math.max(0, next - 1)];
    if (before === undefined || after === undefined) return 0;
    if (after.atMs <= before.atMs) return before.rps;
    const share = Math.max(0, elapsedMs - before.atMs) / (after.atMs - before.atMs);
    return before.rps + (after.rps - before.rps) * share;
  };
}

/** Lines `seconds,rps`, a heading allowed; undefined when a line is neither. */
export function parseLoadCsv(text: string): LoadPoint[] | undefined {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const points: LoadPoint[] = [];
  for (const [index, line] of lines.entries()) {
    const cells = line.split(",").map((cell) => cell.trim());
    const [seconds, rps] = cells.map(Number);
    if (cells.length >= 2 && seconds !== undefined && rps !== undefined && Number.isFinite(seconds) && Number.isFinite(rps) && rps >= 0) {
      points.push({ atMs: seconds * 1000, rps });
    } else if (index > 0) {
      return undefined;
    }
  }
  return points.length === 0 ? undefined : points;
}
