/** Lines by topic in the database, read in pages. */
import type Database from "libsql";
import type { Journal, JournalLine } from "./store.ts";

/** Part of a transaction of the store: what it does when the transaction fails. */
export type Undo = () => void;

/** What a collection or journal needs of the store it belongs to. */
export interface Writing {
  transaction(work: () => void): void;
  onWrite(undo: Undo): void;
}

export function libsqlJournal(database: Database.Database, name: string, { transaction, onWrite }: Writing): Journal {
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
