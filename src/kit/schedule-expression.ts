/**
 * Schedules as AWS writes them: `at(2026-12-01T08:00:00)`, `rate(5 minutes)`, `cron(0 20 ? * MON-FRI *)` with six
 * fields (minutes, hours, day of month, month, day of week with 1 = Sunday, year), in an IANA time zone. A local time
 * that daylight saving skips does not occur; one that it repeats occurs once, the first time.
 */
import { instantOfLocalTime, isTimeZone, localTimeOf } from "./local-time.ts";

/** A schedule that cannot be read; the message is for the person who wrote it. */
export class ScheduleExpressionError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ScheduleExpressionError";
  }
}

export interface Schedule {
  /**
   * The first occurrence after `instant`, ms since the epoch; undefined when there is none any more.
   * @param anchor where a rate counts from, ms since the epoch
   */
  next(instant: number, anchor: number): number | undefined;
}

/** Throws `ScheduleExpressionError`. `timeZone`: an IANA name, UTC when absent. */
export function parseSchedule(expression: string, timeZone = "UTC"): Schedule {
  if (!isTimeZone(timeZone)) throw new ScheduleExpressionError(`'${timeZone}' is not a time zone`);
  const match = /^(at|rate|cron)\((.*)\)$/s.exec(expression.trim());
  if (match === null) throw new ScheduleExpressionError(`'${expression}' is none of at(…), rate(…) and cron(…)`);
  const [, kind, argument] = match as unknown as [string, string, string];
  if (kind === "at") return parseAt(argument.trim(), timeZone);
  if (kind === "rate") return parseRate(argument.trim());
  return parseCron(argument.trim(), timeZone);
}

function parseAt(text: string, timeZone: string): Schedule {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d))?$/.exec(text);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = (match ?? []).slice(1).map((part) => Number(part ?? 0));
  const isDate = new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day && month >= 1 && month <= 12;
  if (match === null || !isDate || hour > 23 || minute > 59 || second > 59) {
    throw new ScheduleExpressionError(`'${text}' is not a time; write at(yyyy-mm-ddThh:mm:ss)`);
  }
  const at = instantOfLocalTime({ year, month, day, hour, minute, second }, timeZone);
  return { next: (instant) => (at !== undefined && at > instant ? at : undefined) };
}

const UNITS_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

