/**
 * Holds a tree against a field. What fits is kept, what does not is reported once and left out, so that everything
 * wrong is said in one go and nothing is said twice. `layer` mode is for a layer before merging: nothing is required
 * yet and texts with open `${…}` are left for later. `whole` mode is for the merged document.
 */
import type { Diagnostics } from "../diagnostic.ts";
import { didYouMean } from "../did-you-mean.ts";
import { hasMark } from "../text.ts";
import type { Entry, MapNode, Node, ScalarNode } from "../tree.ts";
import { kindName, quote } from "../tree.ts";
import type { ChoiceField, DurationField, EitherField, Field, NumberField, ObjectField, TextField, TextRules } from "./field.ts";

export interface CheckContext {
  readonly mode: "layer" | "whole";
  readonly diagnostics: Diagnostics;
  /** Put before paths that are shown: `environments.dev.`. */
  readonly shownPrefix?: string;
}

/** The part of the tree that fits the field; undefined when nothing of it does. */
export function check(node: Node, field: Field, path: string, context: CheckContext): Node | undefined {
  // `null` means "as if it were not there": a later layer takes a value back with it.
  if (node.kind === "scalar" && node.value === null && field.type !== "any") return context.mode === "layer" ? node : undefined;
  if (context.mode === "layer" && isOpen(node) && field.type !== "object" && field.type !== "list" && field.type !== "record") return node;
  switch (field.type) {
    case "any":
      return node;
    case "text":
      return checkText(node, field, path, context);
    case "number":
      return checkNumber(node, field, path, context);
    case "duration":
      return checkDuration(node, field, path, context);
    case "boolean": {
      const value = booleanOf(node);
      return value === undefined ? wrongType(node, "true or false", path, context, truthHint(node)) : withValue(node as ScalarNode, value);
    }
    case "choice":
      return checkChoice(node, field, path, context);
    case "list":
      return checkList(node, field, path, context);
    case "record": {
      if (node.kind !== "map") return wrongType(node, "a map", path, context);
      const entries = new Map<string, Entry>();
      for (const [key, entry] of node.entries) {
        const inner = `${path}.${key}`;
        if (field.key !== undefined) {
          const fault = textFault(key, field.key);
          if (fault !== undefined) {
            report(context, "FSD1106", entry.keyAt, inner, `${quote(key)} is not a valid name in ${path}`, fault);
            continue;
          }
        }
        const value = check(entry.value, field.value, inner, context);
        if (value !== undefined) entries.set(key, { ...entry, value });
      }
      return { ...node, entries };
    }
    case "either":
      return checkEither(node, field, path, context);
    case "object":
      return checkObject(node, field, path, context);
  }
}

function checkObject(given: Node, field: ObjectField, path: string, context: CheckContext): Node | undefined {
  if (given.kind !== "map") return wrongType(given, `a map with ${listed(Object.keys(field.fields))}`, path, context);
  const node = given;
  const entries = new Map<string, Entry>();
  for (const [key, entry] of node.entries) {
    const renamed = Object.hasOwn(field.renamed, key) ? field.renamed[key] : undefined;
    const name = renamed ?? key;
    const inner = path === "" ? name : `${path}.${name}`;
    const known = Object.hasOwn(field.fields, name) ? field.fields[name] : undefined;
    if (known === undefined) {
      const meant = didYouMean(key, [...Object.keys(field.fields), ...Object.keys(field.renamed)]);
      const near = Object.hasOwn(field.moved, key) ? field.moved[key] : meant === undefined ? undefined : (field.renamed[meant] ?? meant);
      const where = path === "" ? "this document" : path;
      report(
        context,
        "FSD1101",
        entry.keyAt,
        inner,
        `unknown field ${quote(key)} in ${where}`,
        near === undefined ? `it has ${listed(Object.keys(field.fields))}` : `did you mean ${near}?`,
      );
      // A misspelt field silences rules on the field that was meant; one that resembles none may be any that is missing.
      if (near === undefined) breakMissing(node, field, path, context);
      else context.diagnostics.breaks(path === "" ? near : `${path}.${near}`);
      continue;
    }
    if (renamed !== undefined) {
      report(context, "FSD1108", entry.keyAt, inner, `${key} is an old spelling`, `write ${renamed}`);
      if (node.entries.has(renamed)) continue;
    }
    const value = check(entry.value, known, inner, context);
    if (value !== undefined) entries.set(name, { keyAt: entry.keyAt, value });
  }
  const result: MapNode = { ...node, entries };
  for (const group of field.alternatives) reportAlternatives(result, group, path, context);
  if (context.mode === "layer") return result;
  let complete = true;
  for (const [name, inner] of Object.entries(field.fields)) {
    if (inner.required !== true || entries.has(name)) continue;
    complete = false;
    const innerPath = path === "" ? name : `${path}.${name}`;
    if (context.diagnostics.isBroken(innerPath)) continue;
    report(
      context,
      "FSD1103",
      node.at,
      innerPath,
      `${innerPath} is missing`,
      `add ${name}: ${inner.about.charAt(0).toLowerCase()}${inner.about.slice(1)}`,
    );
  }
  // Half a thing is none: what comes after may rely on every required field. The document as a whole is judged by its reader.
  return complete || path === "" ? result : undefined;
}

