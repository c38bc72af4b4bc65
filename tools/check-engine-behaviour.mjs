// The list of what the engine does, docs/engine-behaviour.md, names a test for every row. This looks whether each row has an
// identifier of its own and each named test exists, under its full name and not skipped: a row whose test was renamed or
// removed fails the check.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("..", import.meta.url));
const PAGE = "docs/engine-behaviour.md";

/** The full names ("describe it") of the tests in a file, and of those of them that do not run. */
function testsOf(file) {
  const names = new Set();
  const idle = new Set();
  const source = ts.createSourceFile(file, readFileSync(`${root}${file}`, "utf8"), ts.ScriptTarget.Latest, true);
  const visit = (node, above, asleep) => {
    const call = ts.isCallExpression(node) ? titled(node) : undefined;
    if (call === undefined) {
      ts.forEachChild(node, (child) => visit(child, above, asleep));
      return;
    }
    const name = above === "" ? call.title : `${above} ${call.title}`;
    const sleeps = asleep || call.modifiers.some((modifier) => modifier === "skip" || modifier === "todo");
    if (call.kind === "describe") for (const argument of node.arguments.slice(1)) visit(argument, name, sleeps);
    else (sleeps ? idle : names).add(name);
  };
  visit(source, "", false);
  return { names, idle };
}

/** `test("title", …)`, `it.each(…)("title", …)`, `describe("title", …)`: what is called, and with which title. */
function titled(call) {
  const [first] = call.arguments;
  if (first === undefined) return undefined;
  const title = ts.isStringLiteralLike(first) ? first.text : ts.isTemplateExpression(first) ? first.getText().slice(1, -1) : undefined;
  if (title === undefined) return undefined;
  const modifiers = [];
  let callee = call.expression;
  while (!ts.isIdentifier(callee)) {
    if (ts.isPropertyAccessExpression(callee)) {
      modifiers.push(callee.name.text);
      callee = callee.expression;
    } else if (ts.isCallExpression(callee)) callee = callee.expression;
    else if (ts.isTaggedTemplateExpression(callee)) callee = callee.tag;
    else return undefined;
  }
  return ["test", "it", "describe"].includes(callee.text) ? { kind: callee.text, title, modifiers } : undefined;
}

const problems = [];
const seen = new Set();
const files = new Map();
let rows = 0;
for (const [index, line] of readFileSync(`${root}${PAGE}`, "utf8").split("\n").entries()) {
  const cells = line.split("|").map((cell) => cell.trim());
  const [, id, what, shownBy] = cells;
  if (id === undefined || !/^[A-Z]+\d+[a-z]?$/.test(id)) continue;
  rows++;
  const complain = (text) => problems.push(`${PAGE}:${index + 1} ${id} ${text}`);
  if (seen.has(id)) complain("stands twice");
  seen.add(id);
  if (cells.length !== 5 || what === "") complain("is no row of three cells: identifier, what happens, shown by");
  const cited = (shownBy ?? "").split("<br>").filter((each) => each !== "");
  // What is not done may name the test of its refusal behind the reason.
  const isDone = !cited[0]?.startsWith("Not done:");
  const shown = isDone ? cited : cited.slice(1);
  if (isDone && shown.length === 0) complain("names no test");
  for (const each of shown) {
    const [, file, name] = /^`([^`]+)` (.+)$/.exec(each.trim()) ?? [];
    if (file === undefined) complain(`"${each.trim()}" is not \`file\` and the test's full name`);
    else if (!existsSync(`${root}${file}`)) complain(`names a file that is not there: ${file}`);
    else {
      const tests = files.get(file) ?? testsOf(file);
      files.set(file, tests);
      if (tests.idle.has(name)) complain(`names a test that is skipped: ${name}`);
      else if (!tests.names.has(name)) complain(`names a test that ${file} does not have: ${name}`);
    }
  }
}
if (rows === 0) problems.push(`${PAGE} has no rows`);
if (problems.length > 0) {
  console.error(problems.join("\n"));
  process.exit(1);
}
