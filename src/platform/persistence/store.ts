/**
 * The one durable store of the local platform. Every service keeps its records in collections of it; a record is
 * acknowledged only after `put` returned, and what `put` returned survives `kill -9`.
 */

/** Records of one kind, by key, in memory for reading and on disk for keeping. Values are plain JSON; treat them as immutable. */
export interface Collection<Value> {
  get(key: string): Value | undefined;
  has(key: string): boolean;
  /** Values in key order (code units), optionally only those whose key starts with `prefix`. */
  list(prefix?: string): Value[];
  entries(prefix?: string): [key: string, value: Value][];
  put(key: string, value: Value): void;
  /** Returns whether there was something to delete. */
  delete(key: string): boolean;
  readonly size: number;
}

/** A line of a journal. `sequence` rises by one with every line of the journal. */
export interface JournalLine {
  readonly sequence: number;
  /** Milliseconds since the epoch, the writer's. */
  readonly timestamp: number;
  readonly text: string;
}

/** Append-only lines by topic (a log stream), kept on disk only: they are read in pages, never all at once. */
export interface Journal {
  append(topic: string, lines: readonly { timestamp: number; text: string }[]): void;
  /** Lines in order of sequence, from `from` (inclusive), or the newest ones in reverse with `newestFirst`. */
  read(topic: string, options: { from?: number; before?: number; limit: number; newestFirst?: boolean }): JournalLine[];
  /**
   * Lines in order of their timestamps (then of sequence), or the newest first: those at or after `from` and before
   * `to`, continuing behind the line `after` in the direction of reading.
   */
  readByTime(
    topic: string,
    options: { from?: number; to?: number; after?: Pick<JournalLine, "timestamp" | "sequence">; limit: number; newestFirst?: boolean },
  ): JournalLine[];
  /** Deletes the lines with a timestamp below `olderThan`; answers how many there were. */
  trim(topic: string, olderThan: number): number;
  drop(topic: string): void;
}

export interface Store {
  /** The collection of that name; the same object for the same name. */
  collection<Value>(name: string): Collection<Value>;
  journal(name: string): Journal;
  /** All writes inside become durable together or, when `work` throws, not at all. Not re-entrant across `await`: `work` is synchronous. */
  transaction<Result>(work: () => Result): Result;
  close(): void;
}
