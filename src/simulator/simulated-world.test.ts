import { expect, test } from "vitest";
import { SimulatedWorld } from "./simulated-world.ts";

const breaker = { enable: true, rollback: true, resetOnHealthyTask: true, threshold: { type: "BOUNDED_PERCENT", value: 50 } } as const;
const completed =
  (world: SimulatedWorld, name = "api") =>
  () => {
    const [first, ...others] = world.service(name).deployments;
    return first?.rolloutState === "COMPLETED" && others.length === 0 && world.tasks(name).every((task) => task.lastStatus === "RUNNING");
  };

test("a service is created, becomes steady, scales, updates and rolls back a broken version", () => {
  const world = new SimulatedWorld();
  world.create({ name: "api", desiredCount: 2, version: {}, targetGroup: {}, deployment: { circuitBreaker: breaker } });
  expect(world.until(completed(world))).toBe(true);
  expect(world.story("api")).toEqual([
    "has started 2 tasks: (task) (task).",
    "registered 2 targets in (target-group api-targets)",
    "(deployment ecs-svc/N) deployment completed.",
    "has reached a steady state.",
  ]);
  const first = world.service("api").deployments[0];

  world.scale("api", 3);
  expect(world.until(() => world.tasks("api").length === 3 && completed(world)())).toBe(true);

  world.deploy("api", {});
  expect(world.until(completed(world))).toBe(true);
  const second = world.service("api").deployments[0];
  expect(second?.id).not.toBe(first?.id);

  world.deploy("api", { behaviour: { exitsAfterMs: 1_000, exitCode: 1 } });
  expect(world.until(() => world.service("api").deployments[0]?.rollback === true)).toBe(true);
  expect(world.until(completed(world))).toBe(true);
  expect(world.service("api").deployments[0]?.id).toBe(second?.id);
  expect(world.service("api").serviceDeployments.map((each) => each.status)).toEqual(["ROLLBACK_SUCCESSFUL", "SUCCESSFUL", "SUCCESSFUL"]);
});
