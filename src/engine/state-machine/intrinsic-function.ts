/**
 * Intrinsic functions of the Amazon States Language: `States.Format('{} of {}', $.a, $$.Execution.Name)`, nested at will.
 * Random ones draw from what is handed in. Source: Step Functions developer guide, "Intrinsic functions".
 */
import { isObject, type Json, sameJson } from "../../kit/json.ts";
import { type Data, pathProblem, read } from "./path.ts";
import { StateError } from "./state-error.ts";

export interface Chance {
  uuid(): string;
  /** From 0 to below 1. */
  random(): number;
}

type Argument = { readonly value: Json } | { readonly path: string } | FunctionCall;

export interface FunctionCall {
  readonly name: string;
  readonly args: readonly Argument[];
}

/** Whether a payload text calls a function rather than being a path. */
export function isFunction(text: string): boolean {
  return text.startsWith("States.");
}

/** Throws an Error that says what is wrong with the text. */
export function parseFunction(text: string): FunctionCall {
  let at = 0;
  const spaces = (): void => {
    while (/\s/.test(text[at] ?? "")) at++;
  };
  const take = (pattern: RegExp): string | undefined => {
    const match = pattern.exec(text.slice(at));
    if (match === null) return undefined;
    at += match[0].length;
    return match[0];
  };
  const call = (): FunctionCall => {
    const name = take(/^States\.[A-Za-z0-9]+/) ?? fail();
    if (!(name in functions)) throw new Error(`The function '${name}' is not an intrinsic function`);
    if (take(/^\s*\(/) === undefined) fail();
    const args: Argument[] = [];
    spaces();
    while (take(/^\)/) === undefined) {
      if (args.length > 0 && take(/^,/) === undefined) fail();
      spaces();
      args.push(argument());
      spaces();
    }
    return { name, args };
  };
  const argument = (): Argument => {
    if (text.startsWith("States.", at)) return call();
    const quoted = take(/^'(?:[^'\\]|\\.)*'/);
    if (quoted !== undefined)
      return { value: quoted.slice(1, -1).replace(/\\(['\\{}])/g, (whole, mark) => (/[{}]/.test(mark) ? whole : mark)) };
    const literal = take(/^(?:true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?=[\s,)])/);
    if (literal !== undefined) return { value: JSON.parse(literal) as Json };
    const path = take(/^\$(?:[^,()\s[\]]|\[(?:[^\]'"]|'[^']*'|"[^"]*")*\])*/);
    if (path === undefined) return fail();
    const problem = pathProblem(path);
    if (problem !== undefined) throw new Error(problem);
    return { path };
  };
  const fail = (): never => {
    throw new Error(`'${text}' cannot be read as an intrinsic function from character ${at + 1} on`);
  };
  const parsed = call();
  spaces();
  return at < text.length ? fail() : parsed;
}

/**
 * The value of a call.
 * @throws StateError `States.IntrinsicFailure` for arguments that the function does not take
 */
export function evaluateFunction({ name, args }: FunctionCall, data: Data, chance: Chance): Json {
  const values = args.map((arg): Json => {
    if ("value" in arg) return arg.value;
    return "path" in arg ? read(arg.path, data, name) : evaluateFunction(arg, data, chance);
  });
  const work = functions[name];
  if (work === undefined) throw new StateError("States.IntrinsicFailure", `unknown function ${name}`);
  return work(values, chance, (why) => {
    throw new StateError("States.IntrinsicFailure", `Invalid arguments in ${name}: ${why}`);
  });
}

type Work = (values: readonly Json[], chance: Chance, fail: (why: string) => never) => Json;

const texts = (values: readonly Json[], fail: (why: string) => never): string[] =>
  values.map((value) => (typeof value === "string" ? value : fail("text is expected")));
const integer = (value: Json | undefined, fail: (why: string) => never): number =>
  typeof value === "number" ? Math.round(value) : fail("a number is expected");
const array = (value: Json | undefined, fail: (why: string) => never): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : fail("an array is expected");

const functions: Readonly<Record<string, Work>> = {
  "States.Format": ([template, ...values], _, fail) => {
    if (typeof template !== "string") return fail("the first argument is a text");
    let next = 0;
    const text = template.replace(/\\([{}])|\{\}/g, (mark, escaped: string | undefined) => {
      if (escaped !== undefined) return escaped;
      if (next >= values.length) return fail(`there are more {} than values: ${mark}`);
      const value = values[next++];
      return typeof value === "string" ? value : JSON.stringify(value);
    });
    return next < values.length ? fail("there are more values than {}") : text;
  },
  "States.StringToJson": (values, _, fail) => {
    const [text = ""] = texts(values, fail);
    try {
      return JSON.parse(text) as Json;
    } catch {
      return fail("the text is not JSON");
    }
  },
  "States.JsonToString": ([value = null]) => JSON.stringify(value),
  "States.Array": (values) => [...values],
  "States.ArrayPartition": ([list, size], _, fail) => {
    const items = array(list, fail);
    const each = integer(size, fail);
    if (each < 1) return fail("the size is at least 1");
    return Array.from({ length: Math.ceil(items.length / each) }, (__, part) => items.slice(part * each, (part + 1) * each));
  },
  "States.ArrayContains": ([list, wanted = null], _, fail) => array(list, fail).some((item) => sameJson(item, wanted)),
  "States.ArrayRange": (values, _, fail) => {
    const [first = 0, last = 0, every = 1] = values.map((value) => integer(value, fail));
    const length = Math.floor((last - first) / every) + 1;
    if (every === 0 || length > 1000) return fail("at most 1000 numbers, with a step that is not 0");
    return Array.from({ length: Math.max(0, length) }, (__, index) => first + index * every);
  },
  "States.ArrayGetItem": ([list, index], _, fail) => array(list, fail)[integer(index, fail)] ?? fail("there is no such item"),
  "States.ArrayLength": ([list], _, fail) => array(list, fail).length,
  "States.ArrayUnique": ([list], _, fail) =>
    array(list, fail).filter((item, index, all) => all.findIndex((other) => sameJson(other, item)) === index),
  "States.Base64Encode": (values, _, fail) => Buffer.from(texts(values, fail)[0] ?? "", "utf8").toString("base64"),
  "States.Base64Decode": (values, _, fail) => Buffer.from(texts(values, fail)[0] ?? "", "base64").toString("utf8"),
  "States.JsonMerge": ([first, second, deep], _, fail) => {
    if (!isObject(first) || !isObject(second)) return fail("two objects are expected");
    return deep === false ? { ...first, ...second } : fail("only the shallow merge is supported");
  },
  "States.MathAdd": (values, _, fail) => values.reduce<number>((sum, value) => sum + integer(value, fail), 0),
  "States.MathRandom": ([from, to], chance, fail) => {
    const first = integer(from, fail);
    return first + Math.floor(chance.random() * (integer(to, fail) - first));
  },
  "States.StringSplit": (values, _, fail) => {
    const [text = "", separators = ""] = texts(values, fail);
    return text.split(new RegExp(`[${separators.replace(/[\\\]^-]/g, "\\$&")}]`)).filter((part) => part !== "");
  },
  "States.UUID": (_, chance) => chance.uuid(),
};
