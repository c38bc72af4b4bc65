/**
 * Opens the platform's database and makes sure that it is one: no other program's file, no other version's, not torn,
 * and open in no other process. The lock is the kernel's, so a killed platform leaves none behind.
 */
import { statSync } from "node:fs";
import Database from "libsql";

export type StoreFailure = "in use" | "foreign" | "older" | "newer" | "damaged" | "unreachable";

/** The store cannot be used as it is; the message says why and what to do. */
export class StoreUnusableError extends Error {
  readonly failure: StoreFailure;

  constructor(failure: StoreFailure, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "StoreUnusableError";
    this.failure = failure;
  }
}

/** `FSD1` in ASCII: SQLite's mark of whose file it is. */
const APPLICATION_ID = 0x46534431;
/**
 * The shape of the records in the file. It is raised with every change after which an earlier file would be misread: a
 * field that becomes required or means something else, not one that may be absent.
 */
const FORMAT_VERSION = 2;

/**
 * A damaged page would show itself only when it is read, in the middle of something; so the file is looked through when it is
 * opened. One above this size holds mostly log lines, and looking through it would keep a start waiting.
 */
const LARGEST_LOOKED_THROUGH = 64 * 1024 * 1024;

export function openDatabase(file: string): Database.Database {
  let database: Database.Database;
  try {
    database = new Database(file);
  } catch (failure) {
    throw new StoreUnusableError("unreachable", `${file} cannot be opened: does its folder exist, and may it be written?`, failure);
  }
  try {
    // Exclusive locking keeps every other process out from here on; taken before WAL, it also needs no shared memory.
    database.exec("PRAGMA locking_mode = EXCLUSIVE");
    database.exec("PRAGMA journal_mode = WAL");
    // Everything committed outlives a killed process; only a power cut may take the last moments.
    database.exec("PRAGMA synchronous = NORMAL");
    database.exec("BEGIN IMMEDIATE");
    prepare(database, file);
    database.exec("COMMIT");
    return database;
  } catch (failure) {
    closeUnused(database);
    throw failure instanceof StoreUnusableError ? failure : unusable(file, failure);
  }
}

/**
 * Closes the database and lets go of its lock at once. The driver keeps a closed connection until its last statement is
 * collected as garbage, so the lock is given up by hand: WAL with exclusive locking ends only by leaving WAL first.
 */
export function closeDatabase(database: Database.Database): void {
  database.exec("PRAGMA journal_mode = DELETE");
  database.exec("PRAGMA locking_mode = NORMAL");
  database.prepare("SELECT COUNT(*) FROM sqlite_master").get();
  database.close();
}

/** After a failure to open, letting go may fail as opening did. */
function closeUnused(database: Database.Database): void {
  try {
    if (database.inTransaction) database.exec("ROLLBACK");
    closeDatabase(database);
  } catch {
    database.close();
  }
}

function prepare(database: Database.Database, file: string): void {
  const number = (pragma: string) => Object.values(database.prepare(`PRAGMA ${pragma}`).get() as Record<string, number>)[0];
  const { tables } = database.prepare("SELECT COUNT(*) AS tables FROM sqlite_master").get() as { tables: number };
  if (tables > 0 && number("application_id") !== APPLICATION_ID) {
    throw new StoreUnusableError("foreign", `${file} is the database of another program; choose another state directory`);
  }
  const format = number("user_version") ?? 0;
  if (tables > 0 && format !== FORMAT_VERSION) {
    const older = format < FORMAT_VERSION;
    throw new StoreUnusableError(
      older ? "older" : "newer",
      `${file} was written by ${older ? "an older" : "a newer"} fsd (format ${format}, this one reads ${FORMAT_VERSION}), and nothing in it was changed; go on with that fsd, take another --state-dir, or let "fsd local reset" erase it and deploy again`,
    );
  }
  if (tables > 0 && statSync(file).size <= LARGEST_LOOKED_THROUGH) {
    const [{ quick_check: found }] = database.prepare("PRAGMA quick_check(1)").all() as [{ quick_check: string }];
    if (found !== "ok") throw damaged(file, new Error(found));
  }
  database.exec(`
    PRAGMA application_id = ${APPLICATION_ID};
    PRAGMA user_version = ${FORMAT_VERSION};
    CREATE TABLE IF NOT EXISTS record (collection TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (collection, key)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS line (journal TEXT NOT NULL, topic TEXT NOT NULL, sequence INTEGER NOT NULL, timestamp INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (journal, topic, sequence)) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS line_by_time ON line (journal, topic, timestamp, sequence);
  `);
}

function damaged(file: string, cause: unknown): StoreUnusableError {
  return new StoreUnusableError("damaged", `${file} is damaged; "fsd local reset" begins anew`, cause);
}

function unusable(file: string, failure: unknown): StoreUnusableError {
  const code = (failure as { code?: unknown }).code;
  if (code === "SQLITE_BUSY" || code === "SQLITE_LOCKED") {
    return new StoreUnusableError("in use", `${file} is in use by another local platform`, failure);
  }
  if (code === "SQLITE_NOTADB")
    return new StoreUnusableError("foreign", `${file} is not a database; choose another state directory`, failure);
  if (code === "SQLITE_CORRUPT") return damaged(file, failure);
  return new StoreUnusableError(
    "unreachable",
    `${file} cannot be used: ${failure instanceof Error ? failure.message : String(failure)}`,
    failure,
  );
}
