/** Schedule expressions as EventBridge Scheduler and Application Auto Scaling understand them, and time zones. */
import type { Rules } from "./rules.ts";

export interface Schedule {
  readonly name: string;
  readonly expression: string;
  readonly timezone: string;
}

/** `path`: the schedule's own field, with `cron`, `rate`, `at` and `timezone` below it. */
export function checkScheduleExpression(path: string, { name, expression, timezone }: Schedule, rules: Rules): void {
  if (!rules.sound(path)) return;
  const [kind, content] = [expression.slice(0, expression.indexOf("(")), expression.slice(expression.indexOf("(") + 1, -1)];
  if (!["cron", "rate", "at"].some((field) => rules.given(`${path}.${field}`))) {
    rules.report("FSD1103", path, `the schedule ${name} does not say when`, "add cron, rate or at");
    return;
  }
  const fault = kind === "cron" ? cronFault(content) : kind === "rate" ? rateFault(content) : atFault(content);
  if (fault !== undefined) rules.report("FSD1113", `${path}.${kind}`, `${JSON.stringify(content)} ${fault[0]}`, fault[1]);
  if (!isTimeZone(timezone))
    rules.report(
      "FSD1114",
      `${path}.timezone`,
      `there is no time zone ${JSON.stringify(timezone)}`,
      "use a name of the IANA list, like Europe/Berlin",
    );
}

type Fault = readonly [what: string, hint: string];

const fields = [
  { name: "minute", min: 0, max: 59 },
  { name: "hour", min: 0, max: 23 },
  { name: "day of month", min: 1, max: 31 },
  { name: "month", min: 1, max: 12, words: "JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC" },
  { name: "day of week", min: 1, max: 7, words: "SUN|MON|TUE|WED|THU|FRI|SAT" },
  { name: "year", min: 1970, max: 2199 },
] as const;

function cronFault(text: string): Fault | undefined {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== 6) {
    const hint =
      parts.length === 5
        ? `AWS wants the year too, and one day as ?: ${[...parts.slice(0, 4), "?"].join(" ")} *`
        : "write minute hour day month weekday year, like 0 20 * * ? *";
    return [`has ${parts.length} fields, not 6`, hint];
  }
  if ((parts[2] === "?") === (parts[4] === "?"))
    return ["must say ? for either the day of the month or the day of the week", "write 0 20 * * ? * or 0 20 ? * MON-FRI *"];
  for (const [index, field] of fields.entries()) {
    const part = parts[index] as string;
    if (part === "*" || (part === "?" && (index === 2 || index === 4))) continue;
    for (const piece of part.split(","))
      if (!isPiece(piece, index))
        return [`has ${JSON.stringify(piece)} as ${field.name}`, `use ${field.min} to ${field.max}, lists, ranges or steps`];
  }
  return neverFault(parts);
}

const longestMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** Days that no chosen month has, and a 29 February of years that have none. */
function neverFault([, , days = "", months = "", , years = ""]: readonly string[]): Fault | undefined {
  const wanted = plainNumbers(days, []);
  const chosen = months === "*" ? longestMonth.map((_, index) => index + 1) : plainNumbers(months, monthWords);
  if (wanted === undefined || chosen === undefined) return undefined;
  const earliest = Math.min(...wanted);
  const longest = Math.max(...chosen.map((month) => longestMonth[month - 1] ?? 31));
  if (earliest > longest) return [`would never come: no such month has a day ${earliest}`, `use ${longest} or less, or L for the last day`];
  const only = chosen.length === 1 && chosen[0] === 2 && earliest === 29 ? plainNumbers(years, []) : undefined;
  if (only !== undefined && !only.some(isLeap))
    return [`would never come: ${only.join(", ")} has no 29 February`, "use 28, or L for the last day"];
  return undefined;
}

const monthWords = fields[3].words.split("|");

/** The numbers of a list and ranges; undefined when it holds anything else. */
function plainNumbers(text: string, words: readonly string[]): readonly number[] | undefined {
  const numbers: number[] = [];
  for (const piece of text.split(",")) {
    const [from, to] = piece
      .split("-")
      .map((end) => (words.includes(end.toUpperCase()) ? words.indexOf(end.toUpperCase()) + 1 : Number(end)));
    if (from === undefined || !Number.isInteger(from) || (to !== undefined && !Number.isInteger(to))) return undefined;
    for (let number = from; number <= Math.min(to ?? from, from + 300); number++) numbers.push(number);
  }
  return numbers.length === 0 ? undefined : numbers;
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

/** `2027-02-30T25:00:00` has the form of a time and is none. */
function atFault(text: string): Fault | undefined {
  const time = new Date(`${text}Z`);
  if (!Number.isNaN(time.getTime()) && time.toISOString().startsWith(text)) return undefined;
  return ["is a time that never comes", "use a day that is in the calendar and an hour up to 23"];
}

function isPiece(piece: string, index: number): boolean {
  const { min, max, ...rest } = fields[index] as (typeof fields)[number];
  if (index === 2 && /^(L|LW|\d{1,2}W)$/.test(piece)) return true;
  if (index === 4 && /^([1-7]?L|[1-7]#[1-5])$/.test(piece)) return true;
  const words = "words" in rest ? rest.words.split("|") : [];
  const [range = "", step, ...more] = piece.split("/");
  if (more.length > 0 || (step !== undefined && !/^[1-9]\d*$/.test(step))) return false;
  if (range === "*") return true;
  const ends = range.split("-");
  return (
    ends.length <= 2 &&
    ends.every((end) => words.includes(end.toUpperCase()) || (/^\d+$/.test(end) && Number(end) >= min && Number(end) <= max))
  );
}

function rateFault(text: string): Fault | undefined {
  const match = /^(\d+) (minute|hour|day)(s?)$/.exec(text);
  if (match === null || Number(match[1]) < 1) return ["is not a rate", "write 5 minutes, 1 hour or 2 days"];
  if ((Number(match[1]) === 1) === (match[3] === "s"))
    return ["mixes singular and plural", Number(match[1]) === 1 ? `write 1 ${match[2]}` : `write ${match[1]} ${match[2]}s`];
  return undefined;
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "" && /^[A-Z]/.test(name);
  } catch {
    return false;
  }
}
