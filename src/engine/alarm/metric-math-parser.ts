/** Reads a metric math expression into a tree. Precedence from loosest: OR, AND, comparisons, sums, products, powers. */
export type Expression =
  | { readonly type: "number"; readonly value: number }
  | { readonly type: "text"; readonly value: string }
  | { readonly type: "name"; readonly name: string }
  | { readonly type: "list"; readonly items: readonly Expression[] }
  | { readonly type: "negation"; readonly operand: Expression }
  | { readonly type: "binary"; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly type: "call"; readonly name: string; readonly arguments: readonly Expression[] };

/** An expression that cannot be read or computed; the message is for the person who wrote it. */
export class MetricMathError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "MetricMathError";
  }
}

/** Throws `MetricMathError`. */
export function parseMetricMath(text: string): Expression {
  const parser = new Parser(tokenize(text), text);
  return parser.whole();
}

/** The ids an expression names. */
export function namesIn(expression: Expression): string[] {
  switch (expression.type) {
    case "name":
      return expression.name === "REPEAT" || expression.name === "LINEAR" ? [] : [expression.name];
    case "list":
      return expression.items.flatMap(namesIn);
    case "negation":
      return namesIn(expression.operand);
    case "binary":
      return [...namesIn(expression.left), ...namesIn(expression.right)];
    case "call":
      return expression.arguments.flatMap(namesIn);
    default:
      return [];
  }
}

const LEVELS: readonly (readonly string[])[] = [["OR"], ["AND"], ["==", "!=", "<", "<=", ">", ">="], ["+", "-"], ["*", "/"]];
const MOST_NESTED = 100;

class Parser {
  readonly #tokens: readonly string[];
  readonly #text: string;
  #index = 0;
  #depth = 0;

  constructor(tokens: readonly string[], text: string) {
    this.#tokens = tokens;
    this.#text = text;
  }

  whole(): Expression {
    const expression = this.#level(0);
    if (this.#index < this.#tokens.length) this.#fail();
    return expression;
  }

  #level(level: number): Expression {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#power();
    let left = this.#level(level + 1);
    for (;;) {
      const operator = this.#takeOne(operators);
      if (operator === undefined) return left;
      left = { type: "binary", operator, left, right: this.#level(level + 1) };
    }
  }

  #power(): Expression {
    const base = this.#unary();
    // Right to left: 2^3^2 is 2^9.
    return this.#takeOne(["^"]) === undefined ? base : { type: "binary", operator: "^", left: base, right: this.#power() };
  }

  #unary(): Expression {
    if (++this.#depth > MOST_NESTED) throw new MetricMathError("The expression is nested too deeply.");
    try {
      return this.#takeOne(["-"]) === undefined ? this.#primary() : { type: "negation", operand: this.#unary() };
    } finally {
      this.#depth--;
    }
  }

  #primary(): Expression {
    const token = this.#tokens[this.#index++];
    if (token === undefined) return this.#fail();
    if (token === "(") {
      const inner = this.#level(0);
      this.#expect(")");
      return inner;
    }
    if (token === "[") return { type: "list", items: this.#items("]") };
    if (/^["']/.test(token)) return { type: "text", value: token.slice(1, -1) };
    if (/^[\d.]/.test(token)) return { type: "number", value: Number(token) };
    if (!/^[A-Za-z]/.test(token)) return this.#fail(token);
    if (this.#takeOne(["("]) === undefined) return { type: "name", name: token };
    return { type: "call", name: token.toUpperCase(), arguments: this.#items(")") };
  }

  #items(end: string): Expression[] {
    const items: Expression[] = [];
    if (this.#takeOne([end]) !== undefined) return items;
    do items.push(this.#level(0));
    while (this.#takeOne([","]) !== undefined);
    this.#expect(end);
    return items;
  }

  #takeOne(tokens: readonly string[]): string | undefined {
    const token = this.#tokens[this.#index];
    const found = token === "&&" ? "AND" : token === "||" ? "OR" : token;
    if (found === undefined || !tokens.includes(found)) return undefined;
    this.#index++;
    return found;
  }

  #expect(token: string): void {
    if (this.#takeOne([token]) === undefined) this.#fail();
  }

  #fail(found = this.#tokens[this.#index] ?? "the end"): never {
    throw new MetricMathError(`Error in expression '${this.#text}': unexpected ${found}.`);
  }
}

function tokenize(text: string): string[] {
  const token = /\s*(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+|[A-Za-z][A-Za-z0-9_]*|"[^"]*"|'[^']*'|==|!=|<=|>=|&&|\|\||[-+*/^<>()[\],])/y;
  const tokens: string[] = [];
  let end = 0;
  while (text.slice(end).trim() !== "") {
    token.lastIndex = end;
    const match = token.exec(text);
    if (match === null) throw new MetricMathError(`Error in expression '${text}': unexpected '${text.slice(end).trim()[0]}'.`);
    tokens.push(match[1] ?? "");
    end = token.lastIndex;
  }
  return tokens;
}
