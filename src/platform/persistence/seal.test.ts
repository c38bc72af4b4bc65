import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { temporaryFolder } from "../../kit/temporary-folder.testing.ts";
import { sealOfFile } from "./seal.ts";

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
});

describe("a sealed value", () => {
  it("opens with the key of the same file, and shows nothing of itself", () => {
    const file = join(folder, "key");
    const first = sealOfFile(file);
    const again = sealOfFile(file);
    fc.assert(
      fc.property(fc.string(), fc.string(), (plain, label) => {
        expect(again.open(first.seal(plain, label), label)).toBe(plain);
      }),
      { numRuns: 30 },
    );
    expect(again.open(first.seal("naïve 🔑\u0000", "x"), "x")).toBe("naïve 🔑\u0000");
    expect(first.seal("the same", "x")).not.toBe(first.seal("the same", "x"));
  });

  it("opens neither elsewhere nor with another key nor changed", () => {
    const seal = sealOfFile(join(folder, "key"));
    const sealed = seal.seal("secret", "here");
    expect(() => seal.open(sealed, "there")).toThrow();
    expect(() => sealOfFile(join(folder, "other")).open(sealed, "here")).toThrow();
    expect(() => seal.open(`AA${sealed.slice(2)}`, "here")).toThrow();
  });

  it("has a key that only its owner can read, and refuses a file that is no key", () => {
    const file = join(folder, "key");
    sealOfFile(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    writeFileSync(join(folder, "short"), "abc");
    expect(() => sealOfFile(join(folder, "short"))).toThrow("is not the key of this platform's secrets");
  });
});
