import { expect, it } from "vitest";
import { parseJson, parseJsonObject } from "./json.ts";

it.each([
  ["an object", '{"a":{"b":[1]}}', { a: { b: [1] } }, { a: { b: [1] } }],
  ["a list", '[{"a":1}]', [{ a: 1 }], undefined],
  ["a text", '"a"', "a", undefined],
  ["null", "null", null, undefined],
  ["no JSON", "{a", undefined, undefined],
  ["nothing", "", undefined, undefined],
])("a text that holds %s is read as what it is, and as an object only when it is one", (_situation, text, value, object) => {
  expect(parseJson(text)).toEqual(value);
  expect(parseJsonObject(text)).toEqual(object);
});