function breakMissing(node: MapNode, field: ObjectField, path: string, { diagnostics }: CheckContext): void {
  for (const [name, { required }] of Object.entries(field.fields))
    if (required === true && !node.entries.has(name)) diagnostics.breaks(path === "" ? name : `${path}.${name}`);
}

function reportAlternatives(node: MapNode, group: readonly (readonly string[])[], path: string, context: CheckContext): void {
  const chosen = group.filter((names) => names.some((name) => isGiven(node, name)));
  if (chosen.length < 2) return;
  const [first, second] = chosen.map((names) => names.filter((name) => isGiven(node, name)));
  const entry = node.entries.get((second as string[])[0] as string) as Entry;
  const inner = path === "" ? (second as string[])[0] : `${path}.${(second as string[])[0]}`;
  report(
    context,
    "FSD1107",
    entry.keyAt,
    inner as string,
    `${(first as string[]).join(" and ")} and ${(second as string[]).join(" and ")} exclude each other`,
    `keep one of ${group.map((names) => names.join(" + ")).join(" | ")}`,
  );
}

function isGiven(node: MapNode, name: string): boolean {
  const value = node.entries.get(name)?.value;
  return value !== undefined && !(value.kind === "scalar" && (value.value === null || value.value === false));
}

function checkList(node: Node, field: Field & { type: "list" }, path: string, context: CheckContext): Node | undefined {
  if (node.kind !== "list") return wrongType(node, "a list", path, context);
  // Items that were refused before are missing here without being too few.
  if ((node.items.length < field.min && !context.diagnostics.isBroken(path)) || node.items.length > field.max) {
    const wanted = field.max >= 500 ? `at least ${field.min}` : field.min === 0 ? `at most ${field.max}` : `${field.min} to ${field.max}`;
    report(context, "FSD1109", node.at, path, `${path} has ${node.items.length} items`, `give ${wanted}`);
  }
  const items: Node[] = [];
  node.items.forEach((item, index) => {
    const value = check(item, field.item, `${path}[${index}]`, context);
    if (value !== undefined) items.push(value);
  });
  return { ...node, items };
}

function checkText(node: Node, field: TextField, path: string, context: CheckContext): Node | undefined {
  if (node.kind !== "scalar") return wrongType(node, "a text", path, context);
  let value = node.value;
  if (typeof value === "number" || typeof value === "boolean") {
    if (field.anyScalar !== true) return wrongType(node, "a text", path, context, `put it in quotes: "${node.source}"`);
    value = node.source;
  }
  if (context.mode === "whole" && hasMark(value as string)) return withValue(node, value);
  const fault = textFault(value as string, field);
  if (fault !== undefined)
    return refuse(context, "FSD1106", node, path, `${quote(value as string)} is not ${field.form ?? "a valid text"} for ${path}`, fault);
  return withValue(node, value);
}

