// Every code that the source gives out is in a registry (src/manifest/codes/, src/model/failures.ts), every code of a registry is
// given out somewhere, and what documents and tests name is in use or was once. Comments give nothing out.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { bundled } from "./generators/bundled.mjs";
import { root } from "./installed.mjs";

const CODE = /\bFSD\d{4}\b/g;
const REGISTRIES =
  /^src\/(manifest\/code(s|-examples)(\/|\.ts$)|model\/(failures|retired-codes)\.ts$|model\/failure-pages\/|cli\/(code|error)-pages?\.ts$)/;

const { codes } = await bundled("src/manifest/codes.ts");
const { failures } = await bundled("src/model/failures.ts");
const { retiredCodes } = await bundled("src/model/retired-codes.ts");
const registered = new Set([...Object.keys(codes), ...Object.keys(failures)]);

const filesBelow = (folder, wanted) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((name) => wanted.test(name));

/** The codes in a source's strings. */
function givenOut(file, text) {
  const found = new Set();
  const visit = (node) => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node)) {
      for (const [code] of node.text.matchAll(CODE)) found.add(code);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest));
  return found;
}

const problems = [];
const used = new Set();
for (const file of filesBelow("src", /\.ts$/)) {
  const text = readFileSync(join(root, file), "utf8");
  if (!text.includes("FSD") || file.endsWith(".test.ts") || REGISTRIES.test(file)) continue;
  for (const code of givenOut(file, text)) {
    used.add(code);
    if (!registered.has(code)) problems.push(`${file} gives out ${code}, which is in no registry`);
  }
}
for (const code of registered) {
  if (!used.has(code)) problems.push(`${code} is registered and given out nowhere: move it to src/model/retired-codes.ts`);
  if (code in retiredCodes) problems.push(`${code} is retired and must not be given out again`);
}
const told = [
  ...filesBelow("src", /\.ts$/),
  ...filesBelow("test", /\.ts$/),
  ...filesBelow("docs", /\.md$/),
  ...filesBelow("examples", /\.(md|yml)$/),
];
for (const file of [...told, "README.md", "CHANGELOG.md", "ARCHITECTURE.md", "CONTRIBUTING.md"]) {
  if (file.includes("node_modules")) continue;
  for (const [code] of readFileSync(join(root, file), "utf8").matchAll(CODE)) {
    if (!registered.has(code) && !(code in retiredCodes)) problems.push(`${file} names ${code}, which is in no registry`);
  }
}
if (problems.length > 0) {
  console.error([...new Set(problems)].join("\n"));
  process.exit(1);
}
