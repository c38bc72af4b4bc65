import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import fc from "fast-check";
import Database from "libsql";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { temporaryFolder } from "../../kit/temporary-folder.testing.ts";
import { LibsqlStore } from "./libsql-store.ts";
import { StoreUnusableError } from "./open-database.ts";

let folder: string;
let file: string;
const open: { close(): void }[] = [];
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = temporaryFolder();
  file = join(folder, "platform.db");
});

afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  for (const store of open.splice(0)) store.close();
});

function store(path = file): LibsqlStore {
  const opened = new LibsqlStore(path);
  open.push(opened);
  return opened;
}

/** Another process that uses the store of `file` as `body` says, and tells in lines what it acknowledged. */
async function otherProcess(body: string): Promise<ChildProcess> {
  const script = join(process.cwd(), "node_modules", ".cache", `fsd-store-${process.pid}-${Date.now()}.cjs`);
  await build({
    stdin: {
      contents: `import { LibsqlStore } from "./libsql-store.ts"; const store = new LibsqlStore(${JSON.stringify(file)}); ${body}`,
      resolveDir: import.meta.dirname,
      loader: "ts",
    },
    bundle: true,
    platform: "node",
    format: "cjs",
    external: ["libsql"],
    outfile: script,
  });
  const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  child.once("exit", () => rmSync(script, { force: true }));
  return child;
}

describe("a store", () => {
  it("keeps what it acknowledged when its process is killed in the middle", async () => {
    const child = await otherProcess(`
      const records = store.collection("n");
      for (let n = 1; ; n++) { records.put(String(n).padStart(9, "0"), { n }); require("node:fs").writeSync(1, n + "\\n"); }
    `);
    let told = "";
    child.stdout?.on("data", (chunk) => {
      told += chunk;
      if (told.length > 2000) child.kill("SIGKILL");
    });
    await once(child, "close");
    const acknowledged = Number(told.trimEnd().split("\n").at(-1));
    const kept = store().collection<{ n: number }>("n").list();
    expect(kept.length).toBeGreaterThanOrEqual(acknowledged);
    expect(kept.map(({ n }) => n)).toEqual(kept.map((_, index) => index + 1));
  });

  it("opens in one process at a time, and again as soon as that one is gone", async () => {
    const child = await otherProcess(`store.collection("c").put("k", 1); console.log("open"); setInterval(() => {}, 1000);`);
    await once(child.stdout as NonNullable<typeof child.stdout>, "data");
    expect(() => store()).toThrow(expect.objectContaining({ failure: "in use", message: `${file} is in use by another local platform` }));
    child.kill("SIGKILL");
    await once(child, "close");
    expect(store().collection("c").get("k")).toBe(1);
  });

  it("says that the file is damaged when it opens it, and does not meet the torn page later", () => {
    const whole = store();
    const records = whole.collection<string>("c");
    for (let key = 0; key < 200; key++) records.put(String(key), "x".repeat(1_000));
    whole.close();
    open.pop();
    const bytes = readFileSync(file);
    bytes.fill(0xa5, 20 * 4096, 21 * 4096);
    writeFileSync(file, bytes);
    expect(() => store()).toThrow(
      expect.objectContaining({ failure: "damaged", message: `${file} is damaged; "fsd local reset" begins anew` }),
    );
    // The first page counts how often the file was opened for writing.
    expect(readFileSync(file).subarray(4096).equals(bytes.subarray(4096))).toBe(true);
  });

  it("says clearly when the file is none of its own", () => {
    writeFileSync(
      file,
      "a text that is longer than the header of a database, so that it could be read as one, were it one indeed ...".repeat(3),
    );
    expect(() => store()).toThrow(expect.objectContaining({ failure: "foreign" }));
    const other = join(folder, "other.db");
    const database = new Database(other);
    database.exec("CREATE TABLE customer (name TEXT)");
    database.close();
    expect(() => store(other)).toThrow(
      expect.objectContaining({ failure: "foreign", message: expect.stringContaining("another program") }),
    );
    for (const [version, failure] of [
      [1, "older"],
      [99, "newer"],
    ] as const) {
      const file = join(folder, `${failure}.db`);
      store(file).close();
      open.pop();
      const changed = new Database(file);
      changed.exec(`PRAGMA user_version = ${version}`);
      changed.close();
      expect(() => store(file)).toThrow(expect.objectContaining({ failure, message: expect.stringContaining("fsd local reset") }));
      const after = new Database(file);
      expect(after.prepare("PRAGMA user_version").get()).toMatchObject({ user_version: version });
      after.close();
    }
    expect(() => store(join(folder, "missing", "x.db"))).toThrow(StoreUnusableError);
    expect(existsSync(join(folder, "missing"))).toBe(false);
  });
});

describe("a transaction that fails", () => {
  it("leaves memory and disk as they were, whatever it wrote", () => {
    const key = fc.constantFrom("a", "b", "c", "d", "a/x", "a/y");
    const write = fc.record({ key, value: fc.option(fc.integer(), { nil: undefined }) });
    fc.assert(
      fc.property(fc.array(write), fc.array(write), (before, inside) => {
        const memory = new LibsqlStore(":memory:");
        const records = memory.collection<number>("c");
        const journal = memory.journal("j");
        const apply = (writes: typeof before) => {
          for (const { key: name, value } of writes) {
            if (value === undefined) records.delete(name);
            else records.put(name, value);
          }
        };
        apply(before);
        const entries = records.entries();
        const below = records.list("a/");
        expect(() =>
          memory.transaction(() => {
            apply(inside);
            memory.transaction(() => journal.append("t", [{ timestamp: 1, text: "lost" }]));
            throw new Error("no");
          }),
        ).toThrow("no");
        expect(records.entries()).toEqual(entries);
        expect(records.list("a/")).toEqual(below);
        expect(records.size).toBe(entries.length);
        expect(journal.read("t", { limit: 10 })).toEqual([]);
        journal.append("t", [{ timestamp: 1, text: "kept" }]);
        expect(journal.read("t", { limit: 10 })).toMatchObject([{ sequence: 1, text: "kept" }]);
        memory.close();
      }),
    );
  });

  it("is also one whose work is not done when it returns", () => {
    const records = store().collection<number>("c");
    expect(() => open[0] instanceof LibsqlStore && open[0].transaction(async () => records.put("k", 1))).toThrow("returned a promise");
    expect(records.has("k")).toBe(false);
  });
});

describe("a collection", () => {
  it("lists by prefix in the order of keys, and finds the same when it is opened again", () => {
    const keys = fc.array(fc.tuple(fc.string({ maxLength: 4 }), fc.boolean()), { maxLength: 30 });
    let round = 0;
    fc.assert(
      fc.property(keys, fc.string({ maxLength: 2 }), (changes, prefix) => {
        const path = join(folder, `${round++}.db`);
        const first = new LibsqlStore(path);
        const records = first.collection<string>("c");
        const model = new Map<string, string>();
        for (const [key, keep] of changes) {
          if (keep) {
            records.put(key, key);
            model.set(key, key);
          } else expect(records.delete(key)).toBe(model.delete(key));
          const expected = [...model.keys()].sort().filter((name) => name.startsWith(prefix));
          expect(records.list(prefix)).toEqual(expected);
        }
        first.close();
        const again = new LibsqlStore(path);
        expect(again.collection<string>("c").list()).toEqual([...model.keys()].sort());
        again.close();
      }),
      { numRuns: 15 },
    );
  });
});
