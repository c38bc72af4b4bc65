import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "./support/world.ts";

it("pins every package of every platform by its content", () => {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, { integrity?: string }>;
  };
  const open = Object.entries(packages).filter(([path, { integrity }]) => path !== "" && integrity?.startsWith("sha512-") !== true);
  expect(open.map(([path]) => path)).toEqual([]);
});
