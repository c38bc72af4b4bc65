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

/** A load file read, or what is wrong with which of its lines (from 1). */
export type LoadFile = { readonly points: readonly LoadPoint[] } | { readonly problem: string; readonly line: number };

/** Lines `seconds,rps`, a heading in the first allowed, in order of time; further columns are ignored. */
export function parseLoadCsv(text: string): LoadFile {
  const points: LoadPoint[] = [];
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const cells = line.split(",").map((cell) => cell.trim());
    const [seconds, rps] = cells.map((cell) => (cell === "" ? Number.NaN : Number(cell)));
    const at = (problem: string): LoadFile => ({ problem, line: index + 1 });
    if (seconds === undefined || rps === undefined) return at(`'${line.trim()}' has one column, not seconds,rps`);
    if (Number.isNaN(seconds) && Number.isNaN(rps) && points.length === 0 && index === 0) continue;
    if (!Number.isFinite(seconds) || !Number.isFinite(rps)) return at(`'${line.trim()}' is not two numbers`);
    if (seconds < 0 || rps < 0) return at(`'${line.trim()}' is negative`);
    if (seconds * 1000 < (points.at(-1)?.atMs ?? 0)) return at(`${seconds} s comes after ${(points.at(-1)?.atMs ?? 0) / 1000} s`);
    points.push({ atMs: seconds * 1000, rps });
  }
  return points.length === 0 ? { problem: "it holds no moment", line: 1 } : { points };
}
