import { expect, it } from "vitest";
import { loadManifests } from "../../manifest/load.ts";
import { rolloutBudgetSeconds } from "./rollout-budget.ts";

function budgetOf(service: string): number {
  const text = `apiVersion: fsd/v1\nkind: Service\nmetadata: {name: items}\nservice:\n  type: ecs\n  image: items:1\n  port: 8000\n${service}`;
  const { services, diagnostics } = loadManifests([{ file: "fsd.yml", bytes: Buffer.from(text) }], { environment: "dev" });
  const [only] = services;
  if (only === undefined) throw new Error(JSON.stringify(diagnostics));
  return rolloutBudgetSeconds(only);
}

it("is three waves long for the defaults, whose two tasks are replaced in one wave", () => {
  // start 180 + grace 60 + 3 checks of 30 + drain 30 + stop 30
  expect(budgetOf("")).toBe(3 * 390);
});

it("is never under a quarter of an hour", () => {
  expect(budgetOf("  healthCheck: {interval: 5, timeout: 2, gracePeriod: 0}\n")).toBe(900);
});

it("grows with the waves that the bounds make necessary", () => {
  const one = budgetOf("  resources: {size: small, desiredCount: 10}\n");
  const ten = budgetOf("  resources: {size: small, desiredCount: 10}\n  deployment: {minimumHealthyPercent: 100, maximumPercent: 110}\n");
  expect(ten).toBe(10 * one);
});

it("has room for a slow start", () => {
  expect(budgetOf("  healthCheck: {gracePeriod: 1800}\n")).toBeGreaterThan(3 * 1800);
});

it("has room for what canary and linear wait for on purpose", () => {
  const plain = budgetOf("");
  expect(budgetOf("  deployment: {strategy: canary, bakeTime: 30m, canary: {percent: 5, bakeTime: 10m}}\n")).toBe(plain + 40 * 60);
  expect(budgetOf("  deployment: {strategy: linear, bakeTime: 30m, linear: {stepPercent: 10, stepBakeTime: 6m}}\n")).toBe(
    plain + 30 * 60 + 10 * 6 * 60,
  );
});
