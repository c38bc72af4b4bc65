/**
 * Paths of the Amazon States Language: `$…` into a state's input, `$$…` into the context object, both JSONPath; and
 * reference paths, which name exactly one place and can be written to. JSONPath itself is RFC 9535, by json-p3.
 */
import { jsonpath } from "json-p3";
import { isObject, type Json } from "../../kit/json.ts";
import { StateError } from "./state-error.ts";

/** What a path reads from: `$` and `$$`. */
export interface Data {
  readonly input: Json;
  readonly context: Json;
}

/** Why a text is not a path; undefined when it is one. */
export function pathProblem(text: string): string | undefined {
  try {
    jsonpath.compile(withoutContext(text));
    return undefined;
  } catch (problem) {
    return (problem as Error).message;
  }
}

/** The value at the path, or undefined; of a path that may name several places, the list of all it finds. */
export function find(text: string, { input, context }: Data): Json | undefined {
  if (text === "$") return input;
  const query = jsonpath.compile(withoutContext(text));
  const values = query.query((text.startsWith("$$") ? context : input) as never).values() as Json[];
  return query.singularQuery() ? values[0] : values;
}

/** The value at the path; a path to nothing is `States.Runtime`, which no `Retry` or `Catch` by States.ALL takes. */
export function read(text: string, data: Data, field: string): Json {
  const value = find(text, data);
  if (value !== undefined) return value;
  const shown = JSON.stringify(text.startsWith("$$") ? data.context : data.input);
  throw new StateError(
    "States.Runtime",
    `The JSONPath '${text}' specified for the field '${field}' could not be found in the input '${shown}'`,
  );
}

function withoutContext(text: string): string {
  return text.startsWith("$$") ? text.slice(1) : text;
}

const step = /\.([^.[\]\s]+)|\['([^']+)'\]|\["([^"]+)"\]|\[(\d+)\]/y;

/** The steps of a reference path (`$.a['b'][0]`), or undefined when the text is none. */
export function referenceSteps(text: string): readonly (string | number)[] | undefined {
  if (!text.startsWith("$") || text.startsWith("$$")) return undefined;
  const steps: (string | number)[] = [];
  step.lastIndex = 1;
  while (step.lastIndex < text.length) {
    const match = step.exec(text);
    if (match === null) return undefined;
    const [, dotted, quoted, doubleQuoted, index] = match;
    steps.push(index === undefined ? (dotted ?? quoted ?? doubleQuoted ?? "") : Number(index));
  }
  return steps;
}

/** `target` with `value` at the reference path; objects on the way are made, an index must be there. */
export function withValueAt(path: string, target: Json, value: Json): Json {
  const steps = referenceSteps(path);
  if (steps === undefined) throw new StateError("States.Runtime", `'${path}' is not a reference path`);
  return placed(steps, target, value, path);
}

function placed(steps: readonly (string | number)[], target: Json | undefined, value: Json, path: string): Json {
  const [first, ...rest] = steps;
  if (first === undefined) return value;
  const fail = (): never => {
    throw new StateError(
      "States.ResultPathMatchFailure",
      `Unable to apply the ResultPath '${path}' to the input '${JSON.stringify(target)}'`,
    );
  };
  if (typeof first === "number") {
    if (!Array.isArray(target) || first >= target.length) return fail();
    return (target as readonly Json[]).map((item, index) => (index === first ? placed(rest, item, value, path) : item));
  }
  if (target !== undefined && !isObject(target)) return fail();
  return { ...target, [first]: placed(rest, target?.[first], value, path) };
}
