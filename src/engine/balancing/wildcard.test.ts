import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesWildcard } from "./wildcard.ts";

/** The definition itself, without care for time. */
function naive(pattern: string, text: string): boolean {
  if (pattern === "") return text === "";
  if (pattern[0] === "*") return naive(pattern.slice(1), text) || (text !== "" && naive(pattern, text.slice(1)));
  return text !== "" && (pattern[0] === "?" || pattern[0] === text[0]) && naive(pattern.slice(1), text.slice(1));
}

describe("a wildcard pattern", () => {
  it("matches exactly what its definition says", () => {
    const letters = (alphabet: string, maxLength: number) => fc.string({ unit: fc.constantFrom(...alphabet), maxLength });
    fc.assert(
      fc.property(letters("ab*?", 8), letters("ab", 10), (pattern, text) => matchesWildcard(pattern, text) === naive(pattern, text)),
    );
  });

  it("takes no longer for a hostile text", () => {
    expect(matchesWildcard("*a*a*a*a*b", "a".repeat(16_000))).toBe(false);
  });
});
