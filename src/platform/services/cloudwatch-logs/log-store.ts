/**
 * Log groups, streams and events. Groups and streams are records; events live in the journal only, in order of
 * their timestamps, and are read in pages. Both doors lead here: the service's API and the tasks' log driver.
 */
import type { LogGroupClass } from "@aws-sdk/client-cloudwatch-logs";
import type { Clock } from "../../../kit/clock.ts";
import type { Collection, Journal, Store } from "../../persistence/store.ts";
import type { LogLine, LogSink } from "./log-sink.ts";

export interface LogGroupRecord {
  readonly region: string;
  readonly name: string;
  /** Wall time in ms. */
  readonly createdAt: number;
  readonly retentionInDays?: number;
  readonly kmsKeyId?: string;
  readonly logGroupClass: LogGroupClass;
  readonly isProtected: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

export interface LogStreamRecord {
  readonly name: string;
  readonly createdAt: number;
}

/** Where an event stands in its stream: unique, and rising in reading order. */
export interface EventPosition {
  readonly timestamp: number;
  readonly sequence: number;
}

export interface LogEvent extends EventPosition {
  readonly ingestionTime: number;
  readonly message: string;
}

export interface EventRange {
  /** Inclusive, ms. */
  readonly from?: number | undefined;
  /** Exclusive, ms. */
  readonly to?: number | undefined;
  /** Continue behind this event, in the direction of reading. */
  readonly after?: EventPosition | undefined;
  readonly limit: number;
  readonly newestFirst?: boolean;
}

/** The most bytes an event may have: 1 MiB less the 26 bytes every event is counted with. */
export const LARGEST_EVENT_BYTES = 1_048_576 - 26;
const DAY_MS = 86_400_000;

export class LogStore implements LogSink {
  readonly groups: Collection<LogGroupRecord>;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #streams: Collection<LogStreamRecord>;
  readonly #journal: Journal;
  // The newest timestamp of each stream written or asked for since the start; the journal knows the others.
  readonly #newest = new Map<string, number>();

  /** `clock`: wall time. */
  constructor({ store, clock }: { readonly store: Store; readonly clock: Clock }) {
    this.groups = store.collection("logs.groups");
    this.#streams = store.collection("logs.streams");
    this.#journal = store.journal("logs");
    this.#store = store;
    this.#clock = clock;
  }

  exists(region: string, group: string): boolean {
    return this.groups.has(groupKey(region, group));
  }

  createGroup(region: string, group: string): void {
    if (this.exists(region, group)) return;
    this.saveGroup({ region, name: group, createdAt: this.#clock.now(), logGroupClass: "STANDARD", isProtected: false, tags: {} });
  }

  write(region: string, group: string, stream: string, lines: readonly LogLine[]): void {
    const record = this.groups.get(groupKey(region, group));
    if (record === undefined) return;
    const kept = lines.filter(({ message }) => message !== "").map((line) => ({ ...line, message: truncate(line.message) }));
    this.#store.transaction(() => {
      if (!this.hasStream(record, stream)) this.createStream(record, stream);
      this.append(record, stream, kept);
    });
  }

  saveGroup(group: LogGroupRecord): void {
    this.groups.put(groupKey(group.region, group.name), group);
  }

  deleteGroup(group: LogGroupRecord): void {
    this.#store.transaction(() => {
      for (const { name } of this.streams(group)) this.deleteStream(group, name);
      this.groups.delete(groupKey(group.region, group.name));
    });
  }

  streams(group: LogGroupRecord, prefix = ""): LogStreamRecord[] {
    return this.#streams.list(streamKey(group, prefix));
  }

  hasStream(group: LogGroupRecord, stream: string): boolean {
    return this.#streams.has(streamKey(group, stream));
  }

  createStream(group: LogGroupRecord, stream: string): void {
    this.#streams.put(streamKey(group, stream), { name: stream, createdAt: this.#clock.now() });
  }

  deleteStream(group: LogGroupRecord, stream: string): void {
    const key = streamKey(group, stream);
    this.#store.transaction(() => {
      this.#streams.delete(key);
      this.#journal.drop(key);
    });
    this.#newest.delete(key);
  }

  append(group: LogGroupRecord, stream: string, events: readonly LogLine[]): void {
    if (events.length === 0) return;
    const key = streamKey(group, stream);
    const ingestion = this.#clock.now().toString(36);
    this.#journal.append(
      key,
      events.map(({ timestamp, message }) => ({ timestamp, text: `${ingestion} ${message}` })),
    );
    const newest = events.reduce((latest, { timestamp }) => Math.max(latest, timestamp), Number.NEGATIVE_INFINITY);
    this.#newest.set(key, Math.max(this.newestTimestamp(group, stream) ?? newest, newest));
  }

  /** Events of a stream in order of time, or the newest first; what retention has taken is not among them. */
  read(group: LogGroupRecord, stream: string, { from, to, after, limit, newestFirst = false }: EventRange): LogEvent[] {
    const oldest = Math.max(from ?? Number.MIN_SAFE_INTEGER, this.retentionEdge(group));
    const lines = this.#journal.readByTime(streamKey(group, stream), {
      from: oldest,
      ...(to === undefined ? {} : { to }),
      ...(after === undefined ? {} : { after }),
      limit,
      newestFirst,
    });
    return lines.map(({ timestamp, sequence, text }) => {
      const space = text.indexOf(" ");
      return { timestamp, sequence, ingestionTime: Number.parseInt(text.slice(0, space), 36), message: text.slice(space + 1) };
    });
  }

  /** The timestamp of the stream's newest event, retained or not; undefined for an empty stream. */
  newestTimestamp(group: LogGroupRecord, stream: string): number | undefined {
    const key = streamKey(group, stream);
    const known = this.#newest.get(key);
    if (known !== undefined) return known;
    const newest = this.#journal.readByTime(key, { limit: 1, newestFirst: true })[0]?.timestamp;
    if (newest !== undefined) this.#newest.set(key, newest);
    return newest;
  }

  /** Events before this instant are no longer retained. */
  retentionEdge(group: LogGroupRecord): number {
    return group.retentionInDays === undefined ? Number.MIN_SAFE_INTEGER : this.#clock.now() - group.retentionInDays * DAY_MS;
  }

  /** Removes from disk what retention has taken; answers how many events. */
  applyRetention(group: LogGroupRecord): number {
    if (group.retentionInDays === undefined) return 0;
    const edge = this.retentionEdge(group);
    return this.streams(group).reduce((sum, { name }) => sum + this.#journal.trim(streamKey(group, name), edge), 0);
  }
}

// Neither group nor stream names hold a colon.
function groupKey(region: string, group: string): string {
  return `${region}:${group}`;
}

function streamKey(group: LogGroupRecord, stream: string): string {
  return `${group.region}:${group.name}:${stream}`;
}

/** Cuts a message at the largest size, never inside a character. */
function truncate(message: string): string {
  // A UTF-16 unit has at most three bytes of UTF-8: only long messages need counting.
  if (message.length * 3 <= LARGEST_EVENT_BYTES || Buffer.byteLength(message) <= LARGEST_EVENT_BYTES) return message;
  const bytes = Buffer.from(message);
  let end = LARGEST_EVENT_BYTES;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString("utf8", 0, end);
}
