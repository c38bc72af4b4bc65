import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { isMap, isSeq, parseAllDocuments } from "yaml";
import { catalogue } from "../../../test/support/catalogue.ts";
import { fieldSpots, put, type Spot } from "../../../test/support/field-spots.ts";
import type { Code } from "../codes.ts";
import { loadManifests } from "../load.ts";
import { jsonSchema } from "./json-schema.ts";

const root = new URL("../../../", import.meta.url).pathname;
const validate = new Ajv2020({ allErrors: false, strict: false }).compile(jsonSchema());
const documentsOf = (text: string): unknown[] => parseAllDocuments(text).map((document) => document.toJS() as unknown);
/** What the schema has against the documents of a text. */
const faults = (text: string): string[] =>
  documentsOf(text).flatMap((document) =>
    validate(document) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`),
  );

const manifests = ["examples", "test/golden"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.ya?ml$/.test(file) && !file.includes("node_modules"))
    .map((file) => join(folder, file))
    .filter((file) => /^apiVersion: fsd\//m.test(readFileSync(join(root, file), "utf8"))),
);

describe("the JSON Schema, asked by a validator of its own", () => {
  it.each(manifests)("has nothing against %s", (file) => expect(faults(readFileSync(join(root, file), "utf8"))).toEqual([]));

  it.each(Object.entries(catalogue))("has nothing against %s", (_, text) => expect(faults(text)).toEqual([]));

  it("is the one that is committed", () => {
    expect(JSON.parse(readFileSync(join(root, "schema/fsd.schema.json"), "utf8"))).toEqual(jsonSchema());
  });
});

/** What a schema can say; rules about several fields, references and places it cannot. */
const shape: readonly Code[] = ["FSD1101", "FSD1102", "FSD1104", "FSD1105", "FSD1106", "FSD1109"];

/** What depends on other fields, and numbers that are read as the text they were written as. */
const beyond = ({ path, field }: Spot): boolean =>
  path.endsWith(".metric") || (field.type === "text" && field.anyScalar === true && field.pattern !== undefined);

describe.each(Object.entries(catalogue))("in %s, what is put somewhere else", (_, text) => {
  const told = (changed: string): readonly Code[] =>
    loadManifests([{ file: "f", bytes: Buffer.from(changed) }], { environment: "prod" })
      .diagnostics.filter(({ severity }) => severity === "error")
      .map(({ code }) => code);

  it("is refused by both or by neither", () => {
    const apart: unknown[] = [];
    const all = fieldSpots(text);
    for (const [index, { key, value }] of all.entries()) {
      // A third of a long document is enough; the places are the same in the others.
      if (all.length > 60 && index % 3 !== 0) continue;
      const changes: string[] = [];
      if (key !== undefined && index % 2 === 0) changes.push(put(text, key, `${text.slice(key.start, key.end)}x`));
      if (value?.node != null && !beyond(value)) {
        const other = isSeq(value.node)
          ? "{zz: 1}"
          : isMap(value.node)
            ? "7"
            : ["[1]", '"€"', "-1", "99999999999", "true", "{a: b}"][index % 6];
        changes.push(put(text, value, other as string));
      }
      for (const changed of changes) {
        const codes = told(changed);
        const refused = faults(changed);
        const byShape = codes.some((code) => shape.includes(code));
        if (refused.length > 0 && codes.length === 0) apart.push({ path: (key ?? value)?.path, refused, codes });
        if (byShape && refused.length === 0)
          apart.push({
            path: (key ?? value)?.path,
            changed: changed.slice((value ?? key)?.start, ((value ?? key)?.start ?? 0) + 30),
            codes,
          });
      }
    }
    expect(apart).toEqual([]);
  }, 30_000);
});
