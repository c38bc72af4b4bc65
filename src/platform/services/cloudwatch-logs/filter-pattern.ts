/**
 * CloudWatch Logs filter patterns ("Filter pattern syntax"): terms and phrases, `-excluded`, `?optional`, `%regular
 * expressions%`, JSON selectors `{ $.status = 5* && $.ms > 100 }` and space-delimited fields `[ip, ..., status=4*]`.
 * Pure: a pattern becomes a predicate over messages.
 */
import { parseFieldPattern } from "./filter-pattern-fields.ts";
import { parseJsonPattern } from "./filter-pattern-json.ts";
import { InvalidPattern, regularExpression } from "./filter-pattern-lexis.ts";

export { InvalidPattern };

export type MessageFilter = (message: string) => boolean;

/** Throws `InvalidPattern`. The empty pattern matches every message. */
export function parseFilterPattern(pattern: string): MessageFilter {
  const text = pattern.trim();
  if (text === "") return () => true;
  if (text.startsWith("{")) return parseJsonPattern(text);
  if (text.startsWith("[")) return parseFieldPattern(text);
  return parseTerms(text);
}

interface Term {
  readonly role: "required" | "excluded" | "optional";
  readonly matches: MessageFilter;
}

function parseTerms(text: string): MessageFilter {
  const terms: Term[] = [];
  const token = /\s*([-?]?)(?:"((?:[^"\\]|\\.)*)"|%((?:[^%\\]|\\.)+)%|([^\s"]+))/y;
  let end = 0;
  while (end < text.length) {
    token.lastIndex = end;
    const match = token.exec(text);
    if (match === null) {
      if (text.slice(end).trim() === "") break;
      throw new InvalidPattern(`Invalid filter pattern: unterminated phrase in '${text}'`);
    }
    end = token.lastIndex;
    const [, sign, phrase, expression, word] = match;
    terms.push({ role: sign === "-" ? "excluded" : sign === "?" ? "optional" : "required", matches: matcherOf(phrase, expression, word) });
  }
  const of = (role: Term["role"]): MessageFilter[] => terms.filter((term) => term.role === role).map(({ matches }) => matches);
  const [required, excluded, optional] = [of("required"), of("excluded"), of("optional")];
  // As AWS documents, optional terms count only where nothing is required or excluded.
  if (required.length === 0 && excluded.length === 0) return (message) => optional.some((matches) => matches(message));
  return (message) => required.every((matches) => matches(message)) && !excluded.some((matches) => matches(message));
}

function matcherOf(phrase: string | undefined, expression: string | undefined, word: string | undefined): MessageFilter {
  if (expression !== undefined) {
    const compiled = regularExpression(expression);
    return (message) => compiled.test(message);
  }
  const literal = phrase === undefined ? (word ?? "") : phrase.replace(/\\(.)/g, "$1");
  if (phrase === undefined && /[^\p{L}\p{N}_]/u.test(literal)) {
    throw new InvalidPattern(`Invalid character(s) in term '${literal}'`);
  }
  return (message) => message.includes(literal);
}