/** What a text must be, when it is not. */
function textFault(value: string, rules: TextRules): string | undefined {
  if (rules.pattern !== undefined && !rules.pattern.test(value)) return `write ${rules.form ?? String(rules.pattern)}`;
  const min = rules.min ?? 1;
  if (value.length < min) return min === 1 ? "it may not be empty" : `write at least ${min} characters`;
  if (rules.max !== undefined && value.length > rules.max) return `it has ${value.length} characters, at most ${rules.max} are allowed`;
  return undefined;
}

function checkNumber(node: Node, field: NumberField, path: string, context: CheckContext): Node | undefined {
  const value = numberOf(node);
  const wanted = field.integer ? "a whole number" : "a number";
  if (value === undefined) {
    return wrongType(node, wanted, path, context, numberHint(node));
  }
  if (field.integer && !Number.isInteger(value)) return wrongType(node, wanted, path, context);
  if (value < field.min || value > field.max) {
    return refuse(context, "FSD1105", node, path, `${path} ${value} is out of range`, rangeHint(field.min, field.max));
  }
  return withValue(node as ScalarNode, value);
}

/** The number that a text most likely means. */
function numberHint(node: Node): string {
  if (node.kind !== "scalar" || typeof node.value !== "string") return "";
  if (/^-?\d+(\.\d+)?$/.test(node.value)) return node.quoted ? "remove the quotes" : "";
  if (/^\d[\d_]*$/.test(node.value)) return `write ${node.value.replaceAll("_", "")}`;
  const [, amount, unit] = /^(\d+)\s*(s|sec|seconds?|%|mi?b|gi?b)$/i.exec(node.value) ?? [];
  if (amount === undefined || unit === undefined) return "";
  return `write ${/^g/i.test(unit) ? Number(amount) * 1024 : amount}`;
}

/** YAML 1.1 read these as true and false; YAML 1.2 reads texts. */
function truthHint(node: Node): string {
  const text = node.kind === "scalar" ? String(node.value).toLowerCase() : "";
  return /^(yes|on|y|1|true)$/.test(text) ? "write true" : /^(no|off|n|0|false)$/.test(text) ? "write false" : "";
}

function rangeHint(min: number, max: number, unit = ""): string {
  return max === Number.MAX_SAFE_INTEGER ? `use ${min}${unit} or more` : `use ${min}${unit} to ${max}${unit}`;
}

/** What a time span looks like. */
export const secondsPattern = "^(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s?)?$";

/** Seconds of `90`, `90s`, `30m`, `1h`, `1h30m`, `2d`. */
function secondsOf(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  const match = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
  if (match === null || text === "") return undefined;
  const [, days, hours, minutes, seconds] = match;
  return Number(days ?? 0) * 86_400 + Number(hours ?? 0) * 3_600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
}

function checkDuration(node: Node, field: DurationField, path: string, context: CheckContext): Node | undefined {
  const seconds =
    node.kind === "scalar" && (typeof node.value === "number" || typeof node.value === "string")
      ? secondsOf(String(node.value))
      : undefined;
  if (seconds === undefined) return wrongType(node, "a time span", path, context, "write it like 45s, 30m or 1h");
  if (seconds < field.min || seconds > field.max) {
    return refuse(
      context,
      "FSD1105",
      node,
      path,
      `${path} ${(node as ScalarNode).source} is out of range`,
      rangeHint(field.min, field.max, " s"),
    );
  }
  return withValue(node as ScalarNode, seconds);
}

function checkChoice(node: Node, field: ChoiceField, path: string, context: CheckContext): Node | undefined {
  if (node.kind !== "scalar") return wrongType(node, `one of ${field.values.join(", ")}`, path, context);
  const value = field.values.find(
    (candidate) => candidate === node.value || (typeof candidate === "number" && candidate === numberOf(node)),
  );
  if (value !== undefined) return withValue(node, value);
  const words = field.values.map(String);
  const near = typeof node.value === "string" ? didYouMean(node.value, words) : undefined;
  return refuse(
    context,
    "FSD1104",
    node,
    path,
    `${path} cannot be ${quote(node.source)}`,
    near === undefined ? `use one of ${words.join(", ")}` : `did you mean ${near}?`,
  );
}

