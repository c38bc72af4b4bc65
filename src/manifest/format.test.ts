import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isMap, isSeq, parseAllDocuments } from "yaml";
import { catalogue } from "../../test/support/catalogue.ts";
import { formatManifest } from "./format.ts";
import { loadManifests } from "./load.ts";

const golden = new URL("../../test/golden/", import.meta.url).pathname;
const format = (source: string, upgrade = false): string => {
  const formatted = formatManifest(source, upgrade);
  if ("refused" in formatted) throw new Error(formatted.refused);
  return formatted.text;
};

describe("formatting a manifest", () => {
  it("puts keys in the schema's order; comments and blank lines go with them", () => {
    expect(
      format(`# the shop
kind: Service   # what it is
apiVersion: fsd/v1

# how it runs
service:
    # where it listens
    port: 8000
    image: a/b:1

    # slow to start
    healthCheck: { timeout: 2, path: /health }
    # last words
metadata: {owners: ["@a"], name: items}
`),
    ).toBe(`# the shop
apiVersion: fsd/v1
kind: Service # what it is
metadata: {name: items, owners: ["@a"]}

# how it runs
service:
  image: a/b:1
  # where it listens
  port: 8000

  # slow to start
  healthCheck: {path: /health, timeout: 2}
  # last words
`);
  });

  it("keeps how values are spelt, unknown keys at the end, and what templates are patched with", () => {
    const source = `apiVersion: fsd/v1
kind: Service
metadata: {name: api}
service:
  environment:
    ZIP: 012345
    VERSION: 1.10
    HEX: 0x1F
    EMPTY:
    QUOTED: "yes"
    TEXT: |
      two
      lines
environments:
  prod:
    service: {port: 80, unknown: 1}
overrides:
  - path: /Resources/X
    value: {Type: b, A: c}
`;
    expect(format(source)).toBe(source);
  });

  it("leaves YAML alone that is not fsd's", () => {
    const source = "services: { web:   {image: x} }\n";
    expect(format(source)).toBe(source);
  });

  it("moves nothing where an alias needs its anchor first", () => {
    const source = "kind: Service\napiVersion: fsd/v1\nmetadata: &m {name: api}\nenvironments:\n  dev: {metadata: *m}\n";
    expect(format(source)).toBe(source);
  });

  it("upgrades old spellings when asked to, wherever they stand", () => {
    const source = `apiVersion: fsd/v1
kind: Service
metadata:
  name: api
  team: shop # ours
environments:
  prod:
    service:
      autoScaling: {targetCPU: 60}
`;
    expect(format(source)).toBe(source);
    expect(format(source, true)).toBe(source.replace("team", "pack").replace("targetCPU", "targetCPUUtilization"));
  });

  it.each(readdirSync(golden))("golden %s means the same afterwards, and formatting it again changes nothing", (situation) => {
    const source = readFileSync(join(golden, situation, "fsd.yml"), "utf8");
    const text = format(source);
    expect(format(text)).toBe(text);
    const meaning = (manifest: string): unknown => {
      const { services, jobs, environments } = loadManifests([{ file: "fsd.yml", bytes: Buffer.from(manifest) }], { environment: "prod" });
      return JSON.parse(JSON.stringify({ services, jobs, environments }, (key, value) => (key === "place" ? undefined : value)));
    };
    expect(meaning(text)).toEqual(meaning(source));
  });

  it("is the same the second time, keeps every anchor and every quote, whatever order and spacing it was written in", () => {
    const texts = Object.values(catalogue);
    fc.assert(
      fc.property(
        fc.nat(),
        fc.nat(),
        fc.array(fc.record({ at: fc.nat(), put: fc.constantFrom("\n", "  # said\n", " ") }), { maxLength: 4 }),
        (which, turn, edits) => {
          const documents = parseAllDocuments(texts[which % texts.length] as string);
          for (const document of documents) shuffle(document.contents, turn);
          let text = documents.map((document) => document.toString({ lineWidth: 0 })).join("");
          for (const { at, put } of edits) {
            const end = text.indexOf("\n", at % text.length);
            if (end > 0) text = text.slice(0, end) + put + text.slice(end);
          }
          const first = formatManifest(text);
          if ("refused" in first) return;
          expect(formatManifest(first.text)).toEqual(first);
          expect(formatManifest(first.text, true)).toEqual(first);
          for (const mark of [/"[^"\n]*"/g, /# said/g]) expect(first.text.match(mark)?.length).toBe(text.match(mark)?.length);
        },
      ),
      { numRuns: 60 },
    );
  }, 30_000);
});

/** Every map's keys, turned by so many places. */
function shuffle(node: unknown, turn: number): void {
  if (isSeq(node)) for (const item of node.items) shuffle(item, turn);
  if (!isMap(node)) return;
  const places = turn % Math.max(1, node.items.length);
  node.items = [...node.items.slice(places), ...node.items.slice(0, places)];
  for (const { value } of node.items) shuffle(value, turn);
}
