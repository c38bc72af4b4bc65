/**
 * JSON filter patterns: `{ ($.user.id = 1) && ($.name = "a*" || $.tags[0] != %^x%) }`. A message that is not a JSON
 * object matches none of them.
 */
import { type Comparison, InvalidPattern, valueTest } from "./filter-pattern-lexis.ts";

type Test = (document: unknown) => boolean;

export function parseJsonPattern(text: string): (message: string) => boolean {
  if (!text.endsWith("}")) throw new InvalidPattern(`Invalid filter pattern: '}' is missing in '${text}'`);
  const test = new Reader(text.slice(1, -1)).whole();
  return (message) => {
    const start = message.indexOf("{");
    if (start !== 0 && message.slice(0, start).trim() !== "") return false;
    try {
      return test(JSON.parse(message));
    } catch {
      return false;
    }
  };
}

const SELECTOR = /\s*\$((?:\.[\w-]+|\['[^']*'\]|\.?\["[^"]*"\]|\[(?:\d+|\*)\])+)/y;
const UNARY = /\s*(IS\s+NULL|IS\s+TRUE|IS\s+FALSE|NOT\s+EXISTS|EXISTS)(?![\w])/iy;
const COMPARISON = /\s*(!=|<=|>=|=|<|>)/y;
const OPERAND = /\s*(?:"((?:[^"\\]|\\.)*)"|%((?:[^%\\]|\\.)+)%|([^\s&|(){}"]+))/y;

class Reader {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Test {
    const test = this.#either();
    if (this.#text.slice(this.#position).trim() !== "") this.#fail();
    return test;
  }

  #either(): Test {
    const tests = [this.#both()];
    while (this.#take(/\s*\|\|/y) !== null) tests.push(this.#both());
    return (document) => tests.some((test) => test(document));
  }

  #both(): Test {
    const tests = [this.#condition()];
    while (this.#take(/\s*&&/y) !== null) tests.push(this.#condition());
    return (document) => tests.every((test) => test(document));
  }

  #condition(): Test {
    if (this.#take(/\s*\(/y) !== null) {
      const test = this.#either();
      if (this.#take(/\s*\)/y) === null) this.#fail();
      return test;
    }
    const selector = this.#take(SELECTOR);
    if (selector === null) return this.#fail();
    const select = selectorOf(selector[1] ?? "");
    const unary = this.#take(UNARY)?.[1]?.toUpperCase().replace(/\s+/g, " ");
    if (unary !== undefined) return (document) => unaryTest(unary, select(document));
    const comparison = this.#take(COMPARISON)?.[1] as Comparison | undefined;
    const operand = this.#take(OPERAND);
    if (comparison === undefined || operand === null) return this.#fail();
    const [, quoted, expression, bare] = operand;
    const test =
      expression !== undefined
        ? valueTest(comparison, expression, "expression")
        : quoted !== undefined
          ? valueTest(comparison, quoted.replace(/\\(.)/g, "$1"), "quoted")
          : valueTest(comparison, bare ?? "", "bare");
    return (document) => select(document).some(test);
  }

  #take(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.#position;
    const match = expression.exec(this.#text);
    if (match !== null) this.#position = expression.lastIndex;
    return match;
  }

  #fail(): never {
    throw new InvalidPattern(`Invalid filter pattern: unexpected '${this.#text.slice(this.#position).trim()}'`);
  }
}

function unaryTest(unary: string, values: readonly unknown[]): boolean {
  switch (unary) {
    case "IS NULL":
      return values.some((value) => value === null);
    case "IS TRUE":
      return values.some((value) => value === true);
    case "IS FALSE":
      return values.some((value) => value === false);
    case "EXISTS":
      return values.length > 0;
    default:
      return values.length === 0;
  }
}

/** The values a selector like `.a.b[0]['x.y'][*]` finds: none, one, or with `[*]` several. */
function selectorOf(path: string): (document: unknown) => unknown[] {
  const steps = [...path.matchAll(/\.?\["([^"]*)"\]|\['([^']*)'\]|\[(\d+|\*)\]|\.([\w-]+)/g)].map(([, double, single, index, name]) =>
    index === undefined ? { name: double ?? single ?? name ?? "" } : { index },
  );
  return (document) => {
    let values: unknown[] = [document];
    for (const step of steps) {
      values = values.flatMap((value) => {
        if (step.index === undefined) {
          return typeof value === "object" && value !== null && Object.hasOwn(value, step.name)
            ? [(value as Record<string, unknown>)[step.name]]
            : [];
        }
        if (!Array.isArray(value)) return [];
        if (step.index === "*") return value;
        const index = Number(step.index);
        return index < value.length ? [value[index]] : [];
      });
    }
    return values;
  };
}
