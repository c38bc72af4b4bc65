/** Pages written from the schema: the reference of every field, the JSON Schema, the flat dialect. */
import { flatPage } from "./old-spellings/flat-page.ts";
import { defaultText, fieldsBelow, rangeText, typeText } from "./schema/describe.ts";
import type { Field } from "./schema/field.ts";
import { jsonSchema } from "./schema/json-schema.ts";
import { type Kind, kindSchemas, kinds } from "./schema/kinds.ts";
import { becomesText, exampleOf } from "./schema/notes.ts";

/** Every generated file by its path in the repository. */
export function generatedFiles(): Map<string, string> {
  const files = new Map<string, string>();
  files.set("schema/fsd.schema.json", `${JSON.stringify(jsonSchema(), undefined, 2)}\n`);
  files.set("docs/manifest-reference.md", referencePage());
  files.set("docs/flat-dialect.md", `${written}${flatPage()}`);
  return files;
}

const written = "<!-- Written by `npm run generate` from src/manifest; do not edit. -->\n";

function referencePage(): string {
  const sections = kinds.map((kind) => `## ${kind}\n\n${kindSchemas[kind].document.about}\n\n${table(kind)}`);
  return `${written}# Manifest reference\n\nEvery field of \`apiVersion: fsd/v1\`. \`fsd explain FIELD\` says the same on the command line, \`schema/fsd.schema.json\` says it to editors.\n\n${sections.join("\n")}`;
}

function table(kind: Kind): string {
  const rows: string[] = [];
  const visit = (field: Field, path: string): void => {
    for (const [name, inner] of fieldsBelow(field)) {
      const own = path === "" ? name : `${path}.${name}`;
      const example = exampleOf(kind, own, inner);
      const range = rangeText(inner);
      rows.push(
        `| \`${own}\` | ${[`${typeText(inner)}${range === undefined ? "" : ` (${range})`}`, defaultText(inner), inner.about, example === undefined ? "" : `\`${JSON.stringify(example)}\``, becomesText(kind, own, inner)].map(cell).join(" | ")} |`,
      );
      visit(inner, inner.type === "list" ? `${own}[]` : own);
    }
  };
  visit(kindSchemas[kind].document, "");
  return `| field | type | default | what it is | example | becomes |\n|---|---|---|---|---|---|\n${rows.join("\n")}\n`;
}

/** A bar would end the cell, a bracket would be taken for HTML. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("\n", " ");
}
