import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { failurePages } from "./failure-pages.ts";

/** What the source says with a code: the message and, where it is written out, the hint, each as the texts it can be. */
interface Spoken {
  readonly message: RegExp;
  readonly hint: RegExp;
}

const anything = "[^]*";

/** The texts that an expression can be, as a pattern: what is written out literally, and anything where it is computed. */
function pattern(node: ts.Node | undefined): string {
  if (node === undefined) return anything;
  if (ts.isStringLiteralLike(node)) return escaped(node.text);
  if (ts.isTemplateExpression(node)) {
    return escaped(node.head.text) + node.templateSpans.map(({ literal }) => anything + escaped(literal.text)).join("");
  }
  if (ts.isConditionalExpression(node)) return `(${pattern(node.whenTrue)}|${pattern(node.whenFalse)})`;
  return anything;
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");

function hintOf(details: ts.Node | undefined): ts.Node | undefined {
  if (details === undefined || !ts.isObjectLiteralExpression(details)) return undefined;
  const property = details.properties.find((one) => one.name?.getText() === "hint");
  return property !== undefined && ts.isPropertyAssignment(property) ? property.initializer : undefined;
}

/** Every `failure("FSD…", message, details)` of the source. */
function spoken(): ReadonlyMap<string, readonly Spoken[]> {
  const found = new Map<string, Spoken[]>();
  const source = new URL("../..", import.meta.url).pathname;
  for (const room of ["cli", "deploy"]) {
    for (const name of readdirSync(join(source, room), { recursive: true, encoding: "utf8" })) {
      if (!name.endsWith(".ts") || name.endsWith(".test.ts")) continue;
      const text = readFileSync(join(source, room, name), "utf8");
      if (!text.includes("failure(")) continue;
      const visit = (node: ts.Node): void => {
        if (ts.isCallExpression(node) && node.expression.getText() === "failure") {
          const [code, message, details] = node.arguments;
          const one = { message: new RegExp(`^${pattern(message)}$`), hint: new RegExp(`^${pattern(hintOf(details))}$`) };
          for (const [word] of (code?.getText() ?? "").matchAll(/FSD\d{4}/g)) found.set(word, [...(found.get(word) ?? []), one]);
        }
        ts.forEachChild(node, visit);
      };
      visit(ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true));
    }
  }
  return found;
}

describe("the pages of failures", () => {
  const source = spoken();

  // A defect has the words of whatever broke.
  it.each(Object.entries(failurePages).filter(([code]) => code !== "FSD9999"))("%s shows what the source can say", (code, { said }) => {
    const sayable = (source.get(code) ?? []).filter(({ message, hint }) => message.test(said.message) && hint.test(said.hint ?? ""));
    expect(sayable.length, `no failure("${code}", …) of the source says: ${said.message} → ${said.hint ?? ""}`).toBeGreaterThan(0);
  });
});
