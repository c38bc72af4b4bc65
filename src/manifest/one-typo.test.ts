import { describe, expect, it } from "vitest";
import { isMap, isSeq } from "yaml";
import { catalogue } from "../../test/support/catalogue.ts";
import { fieldSpots, put } from "../../test/support/field-spots.ts";
import { formatDiagnostic } from "./diagnostic.ts";
import { loadManifests } from "./load.ts";

const told = (text: string): string[] =>
  loadManifests([{ file: "f", bytes: Buffer.from(text) }], { environment: "prod" })
    .diagnostics.filter(({ severity }) => severity !== "info")
    .map(formatDiagnostic);

const placeIn = (text: string, offset: number): string => {
  const before = text.slice(0, offset);
  return `f:${before.split("\n").length}:${offset - before.lastIndexOf("\n")} `;
};

describe.each(Object.entries(catalogue))("%s", (_, text) => {
  it("is right", () => expect(told(text)).toEqual([]));

  const all = fieldSpots(text);

  it("with any field misspelt gives one error, at that field", () => {
    const wrong: unknown[] = [];
    for (const [index, { key }] of all.entries()) {
      if (key === undefined) continue;
      const name = text.slice(key.start, key.end);
      const typo = index % 2 === 0 || name.length < 3 ? `${name}x` : name.slice(1);
      const lines = told(put(text, key, typo));
      if (lines.length !== 1 || !(lines[0] as string).startsWith(placeIn(text, key.start))) wrong.push({ path: key.path, typo, lines });
    }
    expect(wrong).toEqual([]);
  }, 30_000);

  it("with any value of a wrong type gives one error, at that value", () => {
    const wrong: unknown[] = [];
    for (const { value } of all) {
      if (value?.node == null) continue;
      for (const other of isSeq(value.node) ? ["{zz: 1}"] : isMap(value.node) ? ["[[1]]"] : ["[[1]]", "{zz: [1]}"]) {
        const lines = told(put(text, value, other));
        const places = [value.start, value.start + 1].map((offset) => placeIn(text, offset));
        if (lines.length !== 1 || !places.some((place) => lines[0]?.startsWith(place))) wrong.push({ path: value.path, other, lines });
      }
    }
    expect(wrong).toEqual([]);
  }, 30_000);
});
