/** The worked tables of ECS's documents as event timelines: each number comes about in a world, not out of a formula. */
import { describe, expect, test } from "vitest";
import type { CapacityProviderStrategyItem } from "../engine/service/service-state.ts";
import { breaker, steady } from "./rollout-situation.testing.ts";
import { SimulatedScaling } from "./simulated-scaling.ts";
import { SimulatedWorld } from "./simulated-world.ts";

const MINUTE = 60_000;

describe("the breaker's threshold", () => {
  test.each([
    ["BOUNDED_PERCENT", 50, 1, 3],
    ["BOUNDED_PERCENT", 50, 25, 13],
    ["BOUNDED_PERCENT", 50, 400, 200],
    ["BOUNDED_PERCENT", 50, 800, 200],
    ["UNBOUNDED_PERCENT", 50, 25, 13],
    ["UNBOUNDED_PERCENT", 50, 800, 400],
    ["COUNT", 7, 25, 7],
  ] as const)(
    "%s %i fails a deployment of %i tasks at the failed task number %i, and not before",
    (type, value, desiredCount, threshold) => {
      const world = new SimulatedWorld();
      // No two pulls fail in the same moment, so that each failure is seen by itself.
      let started = 0;
      const pulls = new Map<string, number>();
      const pullMs = (taskId: string): number => {
        if (!pulls.has(taskId)) pulls.set(taskId, ++started * 100);
        return pulls.get(taskId) ?? 0;
      };
      world.create({
        name: "api",
        desiredCount,
        version: {
          behaviour: (_container, { taskId }) => ({ pullMs: pullMs(taskId), pullFailure: "CannotPullContainerError: not found" }),
        },
        deployment: breaker({ threshold: { type, value } }),
      });
      const deployment = () => world.service("api").deployments[0];
      const counts = new Set<number>();
      expect(
        world.until(() => {
          const { rolloutState = "", failedTasks = 0 } = deployment() ?? {};
          if (rolloutState === "IN_PROGRESS") counts.add(failedTasks);
          return rolloutState === "FAILED";
        }),
      ).toBe(true);
      expect(Math.max(...counts)).toBe(threshold - 1);
      expect(deployment()?.failedTasks).toBe(threshold);
    },
  );
});

describe("base and weight", () => {
  /** Tasks by provider, while a service grows (or shrinks) by one task at a time. */
  const course = (strategy: readonly CapacityProviderStrategyItem[], counts: readonly number[]): number[][] => {
    const world = new SimulatedWorld();
    world.create({ name: "api", desiredCount: counts[0] ?? 0, version: {}, capacityProviderStrategy: strategy });
    return counts.map((count) => {
      world.scale("api", count);
      expect(steady(world)).toBe(true);
      const live = world.tasks("api").filter(({ desiredStatus }) => desiredStatus === "RUNNING");
      return strategy.map(({ capacityProvider }) => live.filter((task) => task.capacityProviderName === capacityProvider).length);
    });
  };
  const oneToTen = Array.from({ length: 10 }, (_, index) => index + 1);
  const worked = [
    { capacityProvider: "FARGATE", base: 2, weight: 1 },
    { capacityProvider: "FARGATE_SPOT", base: 0, weight: 3 },
  ];
  const split = [
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
  ];

  test("of 2 and 1 against 3 split a service that grows from one task to ten as the worked table does", () => {
    expect(course(worked, oneToTen)).toEqual(split);
  });

  test("split it the same when all ten start at once", () => {
    expect(course(worked, [10])).toEqual([[4, 6]]);
  });

  test("leave the base to the last when it shrinks again", () => {
    expect(course(worked, [10, 6, 4, 2, 1])).toEqual([
      [4, 6],
      [3, 3],
      [2, 2],
      [2, 0],
      [1, 0],
    ]);
  });

  test("of equal weights alternate, the first item first", () => {
    const equal = ["FARGATE", "FARGATE_SPOT"].map((capacityProvider) => ({ capacityProvider, base: 0, weight: 1 }));
    expect(course(equal, [1, 2, 3, 4])).toEqual([
      [1, 0],
      [1, 1],
      [2, 1],
      [2, 2],
    ]);
  });
});

