/** Wall-clock time in a time zone, and back. */
export interface LocalTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** `timeZone`: an IANA name the machine knows. */
export function localTimeOf(instant: number, timeZone: string): LocalTime {
  if (timeZone === "UTC") return fieldsOf(instant);
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(timeZone, format);
  }
  const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  return { year: part("year"), month: part("month"), day: part("day"), hour: part("hour"), minute: part("minute"), second: part("second") };
}

/** The instant of a local time: the first of two where a clock is set back, undefined where it is set forward over it. */
export function instantOfLocalTime(local: LocalTime, timeZone: string): number | undefined {
  const asUtc = Date.UTC(local.year, local.month - 1, local.day, local.hour, local.minute, local.second);
  if (timeZone === "UTC") return asUtc;
  // The offsets before the day and after it are the only two it can have.
  const day = Math.floor(asUtc / DAY_MS);
  const before = offsetOn(day - 1, timeZone);
  const after = offsetOn(day + 2, timeZone);
  if (before === after) return asUtc - before;
  const candidates = [asUtc - before, asUtc - after];
  return candidates.sort((a, b) => a - b).find((instant) => utcOf(localTimeOf(instant, timeZone)) === asUtc);
}

const DAY_MS = 86_400_000;
const offsets = new Map<string, Map<number, number>>();

/** How far local time is ahead of UTC, in ms, at the beginning (UTC) of a day since the epoch; asked again and again by whoever walks a calendar. */
function offsetOn(day: number, timeZone: string): number {
  let known = offsets.get(timeZone);
  if (known === undefined) {
    known = new Map();
    offsets.set(timeZone, known);
  }
  let offset = known.get(day);
  if (offset === undefined) {
    offset = utcOf(localTimeOf(day * DAY_MS, timeZone)) - day * DAY_MS;
    if (known.size > 1_000) known.clear();
    known.set(day, offset);
  }
  return offset;
}

/** Whether the machine knows a time zone of this name. */
export function isTimeZone(name: string): boolean {
  if (name === "UTC" || formats.has(name)) return true;
  try {
    localTimeOf(0, name);
    return true;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return false;
  }
}

function utcOf({ year, month, day, hour, minute, second }: LocalTime): number {
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function fieldsOf(instant: number): LocalTime {
  const date = new Date(instant);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
  };
}
