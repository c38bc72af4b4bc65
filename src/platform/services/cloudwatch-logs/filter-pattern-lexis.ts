/** What the kinds of filter pattern share: their error, their wildcards, their regular expressions, their comparisons. */

export class InvalidPattern extends Error {
  constructor(message: string) {
    super(message);
    this.name = "InvalidPattern";
  }
}

/** AWS allows a small, linear subset of expressions; what the engine here cannot read is refused. */
export function regularExpression(source: string): RegExp {
  if (/\(\?|\\\d/.test(source)) throw new InvalidPattern(`Invalid regular expression: '${source}'`);
  try {
    return new RegExp(source);
  } catch {
    throw new InvalidPattern(`Invalid regular expression: '${source}'`);
  }
}

/** `*` stands for any run of characters. */
function wildcard(pattern: string): RegExp {
  const source = pattern
    .split("*")
    .map((part) => part.replace(/[.\\+?^${}()|[\]]/g, "\\$&"))
    .join(".*");
  return new RegExp(`^${source}$`, "s");
}

export type Comparison = "=" | "!=" | "<" | "<=" | ">" | ">=";

function compareNumbers(left: number, comparison: Comparison, right: number): boolean {
  switch (comparison) {
    case "=":
      return left === right;
    case "!=":
      return left !== right;
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    case ">=":
      return left >= right;
  }
}

/** A comparison of one value with what the pattern writes: a number, a text (with wildcards) or an expression. */
export function valueTest(comparison: Comparison, operand: string, kind: "bare" | "quoted" | "expression"): (value: unknown) => boolean {
  const isEqual = comparison === "=";
  if (kind === "expression") {
    if (comparison !== "=" && comparison !== "!=") throw new InvalidPattern(`'${comparison}' does not go with a regular expression`);
    const expression = regularExpression(operand);
    return (value) => (typeof value === "string" || typeof value === "number") && expression.test(String(value)) === isEqual;
  }
  const number = kind === "bare" && operand.trim() !== "" ? Number(operand) : Number.NaN;
  if (!Number.isNaN(number)) {
    return (value) => {
      const actual = typeof value === "number" ? value : typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
      if (Number.isNaN(actual)) return comparison === "!=" && typeof value === "string";
      return compareNumbers(actual, comparison, number);
    };
  }
  if (comparison !== "=" && comparison !== "!=") throw new InvalidPattern(`'${comparison}' compares numbers, not '${operand}'`);
  const expected = wildcard(operand);
  return (value) => (typeof value === "string" || typeof value === "number") && expected.test(String(value)) === isEqual;
}
