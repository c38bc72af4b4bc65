import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidPattern, parseFilterPattern } from "./filter-pattern.ts";

const matches = (pattern: string, ...messages: unknown[]): boolean[] =>
  messages.map((message) => parseFilterPattern(pattern)(typeof message === "string" ? message : JSON.stringify(message)));

describe("a filter pattern", () => {
  it("of terms asks for all of them, case and all, anywhere in the line", () => {
    expect(matches("ERROR timeout", "ERROR: connect timeout", "error: connect timeout", "ERROR")).toEqual([true, false, false]);
    expect(matches('"connect timeout"', "connect timeout", "timeout connect")).toEqual([true, false]);
    expect(matches("ERROR -ignored", "ERROR one", "ERROR ignored")).toEqual([true, false]);
    expect(matches('-"GET /health"', "GET /health 200", "GET /items 200")).toEqual([false, true]);
    expect(matches("?ERROR ?WARN", "WARN x", "ERROR y", "INFO z")).toEqual([true, true, false]);
    expect(matches("%5\\d\\d%", "status 503", "status 200")).toEqual([true, false]);
  });

  it("takes no account of optional terms beside required ones, as AWS documents", () => {
    expect(matches("?WARN ERROR", "ERROR", "WARN", "WARN ERROR")).toEqual([true, false, true]);
  });

  it("selects in JSON by path, comparison and combination", () => {
    expect(matches("{ $.status = 500 }", { status: 500 }, { status: 200 }, "status 500", { code: 500 })).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(matches("{ $.status >= 400 && $.status < 500 }", { status: 404 }, { status: 500 })).toEqual([true, false]);
    expect(matches('{ ($.level = "ERR*") || ($.ms > 1.5e2) }', { level: "ERROR" }, { ms: 151 }, { ms: 150 })).toEqual([true, true, false]);
    expect(matches("{ $.user.name = ann }", { user: { name: "ann" } }, { user: "ann" })).toEqual([true, false]);
    expect(matches("{ $.tags[1] = b }", { tags: ["a", "b"] }, { tags: ["b"] })).toEqual([true, false]);
    expect(matches("{ $.items[*].id = 7 }", { items: [{ id: 1 }, { id: 7 }] }, { items: [] })).toEqual([true, false]);
    expect(matches("{ $['a.b'] != 1 }", { "a.b": 2 }, { "a.b": 1 }, {})).toEqual([true, false, false]);
    expect(matches("{ $.path = %^/items/[0-9]+$% }", { path: "/items/12" }, { path: "/items" })).toEqual([true, false]);
    expect(matches("{ $.a IS NULL }", { a: null }, {}, { a: 0 })).toEqual([true, false, false]);
    expect(matches("{ $.a NOT EXISTS }", { a: null }, {})).toEqual([false, true]);
    expect(matches("{ $.ok IS TRUE || $.ok IS FALSE }", { ok: true }, { ok: false }, { ok: "true" })).toEqual([true, true, false]);
  });

  it("reads space-delimited fields from both ends", () => {
    const line = '127.0.0.1 - ann [10/Oct/2026:13:25:15] "GET /items HTTP/1.1" 404 1534';
    expect(matches("[ip, id, user, time, request, status = 4*, bytes > 1000]", line)).toEqual([true]);
    expect(matches('[..., request = "GET *", status = 5* || status = 404, bytes]', line)).toEqual([true]);
    expect(matches("[ip, ..., bytes < 1000]", line)).toEqual([false]);
    expect(matches("[one, two]", line)).toEqual([false]);
  });

  it("that is malformed is refused in words", () => {
    for (const pattern of ["ERROR:", '"open', "{ $.a }", "{ $.a = }", "{ $.a = 1", "{ $.a < b }", "[a, b", "{ ($.a = 1 }", "%(%"]) {
      expect(() => parseFilterPattern(pattern), pattern).toThrow(InvalidPattern);
    }
  });

  it("is a predicate or refused, whatever it says", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."{}[]$.=!<>&|()%\"'*-? aA0,") }), fc.json(), (pattern, message) => {
        try {
          expect(typeof parseFilterPattern(pattern)(message)).toBe("boolean");
        } catch (failure) {
          expect(failure).toBeInstanceOf(InvalidPattern);
        }
      }),
    );
  });
});
