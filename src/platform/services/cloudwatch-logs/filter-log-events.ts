/**
 * FilterLogEvents: the streams of a group merged by time and sifted by a pattern. A page ends at its limit, at 1 MiB,
 * or after a bounded number of events looked at, so that a search through a large group never holds the platform
 * up; as on AWS such a page may be empty and still have a token.
 */
import type { FilteredLogEvent } from "@aws-sdk/client-cloudwatch-logs";
import type { Operations } from "../../gateway/operations.ts";
import { invalidParameter, requireGroup, streamNotFound } from "./faults.ts";
import { InvalidPattern, type MessageFilter, parseFilterPattern } from "./filter-pattern.ts";
import { LARGEST_PAGE_BYTES } from "./log-events.ts";
import type { EventPosition, LogEvent, LogGroupRecord, LogStore } from "./log-store.ts";

const MOST_EVENTS = 10_000;
const MOST_LOOKED_AT = 20_000;

/** The event a page ended at, in the order of the merge. */
interface Place extends EventPosition {
  readonly stream: string;
  readonly newestFirst: boolean;
}

export function filterLogEventsOperations(logs: LogStore): Operations<"cloudwatch-logs"> {
  return {
    FilterLogEvents: (input, { region }) => {
      const group = requireGroup(logs, region, input.logGroupName, input.logGroupIdentifier);
      const { logStreamNames: names, logStreamNamePrefix: prefix } = input;
      if (names !== undefined && prefix !== undefined) {
        throw invalidParameter("Both LogStreamNames and LogStreamNamePrefix are specified. Only one parameter is allowed.");
      }
      if (names?.some((name) => !logs.hasStream(group, name)) === true) throw streamNotFound();
      const matches = compile(input.filterPattern ?? "");
      const place = input.nextToken === undefined ? undefined : parsePlace(input.nextToken);
      const newestFirst = place?.newestFirst ?? input.startFromHead === false;
      const from = input.startTime;
      const streams = (names ?? logs.streams(group, prefix).map(({ name }) => name)).filter(
        (stream) => (logs.newestTimestamp(group, stream) ?? Number.NEGATIVE_INFINITY) >= (from ?? 0),
      );
      const cursors = streams.map(
        (stream) =>
          new StreamCursor(logs, group, stream, {
            from,
            // The end is inclusive here, unlike GetLogEvents'.
            to: input.endTime === undefined ? undefined : input.endTime + 1,
            after: place === undefined ? undefined : behind(place, stream),
            newestFirst,
            // Many streams read ahead little each, few streams much.
            pageSize: Math.min(500, Math.max(8, Math.ceil(2_000 / streams.length))),
          }),
      );

      const events: FilteredLogEvent[] = [];
      const limit = input.limit ?? MOST_EVENTS;
      let bytes = 0;
      let last: Place | undefined;
      const merged = merge(cursors, newestFirst);
      for (let lookedAt = 0; lookedAt < MOST_LOOKED_AT && events.length < limit; lookedAt++) {
        const found = merged.next();
        if (found === undefined) return { events, searchedLogStreams: [] };
        const { event, stream } = found;
        if (matches(event.message)) {
          bytes += Buffer.byteLength(event.message);
          if (bytes > LARGEST_PAGE_BYTES && events.length > 0) break;
          events.push({
            logStreamName: stream,
            timestamp: event.timestamp,
            message: event.message,
            ingestionTime: event.ingestionTime,
            eventId: `${event.timestamp}${String(event.sequence).padStart(43, "0")}`,
          });
        }
        last = { timestamp: event.timestamp, sequence: event.sequence, stream, newestFirst };
      }
      const exhausted = bytes <= LARGEST_PAGE_BYTES && merged.next() === undefined;
      return { events, searchedLogStreams: [], ...(exhausted || last === undefined ? {} : { nextToken: formatPlace(last) }) };
    },
  };
}

