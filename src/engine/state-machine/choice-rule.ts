/** Whether a rule of a Choice state holds. A variable that is not there is an error, except for `IsPresent`. */
import type { Json } from "../../kit/json.ts";
import type { ChoiceRule } from "./definition.ts";
import { type Data, find } from "./path.ts";
import { StateError } from "./state-error.ts";

const comparison = /^(String|Numeric|Timestamp|Boolean)(Equals|LessThan|GreaterThan|LessThanEquals|GreaterThanEquals)(Path)?$/;
const typeTest = /^Is(Null|Present|Numeric|String|Boolean|Timestamp)$/;
const notOperators = new Set(["Next", "Variable", "Comment", "And", "Or", "Not"]);

/** The operators that stand in a rule beside Variable. */
export function operatorsOf(rule: ChoiceRule): string[] {
  return Object.keys(rule).filter((key) => !notOperators.has(key));
}

/** Whether the language has a comparison of that name: `StringEquals`, `NumericLessThanPath`, `IsNull` … */
export function isOperator(name: string): boolean {
  return (comparison.test(name) && !/^Boolean(Less|Greater)/.test(name)) || typeTest.test(name) || name === "StringMatches";
}

/**
 * Whether a choice rule is true of the data.
 * @throws StateError `States.Runtime` when a path leads nowhere
 */
export function holds(rule: ChoiceRule, data: Data): boolean {
  if (rule.And !== undefined) return rule.And.every((inner) => holds(inner, data));
  if (rule.Or !== undefined) return rule.Or.some((inner) => holds(inner, data));
  if (rule.Not !== undefined) return !holds(rule.Not, data);
  const { Variable = "$" } = rule;
  const [operator = ""] = operatorsOf(rule);
  const operand = rule[operator] as Json;
  const value = find(Variable, data);
  if (operator === "IsPresent") return (value !== undefined) === operand;
  if (value === undefined)
    throw new StateError("States.Runtime", `Invalid path '${Variable}': The choice state's condition path references an invalid value.`);
  const [, test] = typeTest.exec(operator) ?? [];
  if (test !== undefined) return isOfType(value, test) === operand;
  if (operator === "StringMatches") return typeof value === "string" && matches(value, String(operand));
  const [, type = "", relation = "", byPath] = comparison.exec(operator) ?? [];
  const other = byPath === undefined ? operand : find(String(operand), data);
  if (other === undefined)
    throw new StateError(
      "States.Runtime",
      `Invalid path '${String(operand)}': The choice state's condition path references an invalid value.`,
    );
  return compare(type, relation, value, other);
}

function isOfType(value: Json, test: string): boolean {
  switch (test) {
    case "Null":
      return value === null;
    case "Numeric":
      return typeof value === "number";
    case "String":
      return typeof value === "string";
    case "Boolean":
      return typeof value === "boolean";
    default:
      return isTimestamp(value);
  }
}

/** RFC 3339 with an upper-case T and a zone. */
export function isTimestamp(value: Json): value is string {
  return (
    typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value) && !Number.isNaN(Date.parse(value))
  );
}

/** Values of another type than the operator's never hold. */
function compare(type: string, relation: string, a: Json, b: Json): boolean {
  if (type === "Timestamp") return isTimestamp(a) && isTimestamp(b) && related(relation, Date.parse(a), Date.parse(b));
  const wanted = { String: "string", Numeric: "number", Boolean: "boolean" }[type];
  if (typeof a !== wanted || typeof b !== wanted) return false;
  return related(relation, a as string | number, b as string | number);
}

function related(relation: string, a: string | number, b: string | number): boolean {
  switch (relation) {
    case "Equals":
      return a === b;
    case "LessThan":
      return a < b;
    case "GreaterThan":
      return a > b;
    case "LessThanEquals":
      return a <= b;
    default:
      return a >= b;
  }
}

/** `*` stands for any characters, `\*` for itself. */
function matches(text: string, pattern: string): boolean {
  const parts = pattern.split(/(?<!\\)\*/).map((part) => part.replace(/\\(.)/g, "$1").replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(text);
}