function parseRate(text: string): Schedule {
  const match = /^(\d+)\s+(minute|hour|day)(s?)$/.exec(text);
  const value = Number(match?.[1]);
  const unitMs = UNITS_MS[match?.[2] ?? ""];
  if (match === null || unitMs === undefined || value < 1) {
    throw new ScheduleExpressionError(`'${text}' is not a rate; write rate(1 minute) or rate(5 hours)`);
  }
  if ((value === 1) !== (match[3] === "")) throw new ScheduleExpressionError(`write 'rate(${value} ${match[2]}${value === 1 ? "" : "s"})'`);
  const everyMs = value * unitMs;
  return { next: (instant, anchor) => (instant < anchor ? anchor : anchor + (Math.floor((instant - anchor) / everyMs) + 1) * everyMs) };
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const LAST_YEAR = 2199;
/** How far ahead an occurrence is looked for, when the year is open: 29 February on a given weekday comes every 28 years. */
const YEARS_AHEAD = 41;

type DayTest = (year: number, month: number, day: number) => boolean;

function parseCron(text: string, timeZone: string): Schedule {
  const fields = text.split(/\s+/);
  if (fields.length !== 6) throw new ScheduleExpressionError(`cron(${text}) has ${fields.length} fields; it takes six`);
  const [minuteField, hourField, dayField, monthField, weekdayField, yearField] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const minutes = numbers(minuteField, 0, 59, "minutes");
  const hours = numbers(hourField, 0, 23, "hours");
  const months = new Set(numbers(monthField, 1, 12, "month", MONTHS));
  const years = yearField === "*" ? undefined : numbers(yearField, 1970, LAST_YEAR, "year");
  const isDay = dayTest(dayField, weekdayField);

  return {
    next: (instant) => {
      const start = localTimeOf(instant, timeZone);
      const lastYear = Math.min(years?.at(-1) ?? start.year + YEARS_AHEAD, LAST_YEAR);
      for (let year = start.year; year <= lastYear; year++) {
        if (years !== undefined && !years.includes(year)) continue;
        const firstMonth = year === start.year ? start.month : 1;
        for (let month = firstMonth; month <= 12; month++) {
          if (!months.has(month)) continue;
          const isFirst = year === start.year && month === start.month;
          for (let day = isFirst ? start.day : 1; day <= daysIn(year, month); day++) {
            if (!isDay(year, month, day)) continue;
            const found = firstOfDay(year, month, day, hours, minutes, instant, timeZone);
            if (found !== undefined) return found;
          }
        }
      }
      return undefined;
    },
  };
}

function firstOfDay(
  year: number,
  month: number,
  day: number,
  hours: readonly number[],
  minutes: readonly number[],
  after: number,
  timeZone: string,
): number | undefined {
  // No zone is more than fifteen hours from UTC: a time further before `after` than that need not be looked at closely.
  const surely = after - 15 * 3_600_000;
  for (const hour of hours) {
    if (Date.UTC(year, month - 1, day, hour, 59) < surely) continue;
    for (const minute of minutes) {
      const instant = instantOfLocalTime({ year, month, day, hour, minute, second: 0 }, timeZone);
      if (instant !== undefined && instant > after) return instant;
    }
  }
  return undefined;
}

/** Exactly one of day of month and day of week says `?`. */
function dayTest(dayField: string, weekdayField: string): DayTest {
  if ((dayField === "?") === (weekdayField === "?")) {
    throw new ScheduleExpressionError("in cron(…) exactly one of day of month and day of week is '?'");
  }
  return weekdayField === "?" ? dayOfMonthTest(dayField) : weekdayTest(weekdayField);
}

function dayOfMonthTest(field: string): DayTest {
  if (field === "L") return (year, month, day) => day === daysIn(year, month);
  const nearest = /^(\d{1,2})W$/.exec(field);
  if (nearest !== null) return (year, month, day) => day === nearestWeekday(year, month, Number(nearest[1]));
  const days = new Set(numbers(field, 1, 31, "day of month"));
  return (_year, _month, day) => days.has(day);
}

function weekdayTest(field: string): DayTest {
  const last = /^(\d|[A-Z]{3})L$/i.exec(field);
  if (last !== null) {
    const [wanted] = numbers(last[1] ?? "", 1, 7, "day of week", DAYS);
    return (year, month, day) => weekday(year, month, day) === wanted && day + 7 > daysIn(year, month);
  }
  const nth = /^(\d|[A-Z]{3})#([1-5])$/i.exec(field);
  if (nth !== null) {
    const [wanted] = numbers(nth[1] ?? "", 1, 7, "day of week", DAYS);
    return (year, month, day) => weekday(year, month, day) === wanted && Math.ceil(day / 7) === Number(nth[2]);
  }
  const days = new Set(field === "L" ? [7] : numbers(field, 1, 7, "day of week", DAYS));
  return (year, month, day) => days.has(weekday(year, month, day));
}

/** `*`, `5`, `1-5`, `0/10`, `MON-FRI,SUN`: the numbers meant, ascending. */
function numbers(field: string, least: number, most: number, what: string, names: readonly string[] = []): number[] {
  const found = new Set<number>();
  const fail = (): never => {
    throw new ScheduleExpressionError(`'${field}' is not a valid ${what} of cron(…): ${least}-${most}`);
  };
  const one = (text: string): number => {
    const named = names.indexOf(text.toUpperCase());
    const value = named >= 0 ? named + least : /^\d+$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? value : fail();
  };
  for (const part of field.split(",")) {
    const match = /^(\*|[^/-]+(?:-[^/-]+)?)(?:\/(\d+))?$/.exec(part);
    if (match === null) return fail();
    const [, range = "", step] = match;
    const [from = "", to] = range.split("-");
    const first = range === "*" ? least : one(from);
    const end = to !== undefined ? one(to) : range === "*" || step !== undefined ? most : first;
    const every = step === undefined ? 1 : Number(step);
    if (every < 1) return fail();
    // FRI-MON goes over the end of the week.
    const span = end < first ? end + (most - least + 1) - first : end - first;
    for (let offset = 0; offset <= span; offset += every) found.add(((first - least + offset) % (most - least + 1)) + least);
  }
  return [...found].sort((a, b) => a - b);
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** 1 is Sunday. */
function weekday(year: number, month: number, day: number): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 1;
}

/** Monday to Friday nearest to a day, within its month. */
function nearestWeekday(year: number, month: number, day: number): number {
  const wanted = Math.min(day, daysIn(year, month));
  const of = weekday(year, month, wanted);
  if (of === 7) return wanted === 1 ? wanted + 2 : wanted - 1;
  if (of === 1) return wanted === daysIn(year, month) ? wanted - 2 : wanted + 1;
  return wanted;
}