function compile(pattern: string): MessageFilter {
  try {
    return parseFilterPattern(pattern);
  } catch (failure) {
    if (failure instanceof InvalidPattern) throw invalidParameter(failure.message);
    throw failure;
  }
}

/** Reads one stream ahead, a few events at a time. */
class StreamCursor {
  readonly stream: string;
  readonly #pageSize: number;
  readonly #read: (after: EventPosition | undefined) => LogEvent[];
  #buffer: LogEvent[];
  #index = 0;

  constructor(
    logs: LogStore,
    group: LogGroupRecord,
    stream: string,
    range: { from: number | undefined; to: number | undefined; after: EventPosition | undefined; newestFirst: boolean; pageSize: number },
  ) {
    this.stream = stream;
    this.#pageSize = range.pageSize;
    this.#read = (after) => logs.read(group, stream, { ...range, after, limit: range.pageSize });
    this.#buffer = this.#read(range.after);
  }

  get head(): LogEvent | undefined {
    return this.#buffer[this.#index];
  }

  advance(): void {
    this.#index++;
    if (this.#index < this.#buffer.length) return;
    // A short page was the last one.
    this.#buffer = this.#buffer.length < this.#pageSize ? [] : this.#read(this.#buffer.at(-1));
    this.#index = 0;
  }
}

/** Merges the cursors by (timestamp, stream, sequence) with a binary heap, in either direction. */
function merge(cursors: readonly StreamCursor[], newestFirst: boolean) {
  const sign = newestFirst ? -1 : 1;
  const isBefore = (a: StreamCursor, b: StreamCursor): boolean => {
    const [left, right] = [a.head, b.head] as [LogEvent, LogEvent];
    return left.timestamp === right.timestamp ? (a.stream < b.stream ? -1 : 1) * sign < 0 : (left.timestamp - right.timestamp) * sign < 0;
  };
  const heap = cursors.filter(({ head }) => head !== undefined).sort((a, b) => (isBefore(a, b) ? -1 : 1));
  const sink = (): void => {
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, heap[child] as StreamCursor)) child++;
      const [parent, smaller] = [heap[index], heap[child]];
      if (parent === undefined || smaller === undefined || !isBefore(smaller, parent)) return;
      heap[index] = smaller;
      heap[child] = parent;
      index = child;
    }
  };
  return {
    next(): { event: LogEvent; stream: string } | undefined {
      const top = heap[0];
      const event = top?.head;
      if (top === undefined || event === undefined) return undefined;
      top.advance();
      if (top.head === undefined) {
        const last = heap.pop();
        if (last !== undefined && last !== top) heap[0] = last;
      }
      sink();
      return { event, stream: top.stream };
    },
  };
}

/** Where a stream goes on behind a place of the merge: streams of the same instant come in order of their names. */
function behind({ timestamp, sequence, stream, newestFirst }: Place, other: string): EventPosition {
  if (other === stream) return { timestamp, sequence };
  const alreadyRead = newestFirst ? other > stream : other < stream;
  const [beginning, end] = newestFirst ? [Number.MAX_SAFE_INTEGER, 0] : [0, Number.MAX_SAFE_INTEGER];
  return { timestamp, sequence: alreadyRead ? end : beginning };
}

function formatPlace(place: Place): string {
  return Buffer.from(JSON.stringify([place.timestamp, place.sequence, place.stream, place.newestFirst])).toString("base64url");
}

function parsePlace(token: string): Place {
  try {
    const [timestamp, sequence, stream, newestFirst] = JSON.parse(Buffer.from(token, "base64url").toString("utf8")) as unknown[];
    if (typeof timestamp === "number" && typeof sequence === "number" && typeof stream === "string" && typeof newestFirst === "boolean") {
      return { timestamp, sequence, stream, newestFirst };
    }
  } catch {
    // Not one of ours; said below.
  }
  throw invalidParameter("The specified nextToken is invalid.");
}
