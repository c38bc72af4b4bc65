// Writes, for each emulated service, the constraints AWS puts on requests: enum, length, range, pattern, required. The SDK's
// schemas do not carry them, botocore's API models do. A machine without botocore keeps what is committed, and says so.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { root } from "../installed.mjs";
import { services } from "./services.mjs";

export function files() {
  const written = new Map();
  const python = "import botocore; print(botocore.__version__); print(botocore.__path__[0])";
  const found = spawnSync("python3", ["-c", python], { encoding: "utf8" });
  if (found.status !== 0) {
    console.log("generate: skipped request constraints [not on this machine: botocore]");
    return written;
  }
  const [version, folder] = found.stdout.trim().split("\n");
  const committed = committedVersion();
  if (process.argv.includes("--check") && committed !== undefined && committed !== version) {
    console.log(`generate: skipped request constraints [written with botocore ${committed}, on this machine: ${version}]`);
    return written;
  }
  for (const { service, botocore, knows = () => true, enums = true } of services) {
    const table = constraintsOf(model(join(folder, "data", botocore)), knows, enums);
    written.set(pathOf(service), render({ botocore: version, ...table }));
  }
  return written;
}

function pathOf(service) {
  return `src/platform/gateway/generated/constraints/${service}.json`;
}

/** The version of botocore whose models the committed tables were made from. */
function committedVersion() {
  const first = join(root, pathOf(services[0].service));
  return existsSync(first) ? JSON.parse(readFileSync(first, "utf8")).botocore : undefined;
}

/** The newest API model of a service. */
function model(folder) {
  const version = readdirSync(folder).sort().at(-1);
  const plain = join(folder, version, "service-2.json");
  return JSON.parse(existsSync(plain) ? readFileSync(plain, "utf8") : gunzipSync(readFileSync(`${plain}.gz`)).toString("utf8"));
}

/**
 * `rules`: every distinct constraint; a rule may point to the rules of a list's members or a map's keys and values.
 * `members`: structure → member → place in `rules`. `required`: structure → members that must be given.
 */
export function constraintsOf({ shapes, operations }, knows, enums) {
  const rules = [];
  const places = new Map();
  const members = {};
  const required = {};
  const seen = new Set();

  const ruleOf = (shapeName, path = []) => {
    if (path.includes(shapeName)) return undefined;
    const shape = shapes[shapeName];
    const rule = {};
    if (shape.type === "structure") return visit(shapeName);
    if (shape.enum && enums) rule.enum = shape.enum;
    if (shape.min > 0 || (shape.min !== undefined && ["integer", "long", "float", "double"].includes(shape.type))) rule.min = shape.min;
    if (shape.max !== undefined) rule.max = shape.max;
    if (shape.pattern !== undefined && !shape.enum) {
      const pattern = compilable(shape.pattern);
      if (pattern !== undefined) {
        rule.pattern = shape.pattern;
        if (pattern !== shape.pattern) rule.js = pattern;
      }
    }
    const inner = [...path, shapeName];
    if (shape.type === "list") assign(rule, "member", ruleOf(shape.member.shape, inner));
    if (shape.type === "map") {
      assign(rule, "key", ruleOf(shape.key.shape, inner));
      assign(rule, "value", ruleOf(shape.value.shape, inner));
    }
    if (Object.keys(rule).length === 0) return undefined;
    const text = JSON.stringify(rule);
    if (!places.has(text)) places.set(text, rules.push(rule) - 1);
    return places.get(text);
  };

  const visit = (structure) => {
    if (seen.has(structure)) return undefined;
    seen.add(structure);
    const shape = shapes[structure];
    if (shape.required?.length > 0) required[structure] = shape.required;
    for (const [name, member] of Object.entries(shape.members ?? {})) {
      const rule = ruleOf(member.shape);
      if (rule === undefined) continue;
      members[structure] ??= {};
      members[structure][name] = rule;
    }
    return undefined;
  };

  for (const [name, operation] of Object.entries(operations)) if (knows(name) && operation.input) visit(operation.input.shape);
  return { rules, members, required };
}

function assign(rule, key, value) {
  if (value !== undefined) rule[key] = value;
}

/** A Java pattern as JavaScript reads it in unicode mode, or undefined when it cannot be said. */
function compilable(pattern) {
  // Unicode mode refuses escapes of characters that need none: /\_/ , /\:/ ; and AWS writes \p{Punct}-less classes only.
  const relaxed = pattern.replace(/\\([^\w\s])/g, (escaped, character) => ("^$\\.*+?()[]{}|/-".includes(character) ? escaped : character));
  const dashes = relaxed.replace(/\[(?:[^\]\\]|\\.)*\]|\\-/g, (piece) => (piece === "\\-" ? "-" : piece));
  // A class that opens or closes with a dash or puts it between classes ([\w-:]) is a range to unicode mode.
  const ranges = dashes.replace(/\[(?:[^\]\\]|\\.)*\]/g, (set) => set.replace(/(\\[wdsWDS]|\\p\{\w+\})-(?!\])/g, "$1\\-"));
  for (const candidate of [pattern, relaxed, dashes, ranges]) {
    try {
      new RegExp(`^(?:${candidate})$`, "u");
      return candidate;
    } catch {
      // The next candidate may do.
    }
  }
  return undefined;
}

/** One line a rule and a structure, so that a change of the API reads as a small diff. */
function render({ botocore, rules, members, required }) {
  const block = (entries) => entries.map((entry) => `  ${entry}`).join(",\n");
  const rows = (table) =>
    block(
      Object.keys(table)
        .sort()
        .map((key) => `${JSON.stringify(key)}: ${JSON.stringify(table[key])}`),
    );
  return `{\n"botocore": ${JSON.stringify(botocore)},\n"rules": [\n${block(rules.map((rule) => JSON.stringify(rule)))}\n],\n"members": {\n${rows(members)}\n},\n"required": {\n${rows(required)}\n}\n}\n`;
}
