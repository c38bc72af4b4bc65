/** Requests a second over time, as a simulation asks for them. Time is milliseconds since the simulation began. */
export type Load = (elapsedMs: number) => number;

/** More than this a second is no load of anything; below it, requests can be counted exactly over months. */
export const MOST_RPS = 1_000_000_000;

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
    const next = firstAfter(sorted, elapsedMs);
    const after = sorted[Math.min(next, sorted.length - 1)];
    const before = next === sorted.length ? after : sorted[Math.max(0, next - 1)];
    if (before === undefined || after === undefined) return 0;
    if (after.atMs <= before.atMs) return before.rps;
    const share = Math.max(0, elapsedMs - before.atMs) / (after.atMs - before.atMs);
    return before.rps + (after.rps - before.rps) * share;
  };
}

/** The index of the first point after that time; the number of points where there is none. */
function firstAfter(sorted: readonly LoadPoint[], elapsedMs: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle]?.atMs ?? 0) > elapsedMs) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** A load file read, or what is wrong with which of its lines (from 1). */
export type LoadFile = { readonly points: readonly LoadPoint[] } | { readonly problem: string; readonly line: number };

/**
 * Lines `seconds,rps`, a heading in the first allowed, in order of time; cells may stand in quotes, further columns are ignored.
 * `longest`: seconds after which nothing is simulated, so that a time of day in the first column is told from seconds.
 */
export function parseLoadCsv(text: string, longest = Number.MAX_VALUE): LoadFile {
  const points: LoadPoint[] = [];
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const cells = line.split(",").map((cell) =>
      cell
        .trim()
        .replace(/^"(.*)"$/, "$1")
        .trim(),
    );
    const [seconds, rps] = cells.map((cell) => (cell === "" ? Number.NaN : Number(cell)));
    const at = (problem: string): LoadFile => ({ problem, line: index + 1 });
    if (seconds === undefined || rps === undefined) return at(`'${shortened(line)}' has one column, not seconds,rps`);
    if (Number.isNaN(seconds) && Number.isNaN(rps) && points.length === 0 && index === 0) {
      if (/rps|requests/i.test(cells[0] ?? "") || /^(s|sec|time)/i.test(cells[1] ?? ""))
        return at(`'${shortened(line)}' has its columns the other way round`);
      continue;
    }
    if (!Number.isFinite(seconds) || !Number.isFinite(rps)) return at(`'${shortened(line)}' is not two numbers`);
    if (seconds < 0 || rps < 0) return at(`'${shortened(line)}' is negative`);
    if (rps > MOST_RPS) return at(`${rps} a second is more than ${MOST_RPS}`);
    if (seconds > longest) return at(`${seconds} s is beyond the ${longest} s that can be simulated; they count from the beginning`);
    if (seconds * 1000 < (points.at(-1)?.atMs ?? 0)) return at(`${seconds} s comes after ${(points.at(-1)?.atMs ?? 0) / 1000} s`);
    points.push({ atMs: seconds * 1000, rps });
  }
  return points.length === 0 ? { problem: "it holds no moment", line: 1 } : { points };
}

/** A line as a message shows it. */
function shortened(line: string): string {
  const text = line.trim();
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
