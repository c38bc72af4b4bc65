import Database from "libsql";
import type { Collection, Journal, JournalLine, Store } from "./store.ts";

type Undo = () => void;

/**
 * The store in one SQLite file. WAL with `synchronous = NORMAL` keeps everything committed through a killed
 * process; only a power cut may take the last moments.
 */
export class LibsqlStore implements Store {
  readonly #database: Database.Database;
  readonly #collections = new Map<string, LibsqlCollection<unknown>>();
  readonly #journals = new Map<string, Journal>();
  #undo: Undo[] | undefined;

  /** `file`: path of the database, created when missing; `:memory:` for a store that lasts as long as the process. */
  constructor(file: string) {
    this.#database = new Database(file);
    this.#database.exec("PRAGMA journal_mode = WAL");
    this.#database.exec("PRAGMA synchronous = NORMAL");
    this.#database.exec(`
      CREATE TABLE IF NOT EXISTS record (collection TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (collection, key)) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS line (journal TEXT NOT NULL, topic TEXT NOT NULL, sequence INTEGER NOT NULL, timestamp INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (journal, topic, sequence)) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS line_by_time ON line (journal, topic, timestamp, sequence);
    `);
  }

  collection<Value>(name: string): Collection<Value> {
    let collection = this.#collections.get(name);
    if (collection === undefined) {
      collection = new LibsqlCollection<unknown>(this.#database, name, (undo) => this.#undo?.push(undo));
      this.#collections.set(name, collection);
    }
    return collection as unknown as Collection<Value>;
  }

  journal(name: string): Journal {
    let journal = this.#journals.get(name);
    if (journal === undefined) {
      journal = libsqlJournal(
        this.#database,
        name,
        (work) => this.transaction(work),
        (undo) => this.#undo?.push(undo),
      );
      this.#journals.set(name, journal);
    }
    return journal;
  }

  transaction<Result>(work: () => Result): Result {
    // An inner transaction is part of the outer one.
    if (this.#undo !== undefined) return work();
    this.#undo = [];
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.#database.exec("COMMIT");
      return result;
    } catch (failure) {
      this.#database.exec("ROLLBACK");
      for (const undo of this.#undo.reverse()) undo();
      throw failure;
    } finally {
      this.#undo = undefined;
    }
  }

  close(): void {
    this.#database.close();
  }
}

class LibsqlCollection<Value> implements Collection<Value> {
  readonly #values = new Map<string, Value>();
  // Sorted lazily: most collections are written far more often than listed in order.
  #sorted: string[] | undefined;
  readonly #insert: Database.Statement;
  readonly #remove: Database.Statement;
  readonly #name: string;
  readonly #onWrite: (undo: Undo) => void;

  constructor(database: Database.Database, name: string, onWrite: (undo: Undo) => void) {
    this.#name = name;
    this.#onWrite = onWrite;
    this.#insert = database.prepare("INSERT OR REPLACE INTO record (collection, key, value) VALUES (?, ?, ?)");
    this.#remove = database.prepare("DELETE FROM record WHERE collection = ? AND key = ?");
    const rows = database.prepare("SELECT key, value FROM record WHERE collection = ?").all(name) as { key: string; value: string }[];
    for (const { key, value } of rows) this.#values.set(key, JSON.parse(value) as Value);
  }

  get size(): number {
    return this.#values.size;
  }

  get(key: string): Value | undefined {
    return this.#values.get(key);
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  list(prefix = ""): Value[] {
    return this.entries(prefix).map(([, value]) => value);
  }

  entries(prefix = ""): [key: string, value: Value][] {
    this.#sorted ??= [...this.#values.keys()].sort();
    const keys = prefix === "" ? this.#sorted : this.#sorted.filter((key) => key.startsWith(prefix));
    return keys.map((key) => [key, this.#values.get(key) as Value]);
  }

  put(key: string, value: Value): void {
    this.#insert.run(this.#name, key, JSON.stringify(value));
    this.#remember(key);
    if (!this.#values.has(key)) this.#sorted = undefined;
    this.#values.set(key, value);
  }

  delete(key: string): boolean {
    if (!this.#values.has(key)) return false;
    this.#remove.run(this.#name, key);
    this.#remember(key);
    this.#values.delete(key);
    this.#sorted = undefined;
    return true;
  }

  #remember(key: string): void {
    const had = this.#values.has(key);
    const before = this.#values.get(key);
    this.#onWrite(() => {
      if (had) this.#values.set(key, before as Value);
      else this.#values.delete(key);
      this.#sorted = undefined;
    });
  }
}

function libsqlJournal(
  database: Database.Database,
  name: string,
  transaction: (work: () => void) => void,
  onWrite: (undo: Undo) => void,
): Journal {
  const insert = database.prepare("INSERT INTO line (journal, topic, sequence, timestamp, text) VALUES (?, ?, ?, ?, ?)");
  const last = database.prepare("SELECT MAX(sequence) AS last FROM line WHERE journal = ? AND topic = ?");
  const ascending = database.prepare(
    "SELECT sequence, timestamp, text FROM line WHERE journal = ? AND topic = ? AND sequence >= ? AND sequence < ? ORDER BY sequence ASC LIMIT ?",
  );
  const descending = database.prepare(
    "SELECT sequence, timestamp, text FROM line WHERE journal = ? AND topic = ? AND sequence >= ? AND sequence < ? ORDER BY sequence DESC LIMIT ?",
  );
  const ascendingTime = database.prepare(
    "SELECT sequence, timestamp, text FROM line WHERE journal = ? AND topic = ? AND (timestamp, sequence) > (?, ?) AND timestamp < ? ORDER BY timestamp ASC, sequence ASC LIMIT ?",
  );
  const descendingTime = database.prepare(
    "SELECT sequence, timestamp, text FROM line WHERE journal = ? AND topic = ? AND (timestamp, sequence) < (?, ?) AND timestamp >= ? ORDER BY timestamp DESC, sequence DESC LIMIT ?",
  );
  const remove = database.prepare("DELETE FROM line WHERE journal = ? AND topic = ?");
  const removeOld = database.prepare("DELETE FROM line WHERE journal = ? AND topic = ? AND timestamp < ?");
  const next = new Map<string, number>();
  const write = (topic: string, lines: readonly { timestamp: number; text: string }[]): void =>
    transaction(() => {
      onWrite(() => next.delete(topic));
      let sequence = next.get(topic) ?? ((last.get(name, topic) as { last: number | null } | undefined)?.last ?? 0) + 1;
      for (const { timestamp, text } of lines) insert.run(name, topic, sequence++, Math.trunc(timestamp), text);
      next.set(topic, sequence);
    });
  return {
    append: (topic, lines) => write(topic, lines),
    read: (topic, { from = 0, before = Number.MAX_SAFE_INTEGER, limit, newestFirst = false }) =>
      (newestFirst ? descending : ascending).all(name, topic, from, before, limit) as JournalLine[],
    readByTime: (topic, { from = Number.MIN_SAFE_INTEGER, to = Number.MAX_SAFE_INTEGER, after, limit, newestFirst = false }) => {
      const edge = newestFirst ? { timestamp: to, sequence: 0 } : { timestamp: from, sequence: 0 };
      const inside = after !== undefined && (newestFirst ? after.timestamp < to : after.timestamp >= from);
      const { timestamp, sequence } = inside ? after : edge;
      const lines = newestFirst
        ? descendingTime.all(name, topic, timestamp, sequence, from, limit)
        : ascendingTime.all(name, topic, timestamp, sequence, to, limit);
      return lines as JournalLine[];
    },
    trim: (topic, olderThan) => removeOld.run(name, topic, olderThan).changes,
    drop: (topic) => {
      remove.run(name, topic);
      next.delete(topic);
    },
  };
}
