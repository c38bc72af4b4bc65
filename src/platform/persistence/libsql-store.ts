/**
 * The store in one SQLite file, open in one process at a time. What a write acknowledged outlives a killed process;
 * a transaction that fails leaves neither disk nor memory changed.
 */
import type Database from "libsql";
import { LibsqlCollection } from "./libsql-collection.ts";
import { libsqlJournal, type Undo, type Writing } from "./libsql-journal.ts";
import { closeDatabase, openDatabase } from "./open-database.ts";
import type { Collection, Journal, Store } from "./store.ts";

export class LibsqlStore implements Store {
  readonly #database: Database.Database;
  readonly #collections = new Map<string, LibsqlCollection<unknown>>();
  readonly #journals = new Map<string, Journal>();
  readonly #writing: Writing = {
    transaction: (work) => this.transaction(work),
    onWrite: (undo) => {
      this.#undo?.push(undo);
    },
  };
  #undo: Undo[] | undefined;

  /**
   * `file`: path of the database, created when missing; `:memory:` for a store that lasts as long as the process.
   * Throws `StoreUnusableError`.
   */
  constructor(file: string) {
    this.#database = openDatabase(file);
  }

  collection<Value>(name: string): Collection<Value> {
    let collection = this.#collections.get(name);
    if (collection === undefined) {
      collection = new LibsqlCollection<unknown>(this.#database, name, this.#writing);
      this.#collections.set(name, collection);
    }
    return collection as unknown as Collection<Value>;
  }

  journal(name: string): Journal {
    let journal = this.#journals.get(name);
    if (journal === undefined) {
      journal = libsqlJournal(this.#database, name, this.#writing);
      this.#journals.set(name, journal);
    }
    return journal;
  }

  transaction<Result>(work: () => Result): Result {
    // An inner transaction is part of the outer one.
    if (this.#undo !== undefined) return work();
    this.#database.exec("BEGIN IMMEDIATE");
    this.#undo = [];
    try {
      const result = work();
      if (result instanceof Promise) throw new Error("a transaction's work must be done when it returns; it returned a promise");
      this.#database.exec("COMMIT");
      return result;
    } catch (failure) {
      // SQLite itself rolls back on some failures (a full disk), and then knows no transaction to roll back.
      if (this.#database.inTransaction) this.#database.exec("ROLLBACK");
      for (const undo of this.#undo.reverse()) undo();
      throw failure;
    } finally {
      this.#undo = undefined;
    }
  }

  close(): void {
    if (this.#database.open) closeDatabase(this.#database);
  }
}
