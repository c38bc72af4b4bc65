import { describe, expect, it } from "vitest";
import { codeExamples } from "../manifest/code-examples.ts";
import { formatDiagnostic } from "../manifest/diagnostic.ts";
import { loadManifests } from "../manifest/load.ts";
import { missingOnLocal } from "./local-support.ts";
import { missedPatches } from "./missed-patches.ts";

/** What reading says, and, where that is content, what only synthesis knows. */
function told(text: string, environment?: string): string[] {
  const loaded = loadManifests([{ file: "fsd.yml", bytes: Buffer.from(text) }], environment === undefined ? {} : { environment });
  const found = loaded.diagnostics.some(({ severity }) => severity === "error")
    ? loaded.diagnostics
    : [
        ...loaded.diagnostics,
        ...loaded.resolved.flatMap(({ document, environment: own }) => [
          ...missedPatches(document, own),
          ...(own.local ? missingOnLocal(document, own, loaded.trees.get(document)) : []),
        ]),
      ];
  return found.map(formatDiagnostic);
}

describe("the examples of the pages on mistakes", () => {
  const manifests = Object.entries(codeExamples).filter(([, { shell }]) => shell !== true);

  it.each(manifests)(
    "%s: the wrong one earns it and no other error, the right one nothing at all",
    (code, { wrong, right, environment }) => {
      const lines = told(wrong, environment);
      expect(lines.filter((line) => line.includes(` ${code} `)).length, lines.join("\n")).toBeGreaterThan(0);
      expect(lines.filter((line) => line.includes(" error ") && !line.includes(` ${code} `))).toEqual([]);
      expect(told(right, environment)).toEqual([]);
    },
  );
});
