import { expect, it } from "vitest";
import { type Approval, approvalText } from "./approval.ts";

const approval: Approval = {
  at: "2026-11-29T08:00:00.000Z",
  by: "arn:aws:sts::123456789012:assumed-role/dev/ada",
  how: "asked",
  verb: "unfreeze",
  about: "lets items be deployed again",
};

it("is kept as it is when it fits", () => {
  expect(JSON.parse(approvalText({ ...approval, changeSet: "fsd-1" }))).toEqual({ ...approval, changeSet: "fsd-1" });
});

it.each(["x", "ü", "😀", '"', "\u0001"])("fits a parameter, whatever it tells (%j)", (character) => {
  const text = approvalText({ ...approval, about: character.repeat(5000) });
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
  const kept = JSON.parse(text) as Approval;
  expect(kept).toMatchObject({ by: approval.by, verb: "unfreeze" });
  expect(kept.about.length).toBeGreaterThan(300);
  expect(kept.about.endsWith("…")).toBe(true);
});

it("holds nothing that Parameter Store takes for a reference", () => {
  expect(approvalText({ ...approval, about: "{{ssm:/secret}} {{{x}}}" })).not.toMatch(/\{\{|\}\}/);
});
