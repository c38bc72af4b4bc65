/** Records of one kind: all of them in memory, each write also in the database before it returns. */
import type Database from "libsql";
import type { Writing } from "./libsql-journal.ts";
import type { Collection } from "./store.ts";

export class LibsqlCollection<Value> implements Collection<Value> {
  readonly #values = new Map<string, Value>();
  /** The keys in order, from the first time somebody lists them; kept in order by each write after that. */
  #sorted: string[] | undefined;
  readonly #insert: Database.Statement;
  readonly #remove: Database.Statement;
  readonly #name: string;
  readonly #writing: Pick<Writing, "onWrite">;

  constructor(database: Database.Database, name: string, writing: Pick<Writing, "onWrite">) {
    this.#name = name;
    this.#writing = writing;
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
    return this.#keys(prefix).map((key) => this.#values.get(key) as Value);
  }

  entries(prefix = ""): [key: string, value: Value][] {
    return this.#keys(prefix).map((key) => [key, this.#values.get(key) as Value]);
  }

  put(key: string, value: Value): void {
    this.#insert.run(this.#name, key, JSON.stringify(value));
    this.#remember(key);
    this.#set(key, value);
  }

  delete(key: string): boolean {
    if (!this.#values.has(key)) return false;
    this.#remove.run(this.#name, key);
    this.#remember(key);
    this.#forget(key);
    return true;
  }

  /** Keys that start with the prefix stand together in order. */
  #keys(prefix: string): readonly string[] {
    this.#sorted ??= [...this.#values.keys()].sort();
    if (prefix === "") return this.#sorted;
    const first = placeOf(this.#sorted, prefix);
    let end = first;
    while (end < this.#sorted.length && this.#sorted[end]?.startsWith(prefix)) end++;
    return this.#sorted.slice(first, end);
  }

  #set(key: string, value: Value): void {
    if (this.#sorted !== undefined && !this.#values.has(key)) this.#sorted.splice(placeOf(this.#sorted, key), 0, key);
    this.#values.set(key, value);
  }

  #forget(key: string): void {
    if (this.#values.delete(key)) this.#sorted?.splice(placeOf(this.#sorted, key), 1);
  }

  #remember(key: string): void {
    const had = this.#values.has(key);
    const before = this.#values.get(key);
    this.#writing.onWrite(() => {
      if (had) this.#set(key, before as Value);
      else this.#forget(key);
    });
  }
}

/** The place of the first key that is not below `key`, in the order of code units. */
function placeOf(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
