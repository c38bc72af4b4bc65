/**
 * How data flows through a state: InputPath → Parameters → the state's work → ResultSelector → ResultPath (into the raw
 * input) → OutputPath. A key that ends in `.$` takes its value from a path or an intrinsic function.
 */
import { isObject, type Json } from "../../kit/json.ts";
import type { State } from "./definition.ts";
import { type Chance, evaluateFunction, isFunction, parseFunction } from "./intrinsic-function.ts";
import { type Data, read, withValueAt } from "./path.ts";

/** The template with every `.$` key filled in. */
export function fillIn(template: Json, data: Data, chance: Chance): Json {
  if (Array.isArray(template)) return (template as readonly Json[]).map((item) => fillIn(item, data, chance));
  if (!isObject(template)) return template;
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) =>
      key.endsWith(".$") ? [key.slice(0, -2), valueAt(String(value), data, chance, key)] : [key, fillIn(value, data, chance)],
    ),
  );
}

/** A state's input after InputPath, as its Parameters make something of it. */
export function filledIn({ Parameters }: State, data: Data, chance: Chance): Json {
  return Parameters === undefined ? data.input : fillIn(Parameters, data, chance);
}

/** What a path or an intrinsic function gives. */
export function valueAt(text: string, data: Data, chance: Chance, field: string): Json {
  return isFunction(text) ? evaluateFunction(parseFunction(text), data, chance) : read(text, data, field);
}

/** The input after InputPath; null as a path is an empty object. */
export function selectedInput({ InputPath = "$" }: State, data: Data): Json {
  return InputPath === null ? {} : read(InputPath, data, "InputPath");
}

/** The state's output, made of its raw input and what it did. */
export function outputOf(state: State, rawInput: Json, result: Json, context: Json, chance: Chance): Json {
  const { ResultSelector, ResultPath = "$" } = state;
  const selected = ResultSelector === undefined ? result : fillIn(ResultSelector, { input: result, context }, chance);
  const combined = ResultPath === null ? rawInput : withValueAt(ResultPath, rawInput, selected);
  return selectedOutput(state, combined, context);
}

/** What leaves a state: its output through `OutputPath`, `{}` when that is null. */
export function selectedOutput({ OutputPath = "$" }: State, output: Json, context: Json): Json {
  return OutputPath === null ? {} : read(OutputPath, { input: output, context }, "OutputPath");
}