function checkEither(node: Node, field: EitherField, path: string, context: CheckContext): Node | undefined {
  const fitting = field.options.find((option) => fits(node, option));
  if (fitting !== undefined) return check(node, fitting, path, context);
  return wrongType(node, field.options.map(typeName).join(" or "), path, context);
}

function fits(node: Node, field: Field): boolean {
  switch (field.type) {
    case "object":
    case "record":
      return node.kind === "map";
    case "list":
      return node.kind === "list";
    case "boolean":
      return booleanOf(node) !== undefined;
    case "number":
      return numberOf(node) !== undefined;
    case "text":
      return node.kind === "scalar" && (typeof node.value === "string" || field.anyScalar === true);
    default:
      return node.kind === "scalar";
  }
}

/** What a person calls a field's type. */
export function typeName(field: Field): string {
  switch (field.type) {
    case "object":
    case "record":
      return "a map";
    case "list":
      return "a list";
    case "boolean":
      return "true or false";
    case "number":
      return field.integer ? "a whole number" : "a number";
    case "duration":
      return "a time span";
    case "choice":
      return `one of ${field.values.join(", ")}`;
    case "either":
      return field.options.map(typeName).join(" or ");
    case "any":
      return "any value";
    case "text":
      return "a text";
  }
}

/** A number, or a text that came out of `${…}` and reads as one. */
function numberOf(node: Node): number | undefined {
  if (node.kind !== "scalar") return undefined;
  if (typeof node.value === "number") return node.value;
  if (node.at.written === undefined || typeof node.value !== "string" || !/^-?\d+(\.\d+)?$/.test(node.value)) return undefined;
  return Number(node.value);
}

function booleanOf(node: Node): boolean | undefined {
  if (node.kind !== "scalar") return undefined;
  if (typeof node.value === "boolean") return node.value;
  if (node.at.written === undefined) return undefined;
  return node.value === "true" ? true : node.value === "false" ? false : undefined;
}

function isOpen(node: Node): boolean {
  return node.kind === "scalar" && typeof node.value === "string" && node.value.includes("${");
}

function withValue(node: ScalarNode, value: ScalarNode["value"]): ScalarNode {
  return node.value === value ? node : { ...node, value };
}

function wrongType(node: Node, wanted: string, path: string, context: CheckContext, hint?: string): undefined {
  const written = node.at.written === undefined ? "" : ` (from ${quote(node.at.written)})`;
  return refuse(
    context,
    "FSD1102",
    node,
    path,
    `${path === "" ? "the document" : path} must be ${wanted}, not ${kindName(node)}${written}`,
    hint ?? "",
  );
}

function refuse(
  context: CheckContext,
  code: "FSD1102" | "FSD1104" | "FSD1105" | "FSD1106",
  node: Node,
  path: string,
  message: string,
  hint: string,
): undefined {
  report(context, code, node.at, path, message, hint);
  return undefined;
}

function report(
  context: CheckContext,
  code: Parameters<Diagnostics["report"]>[0],
  at: Node["at"],
  path: string,
  message: string,
  hint: string,
): void {
  if (code !== "FSD1108") context.diagnostics.breaks(path);
  const { file, line, column } = at;
  context.diagnostics.report(code, { file, line, column }, `${context.shownPrefix ?? ""}${path}`, message, hint);
}

function listed(words: readonly string[]): string {
  return words.length > 12 ? `${words.slice(0, 12).join(", ")} …` : words.join(", ");
}

/** The value of a checked tree. */
export function contentOf(node: Node): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(contentOf);
  const value: Record<string, unknown> = {};
  for (const [key, entry] of node.entries) {
    // `__proto__` as a key must become an ordinary property.
    Object.defineProperty(value, key, { value: contentOf(entry.value), enumerable: true, writable: true, configurable: true });
  }
  return value;
}
