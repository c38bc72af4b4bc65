import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const loader = join(import.meta.dirname, "..", "bin", "load-bundle.cjs");
const entry = `// 0123456789abcdef
const { answer } = require("./chunk/answer.cjs");
const few = [function few() { return 5; }];
const many = [${Array.from({ length: 60 }, (_, n) => `function f${n}(a) { return [a, ${n}].join("-").split("").map((x) => x + ${n}); }`).join(", ")}];
console.log(answer(), (process.argv.includes("more") ? many : few).map((each) => each("x")).length);
`;

describe("a bundle's compiled code", () => {
  let folder: string;
  let dist: string;
  let cache: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "fsd-bundle-"));
    dist = join(folder, "dist");
    cache = join(folder, "cache");
    mkdirSync(join(dist, "chunk"), { recursive: true });
    writeFileSync(join(dist, "entry.cjs"), entry);
    writeFileSync(
      join(dist, "chunk", "answer.cjs"),
      'exports.answer = () => `${require("node:path").basename(__filename)} ${__dirname.split("/").pop()}`;\n',
    );
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function run(grows: boolean, ...words: string[]) {
    const program = `require(${JSON.stringify(loader)}).run(${JSON.stringify(dist)}, "entry.cjs", { program: "trial", grows: ${grows} })`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ["-e", program, ...words], {
      encoding: "utf8",
      env: { XDG_CACHE_HOME: cache },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return stdout.trim();
  }
  const kept = () => readdirSync(join(dist, ".code")).map((name) => join(dist, ".code", name));

  it("is kept beside it, all its modules in one file, and left alone by runs that need no more", () => {
    expect(run(false)).toBe("answer.cjs chunk 1");
    const [file = ""] = kept();
    expect(kept()).toHaveLength(1);
    const [places = ""] = readFileSync(file, "latin1").split("\n");
    expect(Object.keys(JSON.parse(places)).sort()).toEqual(["chunk/answer.cjs", "entry.cjs"]);
    const before = statSync(file).ino;
    expect(run(false, "more")).toBe("answer.cjs chunk 60");
    expect(statSync(file).ino).toBe(before);
  });

  it("is kept anew by a program that grows, when it has clearly more of it, and then no more", () => {
    run(true);
    const [file = ""] = kept();
    const first = readFileSync(file);
    run(true, "more");
    const second = readFileSync(file);
    expect(second.length).toBeGreaterThan(first.length * 1.1);
    run(true, "more");
    expect(readFileSync(file).equals(second)).toBe(true);
  });

  it("that was cut off or is not V8's is made anew", () => {
    run(false);
    const [file = ""] = kept();
    for (const spoilt of [readFileSync(file).subarray(0, 400), Buffer.from("no line of JSON"), Buffer.from('{"entry.cjs":[0,5]}\nhello')]) {
      writeFileSync(file, spoilt);
      expect(run(false)).toBe("answer.cjs chunk 1");
      expect(readFileSync(file).length).toBeGreaterThan(500);
    }
  });

  it("of an earlier build goes when that of a later one is kept", () => {
    run(false);
    const [earlier = ""] = kept();
    writeFileSync(join(dist, "entry.cjs"), entry.replace("0123456789abcdef", "fedcba9876543210"));
    run(false);
    expect(existsSync(earlier)).toBe(false);
    expect(kept()).toHaveLength(1);
  });

  it("of a bundle without a name for its content is not kept", () => {
    writeFileSync(join(dist, "entry.cjs"), entry.split("\n").slice(1).join("\n"));
    expect(run(false)).toBe("answer.cjs chunk 1");
    expect(existsSync(join(dist, ".code"))).toBe(false);
  });

  it("lies in the user's cache folder when the bundle's cannot be written, and nowhere when that one cannot either", () => {
    writeFileSync(join(dist, ".code"), "not a folder");
    run(false);
    expect(readdirSync(join(cache, "fsd", "code"))).toHaveLength(1);
    rmSync(cache, { recursive: true });
    writeFileSync(cache, "not a folder");
    expect(run(false)).toBe("answer.cjs chunk 1");
  });
});
