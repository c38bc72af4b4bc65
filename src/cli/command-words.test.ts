import { expect, it } from "vitest";
import { commandWords } from "./command-words.ts";

it.each([
  ["python3 -m app.etl --full", ["python3", "-m", "app.etl", "--full"]],
  ["  sh -c 'echo \"$HOME\" && exit 3' ", ["sh", "-c", 'echo "$HOME" && exit 3']],
  [`a "b c" d\\ e "" f'g'"h"`, ["a", "b c", "d e", "", "fgh"]],
  ['["sh", "-c", "exit 3"]', ["sh", "-c", "exit 3"]],
])("%s is %j", (text, words) => {
  expect(commandWords(text)).toEqual(words);
});

it.each(["", "  ", "a 'b", 'a "b', "[1]", "[", "[]"])("%j is refused", (text) => {
  expect(() => commandWords(text)).toThrow(/--command/);
});
