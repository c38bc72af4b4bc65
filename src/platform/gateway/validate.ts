/**
 * Refuses requests AWS would refuse before the service sees them: wrong types, missing members, broken enum, length,
 * range and pattern constraints. The SDK's deserialisers are lenient, so types are checked here, on the parsed value;
 * the constraints come from the generated tables. All broken constraints are told at once, in AWS's words.
 */
import type { Shape } from "./schema.ts";
import { membersOf } from "./schema.ts";

/** One constraint of the table; a list's and a map's rules point to the rules of their content. */
export interface Rule {
  readonly enum?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  /** As AWS writes it, in Java's dialect. */
  readonly pattern?: string;
  /** The same for JavaScript, where the dialects differ. */
  readonly js?: string;
  readonly member?: number;
  readonly key?: number;
  readonly value?: number;
}

/** See `tools/generators/constraints.mjs`. */
export interface ConstraintTable {
  readonly rules: readonly Rule[];
  /** Structure → member → index of its rule. */
  readonly members: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly required: Readonly<Record<string, readonly string[]>>;
}

export type Problem =
  /** A JSON string where a number belongs and the like; AWS stops at the first of these. */
  | { readonly kind: "type"; readonly path: string; readonly found: string; readonly expected: string }
  | { readonly kind: "missing"; readonly path: string; readonly member: string }
  /** `requirement`: "Member must have length less than or equal to 255". `shown`: undefined when the value is sensitive. */
  | { readonly kind: "constraint"; readonly path: string; readonly shown: string | undefined; readonly requirement: string };

/** Everything wrong with `input`, in the order of its members. */
export function validate(input: unknown, shape: Shape, table: ConstraintTable): Problem[] {
  const walk = new Walk(table);
  walk.value(input, shape, undefined, "");
  return walk.problems;
}

class Walk {
  readonly problems: Problem[] = [];
  readonly #table: ConstraintTable;

  constructor(table: ConstraintTable) {
    this.#table = table;
  }

  value(value: unknown, shape: Shape, rule: Rule | undefined, path: string): void {
    if (shape.isUnitSchema()) return;
    const mismatch = typeMismatch(value, shape);
    if (mismatch !== undefined) {
      this.problems.push({ kind: "type", path, ...mismatch });
      return;
    }
    if (rule !== undefined) this.#rule(value, shape, rule, path);
    if (shape.isStructSchema()) this.#structure(value as Record<string, unknown>, shape, path);
    else if (shape.isListSchema()) {
      const member = shape.getValueSchema();
      (value as unknown[]).forEach((item, index) => {
        this.value(item, member, undefined, `${path}.${index + 1}.member`);
      });
    } else if (shape.isMapSchema()) {
      const member = shape.getValueSchema();
      for (const [key, item] of Object.entries(value as object)) this.value(item, member, undefined, `${path}.${key}.member`);
    }
  }

  #structure(value: Record<string, unknown>, shape: Shape, path: string): void {
    const name = shape.getName() ?? "";
    const required = this.#table.required[name];
    if (required !== undefined) {
      for (const member of required) {
        if (value[member] === undefined || value[member] === null) {
          this.problems.push({ kind: "missing", path: join(path, member), member });
        }
      }
    }
    const rules = this.#table.members[name];
    for (const [member, memberShape] of membersOf(shape)) {
      const item = value[member];
      if (item === undefined || item === null) continue;
      const rule = rules?.[member];
      this.value(item, memberShape, rule === undefined ? undefined : this.#table.rules[rule], join(path, member));
    }
  }

