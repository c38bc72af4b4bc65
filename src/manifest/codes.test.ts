import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { codes } from "./codes.ts";

it("every code of the registry is reported somewhere, and no other", () => {
  const source = new URL("..", import.meta.url).pathname;
  const reported = new Set<string>();
  for (const room of ["manifest", "synth"]) {
    for (const file of readdirSync(join(source, room), { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".ts") || file.endsWith(".test.ts") || /^(manifest\/)?code(s|-examples)\.ts$/.test(file)) continue;
      for (const [code] of readFileSync(join(source, room, file), "utf8").matchAll(/FSD1\d{3}/g)) reported.add(code);
    }
  }
  // What cannot be read is reported by whoever reads files.
  for (const code of ["FSD1001", "FSD1002"]) reported.add(code);
  expect([...reported].sort()).toEqual(Object.keys(codes).sort());
});
