/** What a pattern may ask of one value: the comparison operators of EventBridge, one reader an operator. */
import { isObject, type Json, type JsonObject } from "../../kit/json.ts";
import { inCidr, isCidr } from "./cidr-block.ts";
import type { Scalar } from "./event-leaves.ts";

/** A pattern that cannot be read; the message is EventBridge's reason. */
export class EventPatternError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "EventPatternError";
  }
}

export interface Test {
  accepts(value: Scalar): boolean;
  /** Fulfilled when the field is not there. */
  readonly absent?: true;
}

type Predicate = (value: Scalar) => boolean;

/** Reads one item of a pattern's list: a value to equal, or an object with one operator. */
export function readTest(item: Json): Test {
  if (Array.isArray(item)) throw new EventPatternError("Match value must be String, number, true, false, or null");
  if (!isObject(item)) return { accepts: (value) => value === item };
  const [operator = "", operand] = only(item, "Match expression");
  if (operator === "exists") {
    if (typeof operand !== "boolean") throw new EventPatternError("exists match pattern must be either true or false");
    return operand ? { accepts: () => true } : { accepts: () => false, absent: true };
  }
  const read = operators[operator];
  if (read === undefined) throw new EventPatternError(`Unrecognized match type ${operator}`);
  return { accepts: read(operand) };
}

const operators: Readonly<Record<string, (operand: Json | undefined) => Predicate>> = {
  prefix: (operand) => edge("prefix", operand, (value, text) => value.startsWith(text)),
  suffix: (operand) => edge("suffix", operand, (value, text) => value.endsWith(text)),
  "equals-ignore-case": (operand) => equalsIgnoreCase(text(operand, "equals-ignore-case")),
  wildcard: (operand) => wildcard(text(operand, "wildcard")),
  cidr: (operand) => {
    const block = text(operand, "cidr");
    if (!isCidr(block)) throw new EventPatternError("Malformed CIDR, one '/' required");
    return onText((value) => inCidr(value, block));
  },
  numeric: (operand) => numeric(operand),
  "anything-but": (operand) => anythingBut(operand),
};

function only(item: JsonObject, what: string): readonly [string?, Json?] {
  const entries = Object.entries(item);
  if (entries.length === 0) throw new EventPatternError(`Empty ${what.toLowerCase()} not allowed`);
  if (entries.length > 1) throw new EventPatternError(`Only one key allowed in match expression`);
  return entries[0] ?? [];
}

const onText =
  (test: (value: string) => boolean): Predicate =>
  (value) =>
    typeof value === "string" && test(value);

function text(operand: Json | undefined, operator: string): string {
  if (typeof operand !== "string") throw new EventPatternError(`${operator} match pattern must be a string`);
  return operand;
}

function equalsIgnoreCase(wanted: string): Predicate {
  const folded = wanted.toLowerCase();
  return onText((value) => value.toLowerCase() === folded);
}

/** `prefix` and `suffix` take a text, or `{"equals-ignore-case": text}`. */
function edge(operator: string, operand: Json | undefined, test: (value: string, text: string) => boolean): Predicate {
  if (isObject(operand)) {
    const [inner, folded] = only(operand, "match expression");
    if (inner !== "equals-ignore-case") throw new EventPatternError(`Unsupported ${operator} pattern: ${inner}`);
    const wanted = text(folded, "equals-ignore-case").toLowerCase();
    return onText((value) => test(value.toLowerCase(), wanted));
  }
  const wanted = text(operand, operator);
  if (wanted === "") throw new EventPatternError(`Null or empty ${operator} is not allowed`);
  return onText((value) => test(value, wanted));
}

/** `*` is any run of characters; `\*` and `\\` are the characters themselves. Takes time linear in the text's length. */
function wildcard(pattern: string): Predicate {
  const parts = [""];
  for (let place = 0; place < pattern.length; place++) {
    const [character, next] = [pattern.charAt(place), pattern.charAt(place + 1)];
    if (character === "*") {
      if (next === "*") throw new EventPatternError(`Consecutive wildcard characters at pos ${place}`);
      parts.push("");
      continue;
    }
    if (character === "\\") {
      if (next !== "*" && next !== "\\") throw new EventPatternError(`Invalid escape character at pos ${place}`);
      place++;
    }
    parts[parts.length - 1] += character === "\\" ? next : character;
  }
  const [head = "", ...middle] = parts;
  const tail = middle.pop();
  if (tail === undefined) return (value) => value === head;
  return onText((value) => {
    if (!value.startsWith(head)) return false;
    let from = head.length;
    for (const part of middle) {
      const found = value.indexOf(part, from);
      if (found < 0) return false;
      from = found + part.length;
    }
    return value.length - tail.length >= from && value.endsWith(tail);
  });
}

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  "=": (value, bound) => value === bound,
  "<": (value, bound) => value < bound,
  "<=": (value, bound) => value <= bound,
  ">": (value, bound) => value > bound,
  ">=": (value, bound) => value >= bound,
};

/** `["=", 5]`, `["<", 10]`, `[">", 0, "<=", 5]` */
function numeric(operand: Json | undefined): Predicate {
  if (!Array.isArray(operand)) throw new EventPatternError("Value of numeric must be an array.");
  const items = operand as readonly Json[];
  if (items.length !== 2 && items.length !== 4) throw new EventPatternError("Too many or too few terms in numeric range expression");
  const tests: ((value: number) => boolean)[] = [];
  for (let place = 0; place < items.length; place += 2) {
    const [sign, bound] = [items[place], items[place + 1]];
    const compare = typeof sign === "string" ? comparisons[sign] : undefined;
    if (compare === undefined) throw new EventPatternError(`Unrecognized numeric range operator: ${JSON.stringify(sign)}`);
    if (typeof bound !== "number") throw new EventPatternError(`Value of ${sign} must be numeric`);
    tests.push((value) => compare(value, bound));
  }
  if (items.length === 4 && !(String(items[0]).startsWith(">") && String(items[2]).startsWith("<")))
    throw new EventPatternError("Bad numeric range operator: a range is a lower bound and then an upper one");
  return (value) => typeof value === "number" && tests.every((test) => test(value));
}

/** A value, a list of values, or an operator on texts with one text or a list of them. */
function anythingBut(operand: Json | undefined): Predicate {
  if (isObject(operand)) {
    const [operator = "", inner] = only(operand, "anything-but pattern");
    const read = ["prefix", "suffix", "equals-ignore-case", "wildcard"].includes(operator) ? operators[operator] : undefined;
    if (read === undefined) throw new EventPatternError(`Unsupported anything-but pattern: ${operator}`);
    const refused = (Array.isArray(inner) ? (inner as readonly Json[]) : [inner]).map((each) => read(each));
    if (refused.length === 0) throw new EventPatternError("Empty arrays are not allowed");
    return (value) => !refused.some((test) => test(value));
  }
  const values = Array.isArray(operand) ? (operand as readonly Json[]) : [operand];
  if (values.length === 0) throw new EventPatternError("Empty arrays are not allowed");
  if (values.some((value) => value === undefined || (typeof value === "object" && value !== null)))
    throw new EventPatternError("Inside anything but list, start|null|boolean is not supported.");
  return (value) => !values.includes(value);
}
