import { expect, it } from "vitest";
import { freezesAfter, frozenText } from "./freeze.ts";

it("freezes after a deployment that changed something and did not make its revision live, and after no other", () => {
  expect((["live", "unchanged", "rolled-back", "failed", "interrupted"] as const).filter(freezesAfter)).toEqual(["rolled-back", "failed"]);
});

it("says since when and why", () => {
  const freeze = { since: "2026-11-29T05:00:00.000Z", outcome: "rolled-back", cause: "task exited with 3" } as const;
  expect(frozenText(freeze)).toBe("since 2026-11-29T05:00:00.000Z, when a deployment was rolled back: task exited with 3");
  expect(frozenText({ ...freeze, outcome: "failed" })).toMatch(/when a deployment failed:/);
});
