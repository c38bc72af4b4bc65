/** The worked tables of ECS's documents, to the number. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { nextProvider, surplusOrder } from "./capacity-split.ts";
import { breakerThreshold } from "./circuit-breaker.ts";
import { deploymentBounds } from "./deployment-bounds.ts";
import { startBackOffMs } from "./start-back-off.ts";

test.each([
  [1, 100, 200, 1, 2],
  [1, 0, 100, 0, 1],
  [1, 100, 150, 1, 1],
  [3, 100, 125, 3, 3],
  [2, 75, 100, 2, 2],
  [4, 50, 100, 2, 4],
  [4, 100, 200, 4, 8],
  [10, 90, 110, 9, 11],
  [0, 100, 200, 0, 0],
])("desired %i at %i/%i keeps %i healthy and runs at most %i", (desired, minimum, maximum, minHealthy, maxTasks) => {
  expect(deploymentBounds(desired, minimum, maximum)).toEqual({ minHealthy, maxTasks });
});

test.each([
  ["BOUNDED_PERCENT", 50, 1, 3],
  ["BOUNDED_PERCENT", 50, 25, 13],
  ["BOUNDED_PERCENT", 50, 400, 200],
  ["BOUNDED_PERCENT", 50, 800, 200],
  ["UNBOUNDED_PERCENT", 50, 1, 1],
  ["UNBOUNDED_PERCENT", 50, 0, 1],
  ["UNBOUNDED_PERCENT", 50, 25, 13],
  ["UNBOUNDED_PERCENT", 100, 800, 800],
  ["COUNT", 7, 800, 7],
] as const)("%s %i trips at desired %i after %i failures", (type, value, desired, threshold) => {
  expect(breakerThreshold({ type, value }, desired)).toBe(threshold);
});

const strategy = [
  { capacityProvider: "FARGATE", base: 2, weight: 1 },
  { capacityProvider: "FARGATE_SPOT", base: 0, weight: 3 },
];

test("base 2 weight 1 against weight 3 splits ten tasks as the worked table does", () => {
  const live = new Map<string, number>();
  const split: [number, number][] = [];
  for (let count = 1; count <= 10; count++) {
    const provider = nextProvider(strategy, live) ?? "";
    live.set(provider, (live.get(provider) ?? 0) + 1);
    split.push([live.get("FARGATE") ?? 0, live.get("FARGATE_SPOT") ?? 0]);
  }
  expect(split).toEqual([
    [1, 0],
    [2, 0],
    [2, 1],
    [2, 2],
    [3, 2],
    [3, 3],
    [3, 4],
    [3, 5],
    [4, 5],
    [4, 6],
  ]);
});

test("equal weights alternate, the first item first", () => {
  const equal = ["A", "B"].map((capacityProvider) => ({ capacityProvider, base: 0, weight: 1 }));
  const live = new Map<string, number>();
  const order = Array.from({ length: 4 }, () => {
    const provider = nextProvider(equal, live) ?? "";
    live.set(provider, (live.get(provider) ?? 0) + 1);
    return provider;
  });
  expect(order).toEqual(["A", "B", "A", "B"]);
});

test("a scale-in takes from the provider with the larger surplus and leaves the base", () => {
  expect(
    surplusOrder(
      strategy,
      new Map([
        ["FARGATE", 2],
        ["FARGATE_SPOT", 4],
      ]),
    )[0],
  ).toBe("FARGATE_SPOT");
  expect(
    surplusOrder(
      strategy,
      new Map([
        ["FARGATE", 6],
        ["FARGATE_SPOT", 2],
      ]),
    )[0],
  ).toBe("FARGATE");
  expect(
    surplusOrder(
      strategy,
      new Map([
        ["FARGATE", 2],
        ["FARGATE_SPOT", 1],
      ]),
    )[0],
  ).toBe("FARGATE_SPOT");
});

test("starts back off from nothing to a quarter of an hour", () => {
  expect([1, 2, 3, 4, 5, 9, 10, 1000].map((failures) => startBackOffMs(failures) / 1000)).toEqual([0, 0, 10, 20, 40, 640, 900, 900]);
});

test("bounds are whole, exact and ordered for every configuration ECS accepts", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 5000 }),
      fc.integer({ min: 0, max: 100 }),
      fc.integer({ min: 100, max: 1000 }),
      (desired, minimum, maximum) => {
        const { minHealthy, maxTasks } = deploymentBounds(desired, minimum, maximum);
        expect(minHealthy).toBeLessThanOrEqual(desired);
        expect(maxTasks).toBeGreaterThanOrEqual(desired);
        expect(minHealthy * 100).toBeGreaterThanOrEqual(desired * minimum);
        expect((minHealthy - 1) * 100).toBeLessThan(Math.max(1, desired * minimum));
        expect(maxTasks * 100).toBeLessThanOrEqual(desired * maximum);
        expect((maxTasks + 1) * 100).toBeGreaterThan(desired * maximum);
      },
    ),
  );
});
