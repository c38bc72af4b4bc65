import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LibsqlStore } from "./libsql-store.ts";
import type { Journal } from "./store.ts";

describe("a journal read by time", () => {
  let store: LibsqlStore;
  let journal: Journal;
  const texts = (lines: readonly { text: string }[]): string => lines.map(({ text }) => text).join("");

  beforeEach(() => {
    store = new LibsqlStore(":memory:");
    journal = store.journal("logs");
    // Two writers: the second's lines arrive late.
    journal.append(
      "s",
      [10, 20, 20, 30].map((timestamp, index) => ({ timestamp, text: "acde"[index] ?? "" })),
    );
    journal.append("s", [{ timestamp: 15, text: "b" }]);
    journal.append("other", [{ timestamp: 1, text: "x" }]);
  });
  afterEach(() => store.close());

  it("lines that arrived late stand where their time is", () => {
    expect(texts(journal.readByTime("s", { limit: 10 }))).toBe("abcde");
    expect(texts(journal.readByTime("s", { limit: 10, newestFirst: true }))).toBe("edcba");
    expect(texts(journal.readByTime("s", { from: 15, to: 30, limit: 10 }))).toBe("bcd");
    expect(texts(journal.readByTime("s", { from: 15, to: 30, limit: 2, newestFirst: true }))).toBe("dc");
  });

  it("pages in either direction meet every line once, also among equal times", () => {
    for (const newestFirst of [false, true]) {
      const seen: string[] = [];
      let page = journal.readByTime("s", { limit: 2, newestFirst });
      while (page.length > 0) {
        seen.push(texts(page));
        page = journal.readByTime("s", { limit: 2, newestFirst, after: page.at(-1)! });
      }
      expect(seen).toEqual(newestFirst ? ["ed", "cb", "a"] : ["ab", "cd", "e"]);
    }
  });

  it("trimming removes what is older and nothing else, and the sequence goes on", () => {
    expect(journal.trim("s", 20)).toBe(2);
    journal.append("s", [{ timestamp: 40, text: "f" }]);
    expect(texts(journal.readByTime("s", { limit: 10 }))).toBe("cdef");
    expect(texts(journal.read("s", { limit: 10 }))).toBe("cdef");
    expect(texts(journal.read("other", { limit: 10 }))).toBe("x");
  });

  it("lines written in a transaction that fails are not there, and the next ones take their places", () => {
    expect(() =>
      store.transaction(() => {
        journal.append("s", [{ timestamp: 50, text: "lost" }]);
        throw new Error("no");
      }),
    ).toThrow("no");
    store.transaction(() => journal.append("s", [{ timestamp: 60, text: "kept" }]));
    expect(journal.read("s", { from: 6, limit: 10 })).toEqual([{ sequence: 6, timestamp: 60, text: "kept" }]);
  });
});
