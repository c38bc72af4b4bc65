/**
 * A definition from text, with everything wrong with it at once, each problem with AWS's code and the place in the
 * definition (`/States/Run/Next`), as ValidateStateMachineDefinition answers. JSONata, distributed maps and what waits
 * for a token are refused by name: the local platform does not run them.
 */
import { isObject, type Json, type JsonObject } from "../../kit/json.ts";
import { isOperator, isTimestamp, operatorsOf } from "./choice-rule.ts";
import { type ChoiceRule, type State, type StateMachineDefinition, type StateType, stateTypes } from "./definition.ts";
import { isFunction, parseFunction } from "./intrinsic-function.ts";
import { pathProblem, referenceSteps } from "./path.ts";

export interface Problem {
  readonly code: "INVALID_JSON_DESCRIPTION" | "SCHEMA_VALIDATION_FAILED" | "MISSING_TRANSITION_TARGET";
  readonly message: string;
  readonly location: string;
}

export type Reading = { readonly definition: StateMachineDefinition } | { readonly problems: readonly Problem[] };

/** @param isResource whether a Task's `Resource` is one that can be carried out */
export function readDefinition(text: string, isResource: (resource: string) => boolean): Reading {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problems: [{ code: "INVALID_JSON_DESCRIPTION", message: (error as Error).message, location: "/" }] };
  }
  if (!isObject(value))
    return { problems: [{ code: "INVALID_JSON_DESCRIPTION", message: "the definition is not an object", location: "/" }] };
  const problems: Problem[] = [];
  new Reader(problems, isResource).machine(value);
  return problems.length > 0 ? { problems } : { definition: value as unknown as StateMachineDefinition };
}

type Check = (value: Json) => string | undefined;

const flow = ["InputPath", "OutputPath"];
const transition = ["Next", "End"];
const work = [...flow, "Parameters", "ResultSelector", "ResultPath", "Retry", "Catch", ...transition];
const members: Readonly<Record<StateType, readonly string[]>> = {
  Task: [...work, "Resource", "TimeoutSeconds", "TimeoutSecondsPath"],
  Choice: [...flow, "Choices", "Default"],
  Pass: [...flow, "Parameters", "ResultPath", "Result", ...transition],
  Wait: [...flow, "Seconds", "SecondsPath", "Timestamp", "TimestampPath", ...transition],
  Succeed: flow,
  Fail: ["Error", "ErrorPath", "Cause", "CausePath"],
  Parallel: [...work, "Branches"],
  Map: [...work, "ItemProcessor", "Iterator", "ItemSelector", "ItemsPath", "MaxConcurrency"],
};

const isText: Check = (value) => (typeof value === "string" ? undefined : "a text is expected");
const isPath: Check = (value) => (typeof value !== "string" || !value.startsWith("$") ? "a path is expected" : pathProblem(value));
const isPathOrNull: Check = (value) => (value === null ? undefined : isPath(value));
const isReference: Check = (value) =>
  value === null || (typeof value === "string" && referenceSteps(value) !== undefined) ? undefined : "a reference path is expected";
const isSeconds: Check = (value) =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 99_999_999
    ? undefined
    : "a whole number of seconds is expected";
