/** Describes fields from the schema, and values from the layers that made them. */

import { didYouMean } from "../manifest/did-you-mean.ts";
import { type Explained, explainValue } from "../manifest/explain.ts";
import { loadManifests } from "../manifest/load.ts";
import { defaultText, type Found, fieldsBelow, findFields, rangeText, typeText } from "../manifest/schema/describe.ts";
import { jsonSchema } from "../manifest/schema/json-schema.ts";
import { kindSchemas, kinds } from "../manifest/schema/kinds.ts";
import { ExitCode } from "../model/exit-code.ts";
import { failure } from "../model/failures.ts";
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
    for (const kind of kinds) {
      output.line(output.paint.strong(kind));
      listFields(kindSchemas[kind].document, output);
    }
    return ExitCode.done;
  }
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
  if (field.example !== undefined) output.line(`  example  ${JSON.stringify(field.example)}`);
  if (field.becomes !== undefined) output.line(`  becomes  ${field.becomes}`);
  listFields(field, output);
}

function listFields(field: Found["field"], output: Output): void {
  const below = fieldsBelow(field);
  const width = Math.max(0, ...below.map(([name]) => name.length));
  for (const [name, inner] of below) output.line(`    ${name.padEnd(width)}  ${inner.about}`);
}

function describeForProgram({ kind, path, field }: Found): object {
  return {
    kind,
    path,
    about: field.about,
    type: typeText(field),
    range: rangeText(field) ?? null,
    default: defaultText(field),
    example: field.example ?? null,
    becomes: field.becomes ?? null,
    fields: fieldsBelow(field).map(([name]) => name),
  };
}

function explainValues(found: readonly Found[], environment: string, context: VerbContext): ExitCode {
  const { given, output, cwd } = context;
  const loaded = loadManifests(readManifests(given.list("file"), cwd), loadOptions(context, environment));
  const wanted = given.text("service");
  const documents = [...loaded.services, ...loaded.jobs].filter(({ name }) => wanted === undefined || name === wanted);
  if (documents.length === 0) {
    noteDiagnostics(loaded.diagnostics, output);
    throw failure("FSD5002", `no manifest describes ${wanted ?? "a service or job"}`);
  }
  const explained = documents.flatMap((document) => {
    const own = found.find(({ kind }) => kind === document.kind);
    const tree = loaded.trees.get(document);
    if (own === undefined || tree === undefined) return [];
    const value: Explained = explainValue(own.path, document, tree) ?? { path: own.path, value: null, from: "not set" };
    return [{ name: document.name, ...value }];
  });
  if (output.format === "json") output.json(explained);
  else {
    for (const { name, path, value, from, written } of explained) {
      output.line(`${output.paint.strong(`${name} ${path}`)} = ${typeof value === "string" ? value : JSON.stringify(value)}`);
      output.line(`  from ${from}${written === undefined ? "" : `, written ${written}`}`);
    }
  }
  return ExitCode.done;
}
