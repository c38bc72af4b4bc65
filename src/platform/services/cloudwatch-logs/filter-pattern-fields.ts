/**
 * Space-delimited filter patterns: `[ip, user, ..., request = "GET *", status = 4* || status = 5*, bytes > 1000]`.
 * Fields of a message are separated by spaces; `"…"` and `[…]` hold one field together.
 */
import { type Comparison, InvalidPattern, valueTest } from "./filter-pattern-lexis.ts";

/** A field with what is asked of it; `...` stands for any number of fields. */
type Field = "ellipsis" | ((value: string) => boolean);

export function parseFieldPattern(text: string): (message: string) => boolean {
  if (!text.endsWith("]")) throw new InvalidPattern(`Invalid filter pattern: ']' is missing in '${text}'`);
  const fields = splitFields(text.slice(1, -1)).map(parseField);
  const ellipsis = fields.indexOf("ellipsis");
  if (ellipsis !== fields.lastIndexOf("ellipsis")) throw new InvalidPattern("Invalid filter pattern: '...' may stand once");
  const before = (ellipsis < 0 ? fields : fields.slice(0, ellipsis)) as ((value: string) => boolean)[];
  const after = (ellipsis < 0 ? [] : fields.slice(ellipsis + 1)) as ((value: string) => boolean)[];
  return (message) => {
    const values = [...message.matchAll(/"([^"]*)"|\[([^\]]*)\]|(\S+)/g)].map(
      ([, quoted, bracketed, bare]) => quoted ?? bracketed ?? bare ?? "",
    );
    const fits = ellipsis < 0 ? values.length === before.length : values.length >= before.length + after.length;
    return (
      fits &&
      before.every((test, index) => test(values[index] ?? "")) &&
      after.every((test, index) => test(values[values.length - after.length + index] ?? ""))
    );
  };
}

function splitFields(text: string): string[] {
  const fields: string[] = [];
  let field = "";
  let quoted = false;
  for (const character of text) {
    if (character === '"') quoted = !quoted;
    if (character === "," && !quoted) {
      fields.push(field.trim());
      field = "";
    } else field += character;
  }
  if (quoted) throw new InvalidPattern(`Invalid filter pattern: unterminated phrase in '${text}'`);
  return [...fields, field.trim()];
}

function parseField(text: string): Field {
  if (text === "...") return "ellipsis";
  if (/^\w*$/.test(text)) return () => true;
  const alternatives = text.split("||").map((alternative) => {
    const conditions = alternative.split("&&").map(parseCondition);
    return (value: string) => conditions.every((condition) => condition(value));
  });
  return (value) => alternatives.some((alternative) => alternative(value));
}

function parseCondition(text: string): (value: string) => boolean {
  const match = /^\(?\s*\w+\s*(!=|<=|>=|=|<|>)\s*(?:"([^"]*)"|%(.+)%|([^\s"]+?))\s*\)?$/.exec(text.trim());
  if (match === null) throw new InvalidPattern(`Invalid filter pattern: '${text.trim()}'`);
  const [, comparison, quoted, expression, bare] = match;
  const [operand, kind] =
    expression !== undefined
      ? ([expression, "expression"] as const)
      : quoted !== undefined
        ? ([quoted, "quoted"] as const)
        : ([bare ?? "", "bare"] as const);
  return valueTest(comparison as Comparison, operand, kind);
}
