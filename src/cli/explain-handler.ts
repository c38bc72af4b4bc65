/** Describes fields from the schema, and values from the layers that made them. */

import { didYouMean } from "../manifest/did-you-mean.ts";
import { type Explained, explainValue } from "../manifest/explain.ts";
import { loadManifests } from "../manifest/load.ts";
import { BUILT_IN } from "../manifest/resolve-environment.ts";
import { defaultText, type Found, fieldsBelow, findFields, rangeText, typeText } from "../manifest/schema/describe.ts";
import { jsonSchema } from "../manifest/schema/json-schema.ts";
import { kindSchemas, kinds } from "../manifest/schema/kinds.ts";
import { becomesText, exampleOf } from "../manifest/schema/notes.ts";
import type { MapNode } from "../manifest/tree.ts";
import { ExitCode } from "../model/exit-code.ts";
import { failure } from "../model/failures.ts";
import { codePage, noSuchCode } from "./code-page.ts";
import { readManifests } from "./manifest-files.ts";
import { noteDiagnostics } from "./manifest-report.ts";
import type { Output } from "./output.ts";
import { loadOptions } from "./validate-handler.ts";
import type { Handler, VerbContext } from "./verb.ts";

export const schemaHandler: Handler = async ({ output }) => {
  output.raw(`${JSON.stringify(jsonSchema(), undefined, 2)}\n`);
  return ExitCode.done;
};

export const explainHandler: Handler = async (context) => {
  const { given, output } = context;
  const path = given.argument("field");
  if (path === undefined) {
    if (output.format === "json") {
      output.json(kinds.map((kind) => ({ kind, about: kindSchemas[kind].document.about, fields: namesBelow(kindSchemas[kind].document) })));
      return ExitCode.done;
    }
    for (const kind of kinds) {
      output.line(output.paint.strong(kind));
      listFields(kindSchemas[kind].document, output);
    }
    return ExitCode.done;
  }
  if (/^FSD/i.test(path)) return explainCode(path.toUpperCase(), output);
  const found = findFields(path);
  if (found.length === 0) throw unknownField(path);
  const environment = given.text("env");
  if (environment === undefined && given.list("file").length === 0) {
    if (output.format === "json") output.json(found.map(describeForProgram));
    else for (const field of found) describe(field, output);
    return ExitCode.done;
  }
  return explainValues(found, environment ?? "local", context);
};

function explainCode(code: string, output: Output): ExitCode {
  const page = codePage(code);
  if (page === undefined) {
    const { message, hint } = noSuchCode(code);
    throw failure("FSD5001", message, { hint });
  }
  if (output.format === "json") {
    output.json(page);
    return ExitCode.done;
  }
  const { title, weight, why, fix, examples } = page;
  output.line(`${output.paint.strong(`${code}: ${title}`)}\n${weight}\n\n${why}\n\n${output.paint.strong("What to do:")} ${fix}`);
  for (const sample of examples) output.line(`\n${sample.title}\n${sample.text.trimEnd().replaceAll(/^/gm, "  ")}`);
  return ExitCode.done;
}

function unknownField(path: string): Error {
  const names = kinds.flatMap((kind) =>
    fieldsBelow(kindSchemas[kind].document).flatMap(([name, field]) => [name, ...fieldsBelow(field).map(([inner]) => `${name}.${inner}`)]),
  );
  const near = didYouMean(path, names);
  return failure("FSD5001", `there is no field ${path}`, {
    hint: near === undefined ? "fsd explain lists the fields" : `did you mean ${near}?`,
  });
}

function describe({ kind, path, field }: Found, output: Output): void {
  const { paint } = output;
  output.line(`${paint.strong(path)} ${paint.faint(`(${kind})`)}`);
  output.line(`  ${field.about}`);
  const range = rangeText(field);
  output.line(`  type     ${typeText(field)}${range === undefined ? "" : ` (${range})`}`);
  output.line(`  default  ${defaultText(field)}`);
  const example = exampleOf(kind, path, field);
  if (example !== undefined) output.line(`  example  ${JSON.stringify(example)}`);
  output.line(`  becomes  ${becomesText(kind, path, field)}`);
  listFields(field, output);
}

function listFields(field: Found["field"], output: Output): void {
  const below = fieldsBelow(field);
  const width = Math.max(0, ...below.map(([name]) => name.length));
  for (const [name, inner] of below) output.line(`    ${name.padEnd(width)}  ${inner.about}`);
}

function namesBelow(field: Found["field"]): string[] {
  return fieldsBelow(field).map(([name]) => name);
}

function describeForProgram({ kind, path, field }: Found): object {
  return {
    kind,
    path,
    about: field.about,
    type: typeText(field),
    range: rangeText(field) ?? null,
    default: defaultText(field),
    example: exampleOf(kind, path, field) ?? null,
    becomes: becomesText(kind, path, field),
    fields: namesBelow(field),
  };
}

/** The tree of an environment that no document describes. */
const nothing: MapNode = { kind: "map", entries: new Map(), at: { file: BUILT_IN, line: 1, column: 1, layer: "file" } };

/** The full path with the places in lists that were asked for: `sidecars[0].name`. */
function withPlaces(full: string, asked: string): string {
  const bare = asked.replaceAll(/\[\d*\]/g, "");
  return full.endsWith(bare) ? full.slice(0, full.length - bare.length) + asked : full;
}

function explainValues(found: readonly Found[], environment: string, context: VerbContext): ExitCode {
  const { given, output, cwd } = context;
  const loaded = loadManifests(readManifests(given.list("file"), cwd), loadOptions(context, environment));
  const wanted = given.text("service");
  const described = found.every(({ kind }) => kind === "Environment") && loaded.environment !== undefined ? [loaded.environment] : [];
  const documents = [...loaded.services, ...loaded.jobs, ...described].filter(({ name }) => wanted === undefined || name === wanted);
  if (documents.length === 0) {
    noteDiagnostics(loaded.diagnostics, output);
    throw failure("FSD5002", `no manifest describes ${wanted ?? "a service or job"}`);
  }
  const surroundings = loaded.environment === undefined ? undefined : loaded.trees.get(loaded.environment);
  const explained = documents.flatMap((document) => {
    const own = found.find(({ kind }) => kind === document.kind);
    if (own === undefined) return [];
    const path = withPlaces(own.path, given.argument("field") ?? "");
    const tree = loaded.trees.get(document) ?? nothing;
    const value: Explained = explainValue(path, document, tree, { environment: surroundings, otherwise: own.field.otherwise }) ?? {
      path,
      value: null,
      from: "not set",
    };
    return [{ name: document.name, ...value }];
  });
  if (explained.length === 0) throw failure("FSD5002", `none of the manifests has a field ${given.argument("field")}`);
  if (output.format === "json") output.json(explained);
  else {
    for (const { name, path, value, from, written } of explained) {
      output.line(`${output.paint.strong(`${name} ${path}`)} = ${typeof value === "string" ? value : JSON.stringify(value)}`);
      output.line(`  from ${from}${written === undefined ? "" : `, written ${written}`}`);
    }
  }
  return ExitCode.done;
}
