import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./support/world.ts";

const documents = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`)];

describe("the documents for people who work on fsd", () => {
  it.each(documents.filter((name) => name.endsWith(".md")))("%s names only files and folders that are there", (name) => {
    const named = readFileSync(join(root, name), "utf8").matchAll(/`((?:src|docs|test|tools|examples)\/[\w./-]+)`/g);
    const missing = [...named].map(([, path = ""]) => path).filter((path) => !path.includes("NNNN") && !existsSync(join(root, path)));
    expect(missing).toEqual([]);
  });
});
