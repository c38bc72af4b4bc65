/** `logs` as a function: the lines of all tasks of a service in order of time, from the past and, when asked, as they come. */
import type { Aws } from "../aws/aws.ts";
import type { Clock } from "../kit/clock.ts";
import { pause } from "../kit/pause.ts";
import { awsRhythm, Pace } from "./polling.ts";

export interface LogLine {
  readonly at: string;
  readonly service: string;
  readonly container: string;
  readonly taskId: string;
  readonly message: string;
}

export interface LogRequest {
  readonly aws: Aws;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly service: string;
  readonly group: string;
  /** Milliseconds since the epoch; absent: as far back as `tail` reaches. */
  readonly since?: number | undefined;
  /** How many of the newest lines. */
  readonly tail: number;
  /** A CloudWatch Logs filter pattern. */
  readonly filter?: string | undefined;
  readonly follow: boolean;
}

interface Undated extends LogLine {
  readonly timestamp: number;
}

interface Dated extends Undated {
  readonly id: string;
}

/** An hour back at most when only a filter is given: every line of that time is searched. */
const searchedMs = 60 * 60_000;
/** Lines of different tasks arrive out of order by about this much. */
const overlapMs = 10_000;

export async function* logs(request: LogRequest): AsyncGenerator<LogLine> {
  const { clock, signal, filter, follow, tail } = request;
  const began = clock.now();
  const since = request.since ?? (filter === undefined ? undefined : began - searchedMs);
  const past = since === undefined ? await newest(request) : await search(request, since);
  for (const line of past.slice(-tail)) yield told(line);
  if (!follow) return;
  const seen = new Set(past.map(({ id }) => id));
  // What is older than the last line shown was left out by `tail`, not missed.
  const shownTo = past.at(-1)?.timestamp ?? began - overlapMs;
  let from = shownTo;
  const pace = new Pace(awsRhythm);
  while (!signal.aborted) {
    const found = await search(request, from - overlapMs);
    const fresh = found.filter(({ id, timestamp }) => !seen.has(id) && timestamp >= shownTo);
    for (const line of fresh) {
      seen.add(line.id);
      from = Math.max(from, line.timestamp);
      yield told(line);
    }
    await pause(clock, Math.min(1_000, pace.next(fresh.length > 0)), signal);
  }
}

function told({ at, service, container, taskId, message }: Dated): LogLine {
  return { at, service, container, taskId, message };
}

/** Every line since then that matches, by time. */
async function search({ aws, group, filter, service }: LogRequest, since: number): Promise<Dated[]> {
  const found: Undated[] = [];
  let nextToken: string | undefined;
  try {
    do {
      const page = await aws.logs.filterLogEvents({
        logGroupName: group,
        startTime: since,
        ...(filter === undefined ? {} : { filterPattern: filter }),
        ...(nextToken === undefined ? {} : { nextToken }),
      });
      for (const { logStreamName = "", timestamp = 0, message = "" } of page.events ?? []) {
        found.push(line(service, logStreamName, timestamp, message));
      }
      nextToken = page.nextToken;
    } while (nextToken !== undefined && nextToken !== "");
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  return byTime(found);
}

/** The newest lines of the group, without reading all of it: the end of each of the streams that were written last. */
async function newest({ aws, group, tail, service }: LogRequest): Promise<Dated[]> {
  try {
    const { logStreams = [] } = await aws.logs.describeLogStreams({
      logGroupName: group,
      orderBy: "LastEventTime",
      descending: true,
      limit: 20,
    });
    const pages = logStreams.map(async ({ logStreamName = "" }) => {
      const { events = [] } = await aws.logs.getLogEvents({
        logGroupName: group,
        logStreamName,
        limit: Math.min(tail, 10_000),
        startFromHead: false,
      });
      return events.map(({ timestamp = 0, message = "" }) => line(service, logStreamName, timestamp, message));
    });
    return byTime((await Promise.all(pages)).flat());
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function line(service: string, stream: string, timestamp: number, message: string): Undated {
  // <prefix>/<container>/<task id>
  const [taskId = "", container = ""] = stream.split("/").reverse();
  return { at: new Date(timestamp).toISOString(), service, container, taskId, message: message.replace(/\n$/, ""), timestamp };
}

/**
 * In order of time, each with an identity that both ways of reading give it: CloudWatch Logs names an event only in
 * answers to a search. The same text twice in a millisecond is told apart by its place.
 */
function byTime(lines: Undated[]): Dated[] {
  const count = new Map<string, number>();
  return lines
    .sort((a, b) => a.timestamp - b.timestamp)
    .map((line) => {
      const text = `${line.taskId}/${line.container} ${line.timestamp} ${line.message}`;
      const place = (count.get(text) ?? 0) + 1;
      count.set(text, place);
      return { ...line, id: `${place} ${text}` };
    });
}

function isMissing(error: unknown): boolean {
  return (error as Error).name === "ResourceNotFoundException";
}
