import { describe, expect, it } from "vitest";
import { parseDockerIgnore } from "./docker-ignore.ts";

const excluded = (text: string, ...paths: string[]): string[] => paths.filter((path) => parseDockerIgnore(text).excludes(path));

describe("a .dockerignore", () => {
  it("roots patterns at the context, so a name below a folder stays", () => {
    expect(excluded("node_modules\n", "node_modules", "node_modules/a/b.js", "app/node_modules/x")).toEqual([
      "node_modules",
      "node_modules/a/b.js",
    ]);
  });

  it("crosses folders with two stars only", () => {
    expect(excluded("**/*.pyc\n*.log", "a.pyc", "a/b/c.pyc", "x.log", "a/x.log")).toEqual(["a.pyc", "a/b/c.pyc", "x.log"]);
  });

  it("lets the last matching pattern decide, also below an excluded folder", () => {
    expect(excluded("*\n!src\n!package.json\nsrc/secret", "README.md", "src/main.js", "package.json", "src/secret/key")).toEqual([
      "README.md",
      "src/secret/key",
    ]);
  });

  it("reads comments, blank lines, leading and doubled slashes and character classes", () => {
    expect(excluded("# a comment\n\n/dist/\n./tmp//cache\nfile[0-9].txt\n", "dist/x", "tmp/cache/y", "file1.txt", "filex.txt")).toEqual([
      "dist/x",
      "tmp/cache/y",
      "file1.txt",
    ]);
  });

  it("never takes back in what fsd always leaves out", () => {
    const ignore = parseDockerIgnore("!.fsd/secrets.local.env", [".fsd", ".git"]);
    expect(ignore.excludes(".fsd/secrets.local.env")).toBe(true);
    expect(ignore.prunes(".git")).toBe(true);
  });

  it("reads into an excluded folder while a pattern might take something back in", () => {
    expect(parseDockerIgnore("vendor\n!vendor/keep").prunes("vendor")).toBe(false);
    expect(parseDockerIgnore("vendor").prunes("vendor")).toBe(true);
  });
});