describe("target tracking of 60 % with four tasks running", () => {
  /** When the desired count changes, in minutes, while the CPU stays at `cpu`, and to what. */
  const first = (cpu: number): { readonly minute: number; readonly to: number } | undefined => {
    const world = new SimulatedWorld();
    world.create({ name: "api", desiredCount: 4, version: {} });
    expect(steady(world)).toBe(true);
    const policy = { kind: "target-tracking", name: "cpu", metric: "cpu", target: 60, disableScaleIn: false } as const;
    const cooldowns = { scaleOutCooldownMs: 5 * MINUTE, scaleInCooldownMs: 5 * MINUTE };
    const scaler = new SimulatedScaling(world, "api", {
      minCapacity: 1,
      maxCapacity: 20,
      policies: [{ ...policy, ...cooldowns }],
      schedule: [],
    });
    for (let minute = 1; minute <= 30; minute++) {
      world.advance(MINUTE);
      scaler.minute({ cpu }, 4);
      const [activity] = scaler.activities;
      if (activity !== undefined) return { minute, to: activity.to };
    }
    return undefined;
  };

  test("at 90 % asks for six after three minutes", () => {
    expect(first(90)).toEqual({ minute: 3, to: 6 });
  });

  test("at 30 % asks for two after fifteen minutes", () => {
    expect(first(30)).toEqual({ minute: 15, to: 2 });
  });

  test.each([54, 57, 60])("at %i %, between nine tenths of the target and the target, changes nothing", (cpu) => {
    expect(first(cpu)).toBeUndefined();
  });

  test("takes a step of the same formula, rounded up, on either side", () => {
    expect(first(61)).toEqual({ minute: 3, to: 5 });
    expect(first(53)).toBeUndefined();
    expect(first(44)).toEqual({ minute: 15, to: 3 });
  });
});

describe("what counts as healthy, from the creation of a service to its steady state", () => {
  const healthCheck = { command: ["CMD", "true"], intervalMs: 10_000, timeoutMs: 5_000, retries: 3, startPeriodMs: 0 };
  const targetGroup = { intervalMs: 30_000 };
  /** Seconds from RUNNING to steady. */
  const settles = (parts: { readonly check?: true; readonly balanced?: true; readonly answersAfterMs: number }): number => {
    const world = new SimulatedWorld();
    world.create({
      name: "api",
      desiredCount: 1,
      version: {
        containers: [{ name: "app", ...(parts.check === undefined ? {} : { healthCheck }) }],
        behaviour: { answersAfterMs: parts.answersAfterMs },
      },
      gracePeriodMs: 10 * MINUTE,
      ...(parts.balanced === undefined ? {} : { targetGroup }),
    });
    world.until(() => world.tasks("api")[0]?.lastStatus === "RUNNING");
    const running = world.clock.now();
    expect(steady(world)).toBe(true);
    return Math.round((world.clock.now() - running) / 1000);
  };

  test.each([
    ["with neither, forty seconds of RUNNING", { answersAfterMs: 0 }, 40],
    ["with a container check, its first pass", { check: true, answersAfterMs: 25_000 }, 30],
    ["behind a load balancer, the first success of its target", { balanced: true, answersAfterMs: 25_000 }, 30],
    ["with both, the later: the target's", { check: true, balanced: true, answersAfterMs: 5_000 }, 30],
  ] as const)("%s", (_what, parts, seconds) => {
    expect(settles(parts)).toBe(seconds);
  });

  test("with both, the later: the container's", () => {
    const world = new SimulatedWorld();
    const slow = { ...healthCheck, intervalMs: 120_000 };
    world.create({ name: "api", desiredCount: 1, version: { containers: [{ name: "app", healthCheck: slow }] }, targetGroup });
    expect(world.until(() => world.healthyTargets("api") === 1)).toBe(true);
    expect(world.healthyTasks("api")).toEqual([]);
    expect(steady(world)).toBe(true);
    expect(world.tasks("api")[0]?.containers[0]?.health.status).toBe("HEALTHY");
  });
});

describe("the stop of a task", () => {
  test("lasts the whole deregistration delay and the whole stop timeout at worst, and ends with 137", () => {
    const world = new SimulatedWorld();
    world.create({
      name: "api",
      desiredCount: 2,
      version: { containers: [{ name: "app", stopTimeoutMs: 30_000 }], behaviour: { stopsAfterMs: 600_000 } },
      targetGroup: { drainMs: 300_000 },
    });
    expect(steady(world)).toBe(true);
    world.scale("api", 1);
    const begin = world.clock.now();
    const leaving = () => world.allTasks("api").find(({ desiredStatus }) => desiredStatus === "STOPPED");
    expect(world.until(() => leaving()?.lastStatus === "DEACTIVATING")).toBe(true);
    expect(world.until(() => leaving()?.lastStatus === "STOPPING")).toBe(true);
    expect(world.clock.now() - begin).toBe(300_000);
    expect(world.until(() => leaving()?.lastStatus === "DEPROVISIONING")).toBe(true);
    expect(world.clock.now() - begin).toBe(330_000);
    expect(leaving()?.containers[0]?.exitCode).toBe(137);
  });
});