  #rule(value: unknown, shape: Shape, rule: Rule, path: string): void {
    for (const requirement of this.#broken(value, rule)) {
      const shown = shape.getMergedTraits().sensitive ? undefined : shortened(show(value));
      this.problems.push({ kind: "constraint", path, shown, requirement });
    }
  }

  /** What the value breaks of a rule and, for a list or map of scalars, of the rules of its content. */
  *#broken(value: unknown, rule: Rule): Generator<string> {
    yield* brokenByItself(value, rule);
    const content = (index: number | undefined): Rule | undefined => (index === undefined ? undefined : this.#table.rules[index]);
    const member = content(rule.member);
    if (member !== undefined && Array.isArray(value) && value.some((item) => !this.#holds(item, member))) {
      yield `Member must satisfy constraint: [${requirementsOf(member).join(", ")}]`;
    }
    if (value === null || typeof value !== "object" || Array.isArray(value)) return;
    const key = content(rule.key);
    if (key !== undefined && Object.keys(value).some((item) => !this.#holds(item, key))) {
      yield `Map keys must satisfy constraint: [${requirementsOf(key).join(", ")}]`;
    }
    const mapped = content(rule.value);
    if (mapped !== undefined && Object.values(value).some((item) => !this.#holds(item, mapped))) {
      yield `Map value must satisfy constraint: [${requirementsOf(mapped).join(", ")}]`;
    }
  }

  #holds(value: unknown, rule: Rule): boolean {
    return this.#broken(value, rule).next().done === true;
  }
}

function* brokenByItself(value: unknown, rule: Rule): Generator<string> {
  if (rule.enum !== undefined && !rule.enum.includes(value as string))
    yield `Member must satisfy enum value set: [${rule.enum.join(", ")}]`;
  const size = sizeOf(value);
  if (size !== undefined) {
    const what = typeof value === "number" ? "value" : "length";
    if (rule.max !== undefined && size > rule.max) yield `Member must have ${what} less than or equal to ${rule.max}`;
    if (rule.min !== undefined && size < rule.min) yield `Member must have ${what} greater than or equal to ${rule.min}`;
  }
  if (rule.pattern !== undefined && typeof value === "string" && !compiled(rule).test(value)) {
    yield `Member must satisfy regular expression pattern: ${rule.pattern}`;
  }
}

/** All a rule demands, as AWS lists it for the content of a list or map. */
function requirementsOf(rule: Rule): string[] {
  const requirements: string[] = [];
  if (rule.max !== undefined) requirements.push(`Member must have length less than or equal to ${rule.max}`);
  if (rule.min !== undefined) requirements.push(`Member must have length greater than or equal to ${rule.min}`);
  if (rule.pattern !== undefined) requirements.push(`Member must satisfy regular expression pattern: ${rule.pattern}`);
  if (rule.enum !== undefined) requirements.push(`Member must satisfy enum value set: [${rule.enum.join(", ")}]`);
  return requirements;
}

const patterns = new WeakMap<Rule, RegExp>();

function compiled(rule: Rule): RegExp {
  let pattern = patterns.get(rule);
  if (pattern === undefined) {
    pattern = new RegExp(`^(?:${rule.js ?? rule.pattern})$`, "u");
    patterns.set(rule, pattern);
  }
  return pattern;
}

function sizeOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "string" || Array.isArray(value)) return value.length;
  if (value instanceof Uint8Array) return value.byteLength;
  if (value !== null && typeof value === "object" && !(value instanceof Date)) return Object.keys(value).length;
  return undefined;
}

function typeMismatch(value: unknown, shape: Shape): { found: string; expected: string } | undefined {
  const expected = expectation(value, shape);
  return expected === undefined ? undefined : { found: kindOf(value), expected };
}

/** The type that was expected, or undefined when the value is of it. */
function expectation(value: unknown, shape: Shape): string | undefined {
  if (shape.isStringSchema()) return typeof value === "string" || value instanceof String ? undefined : "a String";
  if (shape.isBooleanSchema()) return typeof value === "boolean" ? undefined : "a Boolean";
  if (shape.isNumericSchema()) return typeof value === "number" && !Number.isNaN(value) ? undefined : "a Number";
  if (shape.isTimestampSchema()) return value instanceof Date && !Number.isNaN(value.getTime()) ? undefined : "a Timestamp";
  if (shape.isBlobSchema()) return value instanceof Uint8Array ? undefined : "a Blob";
  if (shape.isListSchema()) return Array.isArray(value) ? undefined : "a List";
  if (shape.isMapSchema() || shape.isStructSchema()) {
    const plain =
      value !== null && typeof value === "object" && !Array.isArray(value) && !(value instanceof Uint8Array) && !(value instanceof Date);
    return plain ? undefined : shape.isMapSchema() ? "a Map" : "a Structure";
  }
  return undefined;
}

function kindOf(value: unknown): string {
  if (typeof value === "string") return "STRING_VALUE";
  if (typeof value === "number") return "NUMBER_VALUE";
  if (typeof value === "boolean") return value ? "TRUE_VALUE" : "FALSE_VALUE";
  if (value === null || value === undefined) return "NULL_VALUE";
  if (Array.isArray(value)) return "START_ARRAY";
  return "START_OBJECT";
}

/** Member names begin with a small letter in AWS's messages, whatever the API calls them. */
function join(path: string, member: string): string {
  const name = member.slice(0, 1).toLowerCase() + member.slice(1);
  return path === "" ? name : `${path}.${name}`;
}

/** Of ten thousand log events a reader needs only the beginning to know which value is meant. */
const MOST_SHOWN = 1_000;

function shortened(text: string): string {
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}…`;
}

function show(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  if (value !== null && typeof value === "object" && !(value instanceof Date)) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${key}=${show(item)}`)
      .join(", ")}}`;
  }
  return String(value);
}
