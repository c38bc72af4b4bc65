/** A command given as one text, as the words a task gets: a JSON list, or words with quotes as in a shell, of which nothing else is taken. */
import { failure } from "../model/failures.ts";

export function commandWords(text: string): string[] {
  const words = text.trimStart().startsWith("[") ? fromJson(text) : fromText(text);
  if (words.length === 0) throw failure("FSD5001", "--command has no words");
  return words;
}

function fromJson(text: string): string[] {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value) && value.every((word) => typeof word === "string")) return value;
  } catch {
    // Said below: a list that cannot be read and a list of other things are the same mistake.
  }
  throw failure("FSD5001", `--command takes a JSON list of texts, not ${text}`, {
    hint: `for example --command '["python3", "-m", "etl"]'`,
  });
}

function fromText(text: string): string[] {
  const words: string[] = [];
  const word = /\s*((?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+)\s*/sy;
  for (let at = 0; at < text.length && text.slice(at).trim() !== ""; at = word.lastIndex) {
    word.lastIndex = at;
    const [, found] = word.exec(text) ?? [];
    if (found === undefined) throw failure("FSD5001", `a quote in --command is not closed: ${text}`);
    words.push(
      found.replace(
        /\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/gs,
        (_, plain?: string, double?: string, single?: string) => plain ?? double?.replace(/\\(["\\$`])/g, "$1") ?? single ?? "",
      ),
    );
  }
  return words;
}
