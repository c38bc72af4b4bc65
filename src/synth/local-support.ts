/** What a document becomes that the local platform lacks, as diagnostics at the fields it comes from. */
import { type Diagnostic, Diagnostics, type Place } from "../manifest/diagnostic.ts";
import type { Dependency, Patch, ResolvedEnvironment, ResolvedJob, ResolvedService } from "../manifest/resolved.ts";
import { type MapNode, nodeAt, placeOf } from "../manifest/tree.ts";
import { synthesizeEnvironment } from "./environment/synthesize-environment.ts";
import { type FieldResources, fieldResources } from "./field-resources.ts";
import { localTypes } from "./generated/local-types.ts";
import { synthesizeJob } from "./job/synthesize-job.ts";
import { synthesizeService } from "./service/synthesize-service.ts";
import type { Template } from "./template.ts";

type LocalDocument = ResolvedService | ResolvedJob | ResolvedEnvironment;

/** The document's own tree says which field is to blame; without one the document as a whole is. */
export function missingOnLocal(
  document: LocalDocument,
  environment: ResolvedEnvironment,
  tree: MapNode | undefined,
): readonly Diagnostic[] {
  const lacking = new Set<string>();
  for (const { Type } of Object.values(templateOf(document, environment).Resources)) if (!localTypes.has(Type)) lacking.add(Type);
  const blamed = new Map<string, { place: Place; types: string[] }>();
  for (const type of lacking) {
    for (const { field, place } of origins(type, document, tree)) {
      const { file, line, column } = place;
      const known = blamed.get(field) ?? { place: { file, line, column }, types: [] };
      known.types.push(type);
      blamed.set(field, known);
    }
  }
  const found = new Diagnostics();
  for (const [field, { place, types }] of blamed) {
    found.report(
      "FSD1904",
      place,
      field,
      `${field} becomes ${types.sort().join(", ")}, which the local platform does not have`,
      "leave it out under environments.local, or deploy to another environment",
    );
  }
  return found.sorted();
}

function templateOf(document: LocalDocument, environment: ResolvedEnvironment): Template {
  if (document.kind === "Environment") return synthesizeEnvironment(document);
  return document.kind === "Job" ? synthesizeJob(document, environment) : synthesizeService(document, environment);
}

/** Every field that the type may come from in this document: a patch that writes it, else the fields that are given, the innermost only. */
function origins(type: string, document: LocalDocument, tree: MapNode | undefined): { field: string; place: Place }[] {
  const patch = patchesOf(document).findIndex(({ value }) => JSON.stringify(value)?.includes(JSON.stringify(type)));
  if (patch >= 0) return [{ field: `overrides[${patch}].value`, place: (patchesOf(document)[patch] as Patch).place }];
  const start = { file: document.file, line: 1, column: 1 };
  const fields = fieldResources
    .filter(({ kind, types }) => kind === document.kind && (types as readonly string[]).includes(type))
    .flatMap((row) => givenFields(row, document, tree));
  const deepest = Math.max(0, ...fields.map((field) => field.split(".").length));
  const chosen = fields.filter((field) => field.split(".").length === deepest);
  if (chosen.length === 0) chosen.push(document.kind.toLowerCase());
  return chosen.map((field) => ({ field, place: tree === undefined ? start : placeOf(tree, field) }));
}

/** The fields of a row that this document gives, with the numbers of the dependencies they belong to. */
export function givenFields({ field, dependency, value }: FieldResources, document: LocalDocument, tree: MapNode | undefined): string[] {
  const candidates = field.startsWith("dependencies[]")
    ? dependenciesOf(document).flatMap(({ type }, index) =>
        dependency === undefined || dependency === type ? [field.replace("[]", `[${index}]`)] : [],
      )
    : [field];
  return candidates.filter((candidate) => {
    const node = nodeAt(tree, candidate);
    if (node?.kind !== "scalar") return node !== undefined;
    return value === undefined ? node.value !== null && node.value !== false && node.value !== 0 : node.value === value;
  });
}

function dependenciesOf(document: LocalDocument): readonly Dependency[] {
  if (document.kind === "Environment") return [];
  return document.kind === "Job" ? document.task.dependencies : document.dependencies;
}

function patchesOf(document: LocalDocument): readonly Patch[] {
  if (document.kind === "Environment") return [];
  return document.kind === "Job" ? document.task.overrides : document.overrides;
}
