/** Events of one stream: put with the service's limits, and get page by page in both directions. */
import type { Operations } from "../../gateway/operations.ts";
import { invalidParameter, requireGroup, streamNotFound } from "./faults.ts";
import { type EventPosition, LARGEST_EVENT_BYTES, type LogEvent, type LogGroupRecord, type LogStore } from "./log-store.ts";

const LARGEST_BATCH_BYTES = 1_048_576;
const EVENT_OVERHEAD_BYTES = 26;
const MOST_EVENTS = 10_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A page of events is at most this large. */
export const LARGEST_PAGE_BYTES = 1_048_576;
const READ_AT_ONCE = 500;

interface InputEvent {
  readonly timestamp: number;
  readonly message: string;
}

export function logEventOperations(logs: LogStore, now: () => number): Operations<"cloudwatch-logs"> {
  return {
    PutLogEvents: (input, { region }) => {
      const group = requireGroup(logs, region, input.logGroupName);
      const stream = input.logStreamName ?? "";
      if (!logs.hasStream(group, stream)) throw streamNotFound();
      const events = (input.logEvents ?? []).map(({ timestamp = 0, message = "" }) => ({ timestamp, message }));
      checkBatch(events);
      const { accepted, rejected } = sift(events, now(), logs.retentionEdge(group));
      logs.append(group, stream, accepted);
      return {
        nextSequenceToken: "49039859582391480000000000000000000000000000000000000000",
        ...(rejected === undefined ? {} : { rejectedLogEventsInfo: rejected }),
      };
    },

    GetLogEvents: (input, { region }) => {
      const group = requireGroup(logs, region, input.logGroupName, input.logGroupIdentifier);
      const stream = input.logStreamName ?? "";
      if (!logs.hasStream(group, stream)) throw streamNotFound();
      const token = input.nextToken === undefined ? undefined : parseToken(input.nextToken);
      const newestFirst = token === undefined ? input.startFromHead !== true : token.direction === "b";
      const range = { from: input.startTime, to: input.endTime, after: token?.position, newestFirst };
      const events = readPage(logs, group, stream, range, input.limit ?? MOST_EVENTS);
      if (newestFirst) events.reverse();
      const [first, last] = [events[0], events.at(-1)];
      // Where nothing was found both tokens stay where the request stood: the end is told by an unchanged token.
      const nowhere = token?.position ?? { timestamp: input.startTime ?? 0, sequence: 0 };
      return {
        events: events.map(({ timestamp, message, ingestionTime }) => ({ timestamp, message, ingestionTime })),
        nextForwardToken: formatToken("f", last ?? nowhere),
        nextBackwardToken: formatToken("b", first ?? nowhere),
      };
    },
  };
}

function checkBatch(events: readonly InputEvent[]): void {
  if (events.length > MOST_EVENTS) throw invalidParameter(`A batch has at most ${MOST_EVENTS} log events.`);
  let bytes = 0;
  let previous = Number.NEGATIVE_INFINITY;
  for (const { timestamp, message } of events) {
    const size = Buffer.byteLength(message);
    if (size > LARGEST_EVENT_BYTES) {
      throw invalidParameter(`Log event too large: ${size + EVENT_OVERHEAD_BYTES} bytes exceeds limit of ${LARGEST_BATCH_BYTES}`);
    }
    bytes += size + EVENT_OVERHEAD_BYTES;
    if (timestamp < previous) throw invalidParameter("Log events in a single PutLogEvents request must be in chronological order.");
    previous = timestamp;
  }
  if (bytes > LARGEST_BATCH_BYTES) throw invalidParameter(`Upload too large: ${bytes} bytes exceeds limit of ${LARGEST_BATCH_BYTES}`);
  if (events.length > 0 && previous - (events[0]?.timestamp ?? previous) > DAY_MS) {
    throw invalidParameter("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
  }
}

/** Parts a chronological batch into what is taken and what is too old, expired or too far in the future. */
function sift(events: readonly InputEvent[], now: number, retentionEdge: number) {
  const tooOld = events.findLastIndex(({ timestamp }) => timestamp < now - 14 * DAY_MS) + 1;
  const expired = events.findLastIndex(({ timestamp }) => timestamp < retentionEdge) + 1;
  const tooNew = events.findIndex(({ timestamp }) => timestamp > now + 2 * HOUR_MS);
  const accepted = events.slice(Math.max(tooOld, expired), tooNew < 0 ? undefined : tooNew);
  const rejected = {
    ...(tooOld === 0 ? {} : { tooOldLogEventEndIndex: tooOld }),
    ...(expired === 0 ? {} : { expiredLogEventEndIndex: expired }),
    ...(tooNew < 0 ? {} : { tooNewLogEventStartIndex: tooNew }),
  };
  return { accepted, rejected: Object.keys(rejected).length === 0 ? undefined : rejected };
}

/** At most `limit` events and one page of bytes, but at least one event when there is one. */
function readPage(
  logs: LogStore,
  group: LogGroupRecord,
  stream: string,
  range: { from: number | undefined; to: number | undefined; after: EventPosition | undefined; newestFirst: boolean },
  limit: number,
): LogEvent[] {
  const events: LogEvent[] = [];
  let bytes = 0;
  let { after } = range;
  while (events.length < limit) {
    const wanted = Math.min(READ_AT_ONCE, limit - events.length);
    const read = logs.read(group, stream, { ...range, after, limit: wanted });
    for (const event of read) {
      bytes += Buffer.byteLength(event.message) + EVENT_OVERHEAD_BYTES;
      if (bytes > LARGEST_PAGE_BYTES && events.length > 0) return events;
      events.push(event);
    }
    if (read.length < wanted) return events;
    after = read.at(-1);
  }
  return events;
}

/** `f/<timestamp><sequence>/s`: 56 digits, as the service's own tokens have. */
function formatToken(direction: "f" | "b", { timestamp, sequence }: EventPosition): string {
  return `${direction}/${String(timestamp).padStart(28, "0")}${String(sequence).padStart(28, "0")}/s`;
}

function parseToken(token: string): { direction: "f" | "b"; position: EventPosition } {
  const match = /^([fb])\/(\d{28})(\d{28})\/s$/.exec(token);
  if (match === null) throw invalidParameter("The specified nextToken is invalid.");
  return { direction: match[1] as "f" | "b", position: { timestamp: Number(match[2]), sequence: Number(match[3]) } };
}
