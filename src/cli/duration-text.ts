/** Durations as options give them: `90s`, `15m`, `1h30m`, and ranges of them, `5m..20m`. */
import { failure } from "../model/failures.ts";
import type { RunDuration } from "../simulator/job/job-model.ts";

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds; undefined when the text is no duration. */
function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?[smhd])+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+(?:\.\d+)?)([smhd])/g)].reduce(
    (sum, [, number, unit = ""]) => sum + Number(number) * (UNITS_MS[unit] ?? 0),
    0,
  );
}

/** The option as one duration or a range of them. */
export function durationRange(option: string, text: string): RunDuration {
  const [least, most = least, ...more] = text.split("..").map((part) => parseDuration(part.trim()));
  if (least === undefined || most === undefined || most < least || least <= 0 || more.length > 0) {
    throw failure("FSD5001", `--${option} must be a duration or shortest..longest, not '${text}'`, {
      hint: "for example 90s, 15m or 5m..1h30m",
    });
  }
  return { leastMs: least, mostMs: most };
}