const isLimit: Check = (value) => (value === 0 ? "at least 1 second is expected" : isSeconds(value));
const isPathOrFunction: Check = (value) => {
  if (typeof value !== "string" || !isFunction(value)) return isPath(value);
  try {
    parseFunction(value);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};
const isCount: Check = (value) =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 ? undefined : "a whole number from 0 on is expected";

const checks: Readonly<Record<string, Check>> = {
  InputPath: isPathOrNull,
  OutputPath: isPathOrNull,
  ResultPath: isReference,
  Next: isText,
  End: (value) => (typeof value === "boolean" ? undefined : "true or false is expected"),
  TimeoutSeconds: isLimit,
  TimeoutSecondsPath: isPath,
  Seconds: isSeconds,
  SecondsPath: isPath,
  Timestamp: (value) => (isTimestamp(value) ? undefined : "a time like 2027-01-31T20:00:00Z is expected"),
  TimestampPath: isPath,
  Error: isText,
  ErrorPath: isPathOrFunction,
  Cause: isText,
  CausePath: isPathOrFunction,
  Default: isText,
  ItemsPath: isPath,
  MaxConcurrency: isCount,
};

class Reader {
  readonly #problems: Problem[];
  readonly #isResource: (resource: string) => boolean;

  constructor(problems: Problem[], isResource: (resource: string) => boolean) {
    this.#problems = problems;
    this.#isResource = isResource;
  }

  machine(value: JsonObject): void {
    const known = ["Comment", "StartAt", "States", "TimeoutSeconds", "Version", "QueryLanguage"];
    this.#only(value, known, "");
    this.#language(value, "");
    if (value.Version !== undefined && value.Version !== "1.0") this.#report("the only version of the language is 1.0", "/Version");
    this.#check("TimeoutSeconds", value.TimeoutSeconds, "");
    this.#program(value, "");
  }

  #program(value: JsonObject, at: string): void {
    const { StartAt, States } = value;
    if (!isObject(States) || Object.keys(States).length === 0) {
      this.#report("States is missing or empty", `${at}/States`);
      return;
    }
    if (typeof StartAt !== "string") this.#report("StartAt is missing", `${at}/StartAt`);
    else if (!Object.hasOwn(States, StartAt)) this.#missing(StartAt, "StartAt", `${at}/StartAt`);
    const reached = new Set([StartAt]);
    for (const [name, state] of Object.entries(States)) {
      const place = `${at}/States/${name}`;
      if (name.length > 80) this.#report("a state's name has at most 80 characters", place);
      if (!isObject(state)) this.#report("a state is an object", place);
      else this.#state(state, place);
      for (const [target, field] of targetsOf(state)) {
        reached.add(target);
        if (!Object.hasOwn(States, target)) this.#missing(target, field, `${place}/${field}`);
      }
    }
    // Where the way in is wrong, what cannot be reached from it says nothing.
    const isLost = typeof StartAt !== "string" || !Object.hasOwn(States, StartAt);
    for (const name of Object.keys(States).filter((each) => !isLost && !reached.has(each))) {
      this.#problems.push({
        code: "MISSING_TRANSITION_TARGET",
        message: `State "${name}" is not reachable.`,
        location: `${at}/States/${name}`,
      });
    }
  }

  #state(value: JsonObject, at: string): void {
    const type = value.Type;
    if (typeof type !== "string" || !(stateTypes as readonly string[]).includes(type)) {
      this.#report(`Type is one of ${stateTypes.join(", ")}`, `${at}/Type`);
      return;
    }
    this.#language(value, at);
    const may = members[type as StateType];
    this.#only(value, ["Type", "Comment", "QueryLanguage", ...may], at);
    for (const name of may) this.#check(name, value[name], at);
    if (may.includes("Next") && (value.Next === undefined) === (value.End !== true)) {
      this.#report("a state has either Next or End: true", at);
    }
    for (const name of ["Parameters", "ResultSelector", "ItemSelector"]) {
      if (may.includes(name) && value[name] !== undefined) this.#template(value[name], `${at}/${name}`);
    }
    if (may.includes("Retry")) this.#errorLists(value, at);
    this.#own(type as StateType, value, at);
  }

  /** What only this type of state has to have. */
  #own(type: StateType, value: JsonObject, at: string): void {
    const one = (...names: string[]): void => {
      if (names.filter((name) => value[name] !== undefined).length !== 1) this.#report(`exactly one of ${names.join(", ")} is given`, at);
    };
    switch (type) {
      case "Task": {
        const { Resource } = value;
        if (typeof Resource !== "string") this.#report("Resource is missing", `${at}/Resource`);
        else if (!this.#isResource(Resource)) {
          this.#report(
            `The resource provided ${Resource} is not recognized. The local platform has no such integration.`,
            `${at}/Resource`,
          );
        }
        if (value.TimeoutSeconds !== undefined && value.TimeoutSecondsPath !== undefined) one("TimeoutSeconds", "TimeoutSecondsPath");
        return;
      }
      case "Choice":
        if (!Array.isArray(value.Choices) || value.Choices.length === 0) this.#report("Choices is missing or empty", `${at}/Choices`);
        else for (const [index, rule] of value.Choices.entries()) this.#rule(rule, `${at}/Choices[${index}]`, true);
        return;
      case "Wait":
        one("Seconds", "SecondsPath", "Timestamp", "TimestampPath");
        return;
      case "Fail":
        if (value.Error !== undefined && value.ErrorPath !== undefined) one("Error", "ErrorPath");
        if (value.Cause !== undefined && value.CausePath !== undefined) one("Cause", "CausePath");
        return;
      case "Parallel":
        if (!Array.isArray(value.Branches) || value.Branches.length === 0) this.#report("Branches is missing or empty", `${at}/Branches`);
        else for (const [index, branch] of value.Branches.entries()) this.#inner(branch, `${at}/Branches[${index}]`, ["Comment"]);
        return;
      case "Map": {
        one("ItemProcessor", "Iterator");
        if (value.ItemSelector !== undefined && value.Parameters !== undefined) one("ItemSelector", "Parameters");
        if (value.Iterator !== undefined) this.#inner(value.Iterator, `${at}/Iterator`, ["Comment"]);
        if (value.ItemProcessor === undefined) return;
        this.#inner(value.ItemProcessor, `${at}/ItemProcessor`, ["Comment", "ProcessorConfig"]);
        const mode =
          isObject(value.ItemProcessor) && isObject(value.ItemProcessor.ProcessorConfig)
            ? value.ItemProcessor.ProcessorConfig.Mode
            : "INLINE";
        if (mode !== "INLINE") this.#report("the local platform runs maps inline only", `${at}/ItemProcessor/ProcessorConfig/Mode`);
      }
    }
  }

  #inner(value: Json, at: string, extra: readonly string[]): void {
    if (!isObject(value)) {
      this.#report("an object with StartAt and States is expected", at);
      return;
    }
    this.#only(value, ["StartAt", "States", ...extra], at);
    this.#program(value, at);
  }

  #rule(rule: Json, at: string, isOutermost: boolean): void {
    if (!isObject(rule)) {
      this.#report("a rule is an object", at);
      return;
    }
    if (isOutermost !== (rule.Next !== undefined)) this.#report(isOutermost ? "Next is missing" : "only the outermost rule has Next", at);
    for (const name of ["And", "Or"]) {
      const inner = rule[name];
      if (inner === undefined) continue;
      if (!Array.isArray(inner) || inner.length === 0) this.#report("a list of rules is expected", `${at}/${name}`);
      else for (const [index, each] of inner.entries()) this.#rule(each, `${at}/${name}[${index}]`, false);
    }
    if (rule.Not !== undefined) this.#rule(rule.Not, `${at}/Not`, false);
    const operators = operatorsOf(rule as ChoiceRule);
    const joined = ["And", "Or", "Not"].filter((name) => rule[name] !== undefined).length;
    if (joined + operators.length !== 1) {
      this.#report("a rule has exactly one operator", at);
      return;
    }
    const [operator] = operators;
    if (operator === undefined) return;
    this.#value(isPath(rule.Variable ?? null), `${at}/Variable`);
    if (!isOperator(operator)) {
      this.#report(`'${operator}' is not an operator`, `${at}/${operator}`);
      return;
    }
    if (operator.endsWith("Path")) this.#value(isPath(rule[operator] ?? null), `${at}/${operator}`);
  }

  #errorLists(value: JsonObject, at: string): void {
    for (const name of ["Retry", "Catch"]) {
      const entries = value[name];
      if (entries === undefined) continue;
      if (!Array.isArray(entries)) {
        this.#report("a list is expected", `${at}/${name}`);
        continue;
      }
      for (const [index, entry] of (entries as readonly Json[]).entries()) {
        const place = `${at}/${name}[${index}]`;
        if (!isObject(entry)) {
          this.#report("an object is expected", place);
          continue;
        }
        const may =
          name === "Retry"
            ? ["IntervalSeconds", "BackoffRate", "MaxAttempts", "MaxDelaySeconds", "JitterStrategy"]
            : ["Next", "ResultPath"];
        this.#only(entry, ["Comment", "ErrorEquals", ...may], place);
        const errors = entry.ErrorEquals;
        if (!Array.isArray(errors) || errors.length === 0 || errors.some((error: Json) => typeof error !== "string")) {
          this.#report("ErrorEquals is a list of error names", `${place}/ErrorEquals`);
          continue;
        }
        if (errors.includes("States.ALL") && (errors.length > 1 || index < entries.length - 1)) {
          this.#report("States.ALL must appear alone and in the last entry", `${place}/ErrorEquals`);
        }
        if (name === "Catch") {
          if (typeof entry.Next !== "string") this.#report("Next is missing", `${place}/Next`);
          this.#check("ResultPath", entry.ResultPath, place);
          continue;
        }
        const { IntervalSeconds, BackoffRate, MaxAttempts, MaxDelaySeconds, JitterStrategy } = entry;
        if (IntervalSeconds !== undefined) this.#value(isLimit(IntervalSeconds), `${place}/IntervalSeconds`);
        if (MaxAttempts !== undefined) this.#value(isCount(MaxAttempts), `${place}/MaxAttempts`);
        if (MaxDelaySeconds !== undefined) this.#value(isLimit(MaxDelaySeconds), `${place}/MaxDelaySeconds`);
        if (BackoffRate !== undefined && !(typeof BackoffRate === "number" && BackoffRate >= 1))
          this.#report("a number from 1 on is expected", `${place}/BackoffRate`);
        if (JitterStrategy !== undefined && JitterStrategy !== "FULL" && JitterStrategy !== "NONE")
          this.#report("FULL or NONE is expected", `${place}/JitterStrategy`);
      }
    }
  }

  /** Keys that end in `.$` hold a path or an intrinsic function. */
  #template(value: Json | undefined, at: string): void {
    if (Array.isArray(value)) for (const [index, item] of value.entries()) this.#template(item, `${at}[${index}]`);
    if (!isObject(value)) return;
    for (const [key, item] of Object.entries(value)) {
      if (key.endsWith(".$")) this.#value(isPathOrFunction(item), `${at}/${key}`);
      else this.#template(item, `${at}/${key}`);
    }
  }

  #language(value: JsonObject, at: string): void {
    if (value.QueryLanguage !== undefined && value.QueryLanguage !== "JSONPath") {
      this.#report("the local platform runs JSONPath only, not JSONata", `${at}/QueryLanguage`);
    }
  }

  #only(value: JsonObject, known: readonly string[], at: string): void {
    for (const name of Object.keys(value))
      if (!known.includes(name)) this.#report(`Field '${name}' is not supported here`, `${at}/${name}`);
  }

  #check(name: string, value: Json | undefined, at: string): void {
    if (value !== undefined) this.#value(checks[name]?.(value), `${at}/${name}`);
  }

  #value(problem: string | undefined, location: string): void {
    if (problem !== undefined) this.#report(problem, location);
  }

  #report(message: string, location: string): void {
    this.#problems.push({ code: "SCHEMA_VALIDATION_FAILED", message, location });
  }

  #missing(target: string, field: string, location: string): void {
    this.#problems.push({ code: "MISSING_TRANSITION_TARGET", message: `Missing '${field}' target: ${target}`, location });
  }
}

/** Where a state leads to, each with the field that says so. */
function targetsOf(state: Json): [target: string, field: string][] {
  if (!isObject(state)) return [];
  const { Next, Default, Choices, Catch } = state as unknown as Partial<State>;
  const found: [unknown, string][] = [
    [Next, "Next"],
    [Default, "Default"],
  ];
  for (const [index, rule] of listed(Choices)) found.push([rule?.Next, `Choices[${index}]/Next`]);
  for (const [index, catcher] of listed(Catch)) found.push([catcher?.Next, `Catch[${index}]/Next`]);
  return found.filter((each): each is [string, string] => typeof each[0] === "string");
}

function listed<Item>(value: readonly Item[] | undefined): [number, Item][] {
  return Array.isArray(value) ? [...(value as readonly Item[]).entries()] : [];
}
