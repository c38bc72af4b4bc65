/** In which order a rolling update starts and stops, for the configurations whose course is documented; and what every pass obeys. */
import { describe, expect, test } from "vitest";
import { breaker, crashes, neverHealthy, steady, unpullable } from "./rollout-situation.testing.ts";
import { type SimulatedService, SimulatedWorld } from "./simulated-world.ts";

/** The starts and stops of an update, in order: `+2` are two started, `-1` is one stopped. */
function steps(desiredCount: number, minimumHealthyPercent: number, maximumPercent: number): string[] {
  const world = start({ desiredCount, deployment: { minimumHealthyPercent, maximumPercent } });
  const told = world.service("api").events.length;
  world.deploy("api", {});
  expect(steady(world)).toBe(true);
  return world
    .story("api")
    .slice(told)
    .flatMap((message) => {
      const [, verb, count] = /^has (started|stopped) (\d+)/.exec(message) ?? [];
      return verb === undefined ? [] : [`${verb === "started" ? "+" : "-"}${count ?? ""}`];
    });
}

function start(over: Partial<SimulatedService> = {}): SimulatedWorld {
  const world = new SimulatedWorld();
  world.create({ name: "api", desiredCount: 2, version: {}, targetGroup: {}, ...over });
  expect(steady(world)).toBe(true);
  return world;
}

const wanted = (world: SimulatedWorld): number => world.tasks("api").filter((task) => task.desiredStatus === "RUNNING").length;

describe("the course of an update", () => {
  test.each([
    [1, 100, 200, "+1 -1"],
    [1, 0, 100, "-1 +1"],
    [4, 50, 100, "-2 +2 -2 +2"],
    [4, 100, 200, "+4 -4"],
    [10, 90, 110, "-1 +2 -2 +2 -2 +2 -2 +2 -2 +2 -1"],
    [0, 100, 200, ""],
  ])("of %i tasks at %i/%i is %s", (desired, minimum, maximum, expected) => {
    expect(steps(desired, minimum, maximum).join(" ")).toBe(expected);
  });

  test("of ten tasks at 90/110 begins with a stop and two starts in one instant", () => {
    const world = start({ desiredCount: 10, deployment: { minimumHealthyPercent: 90, maximumPercent: 110 } });
    const old = world.service("api").deployments[0]?.id;
    world.deploy("api", {});
    world.advance(0);
    const remaining = world.tasks("api").filter(({ deploymentId, desiredStatus }) => deploymentId === old && desiredStatus === "RUNNING");
    expect([remaining.length, wanted(world)]).toEqual([9, 11]);
  });

  test("counts only tasks wanted RUNNING: those that drain come on top of the maximum", () => {
    const world = start({
      desiredCount: 2,
      targetGroup: { drainMs: 600_000 },
      deployment: { minimumHealthyPercent: 50, maximumPercent: 100 },
    });
    world.deploy("api", {});
    let most = 0;
    world.until(() => {
      most = Math.max(most, world.tasks("api").length);
      expect(wanted(world)).toBeLessThanOrEqual(2);
      return world.service("api").deployments.length === 1;
    }, 7_200_000);
    expect(most).toBe(4);
  });

  test("of one task at 0/100 stops it and wants another at once, which may run while the first is still at its stop", () => {
    for (const [stopsAfterMs, together] of [
      [1_000, 1],
      [29_000, 2],
    ] as const) {
      const world = start({
        desiredCount: 1,
        targetGroup: undefined,
        version: { behaviour: { stopsAfterMs } },
        deployment: { minimumHealthyPercent: 0, maximumPercent: 100 },
      } as Partial<SimulatedService>);
      world.deploy("api", {});
      let running = 0;
      let most = 0;
      world.until(() => {
        running = Math.max(running, world.runtime.running().length);
        most = Math.max(most, wanted(world));
        return world.service("api").deployments.length === 1 && world.healthyTasks("api").length === 1;
      });
      expect({ most, running }).toEqual({ most: 1, running: together });
    }
  });

  test("takes the ill of the old revision first", () => {
    const world = start({ desiredCount: 3, deployment: { minimumHealthyPercent: 34, maximumPercent: 100 } });
    const [ill] = world.tasks("api");
    world.configure("api", { healthCheckGracePeriodMs: 3_600_000 });
    world.runtime.setAnswering(ill?.taskArn ?? "", false);
    world.until(() => world.targetGroups.states("api-targets").some(({ state }) => state === "unhealthy"));
    world.deploy("api", {});
    world.advance(0);
    expect(world.keeper.task(ill?.taskArn ?? "")?.desiredStatus).toBe("STOPPED");
    expect(world.healthyTasks("api").length).toBeGreaterThanOrEqual(2);
  });

  test("a superseded deployment is ACTIVE, wants fewer and fewer, and is gone when its last task has drained", () => {
    const world = start({ desiredCount: 3, deployment: { minimumHealthyPercent: 100, maximumPercent: 134 } });
    const old = world.service("api").deployments[0]?.id;
    world.deploy("api", {});
    const counts: number[] = [];
    world.until(() => {
      const active = world.service("api").deployments.find(({ id }) => id === old);
      const remaining = world
        .tasks("api")
        .filter(({ deploymentId, lastStatus }) => deploymentId === old && !["STOPPING", "DEPROVISIONING"].includes(lastStatus)).length;
      if (active === undefined) {
        expect(remaining).toBe(0);
        return true;
      }
      expect(active.status).toBe("ACTIVE");
      expect(remaining).toBeGreaterThan(0);
      if (counts.at(-1) !== active.desiredCount) counts.push(active.desiredCount);
      return false;
    });
    expect(counts).toEqual([3, 2, 1, 0]);
    expect(world.service("api").deployments.map(({ status }) => status)).toEqual(["PRIMARY"]);
  });
});

test("the grace period keeps the scheduler from acting, not the load balancer from taking the traffic away", () => {
  const world = start({ gracePeriodMs: 3_600_000 });
  const [ill] = world.tasks("api");
  world.runtime.setAnswering(ill?.taskArn ?? "", false);
  world.advance(600_000);
  expect(
    world.targetGroups
      .states("api-targets")
      .map(({ state }) => state)
      .sort(),
  ).toEqual(["healthy", "unhealthy"]);
  expect(new Set(Array.from({ length: 10 }, () => world.request("api")?.ip)).size).toBe(1);
  expect(wanted(world)).toBe(2);
  expect(world.keeper.task(ill?.taskArn ?? "")?.desiredStatus).toBe("RUNNING");
});

describe("what is told", () => {
  const healthCheck = { command: ["CMD", "true"], intervalMs: 10_000, timeoutMs: 5_000, retries: 3, startPeriodMs: 0 };

  test("of a target that fails its checks: task, port, group and reason", () => {
    const world = start();
    const [ill] = world.tasks("api");
    world.runtime.setAnswering(ill?.taskArn ?? "", false);
    expect(world.until(() => world.keeper.task(ill?.taskArn ?? "")?.desiredStatus === "STOPPED")).toBe(true);
    world.advance(0);
    expect(world.story("api")).toContain(
      "(task) (port 8000) is unhealthy in (target-group api-targets) due to (reason Health checks failed).",
    );
    expect(world.story("api")).toContain("has begun draining connections on 1 tasks.");
    expect(world.story("api")).toContain("deregistered 1 targets in (target-group api-targets)");
  });

  test.each([
    ["Target.ResponseCodeMismatch", "Health checks failed with these codes: [502]"],
    ["Target.Timeout", "Request timed out"],
  ])("of a target that fails its checks with %s: %s", (reason, description) => {
    const world = start();
    const ip = world.tasks("api")[0]?.attachment?.privateIp ?? "";
    const failing = { targetGroupArn: "api-targets", target: { ip, port: 8000 }, state: "unhealthy", reason, description } as const;
    world.controller.receive({ type: "target-health", ...failing });
    world.advance(0);
    expect(world.story("api")).toContain(`(task) (port 8000) is unhealthy in (target-group api-targets) due to (reason ${description}).`);
  });

  test("of a container that fails its checks, and why its task was stopped", () => {
    const world = start({ targetGroup: undefined, version: { containers: [{ name: "app", healthCheck }] } } as Partial<SimulatedService>);
    const [ill] = world.tasks("api");
    world.runtime.setAnswering(ill?.taskArn ?? "", false);
    expect(world.until(() => world.keeper.task(ill?.taskArn ?? "")?.desiredStatus === "STOPPED")).toBe(true);
    expect(world.story("api")).toContain("(task) failed container health checks.");
    expect(world.keeper.task(ill?.taskArn ?? "")).toMatchObject({
      stopCode: "ServiceSchedulerInitiated",
      stoppedReason: "Task failed container health checks",
    });
  });

  test("of a task that is scaled in and of one that is replaced, in the same words", () => {
    const world = start();
    const deployment = (): string => world.service("api").deployments[0]?.id ?? "";
    const stopped = (): (string | undefined)[] =>
      world.allTasks("api").flatMap(({ desiredStatus, stoppedReason }) => (desiredStatus === "STOPPED" ? [stoppedReason] : []));
    world.scale("api", 1);
    world.advance(0);
    expect(stopped()).toEqual([`Scaling activity initiated by (deployment ${deployment()})`]);
    expect(steady(world)).toBe(true);
    world.deploy("api", {});
    expect(steady(world)).toBe(true);
    expect(stopped()).toContain(`Scaling activity initiated by (deployment ${deployment()})`);
  });

  test("of a deployment that goes well: completed and steady in one instant, with the reasons of its state", () => {
    const world = start();
    world.deploy("api", {});
    const id = world.service("api").deployments[0]?.id ?? "";
    expect(world.service("api").deployments[0]?.rolloutStateReason).toBe(`ECS deployment ${id} in progress.`);
    expect(steady(world)).toBe(true);
    expect(world.service("api").deployments[0]?.rolloutStateReason).toBe(`ECS deployment ${id} completed.`);
    const [newest, before] = world.service("api").events;
    expect([before?.message, newest?.message]).toEqual([
      `(service api) (deployment ${id}) deployment completed.`,
      "(service api) has reached a steady state.",
    ]);
    expect(newest?.createdAt).toBe(before?.createdAt);
  });

  test("of a rollback: the service stands again, with another definition than was asked for", () => {
    const world = start({ deployment: breaker() });
    const first = world.service("api").deployments[0]?.id;
    world.deploy("api", {});
    expect(steady(world)).toBe(true);
    const good = world.service("api").deployments[0];
    expect(good?.id).not.toBe(first);
    world.deploy("api", crashes);
    const asked = world.service("api").deployments[0]?.taskDefinitionArn;
    expect(world.until(() => world.service("api").deployments[0]?.rollback === true)).toBe(true);
    expect(world.service("api").deployments[0]).toMatchObject({
      id: good?.id,
      status: "PRIMARY",
      rolloutState: "IN_PROGRESS",
      rolloutStateReason: `ECS deployment circuit breaker: rolling back to deploymentId ${good?.id ?? ""}.`,
    });
    expect(steady(world)).toBe(true);
    expect(world.service("api").deployments.map(({ taskDefinitionArn }) => taskDefinitionArn)).toEqual([good?.taskDefinitionArn]);
    expect(asked).not.toBe(good?.taskDefinitionArn);
  });
});

describe("the pauses between starts", () => {
  /** How many tasks were started in ten minutes. */
  const startsOf = (world: SimulatedWorld): number => {
    world.advance(600_000);
    return world.allTasks("api").length;
  };

  test("are for tasks that never reach RUNNING: a program that exits at once is started again and again", () => {
    const [unpulled, exits] = [unpullable, crashes].map((version) => {
      const world = new SimulatedWorld();
      world.create({ name: "api", desiredCount: 1, version });
      return world;
    });
    expect(startsOf(unpulled!)).toBeLessThan(10);
    expect(startsOf(exits!)).toBeGreaterThan(20);
    expect(exits!.story("api")).not.toContain("is unable to consistently start tasks successfully.");
  });

  test("end with an update", () => {
    const world = new SimulatedWorld();
    world.create({ name: "api", desiredCount: 1, version: unpullable });
    world.advance(2 * 3_600_000);
    expect(world.until(() => world.tasks("api").length === 0)).toBe(true);
    world.advance(60_000);
    expect(wanted(world)).toBe(0);
    world.deploy("api", {});
    world.advance(0);
    expect(wanted(world)).toBe(1);
  });
});

describe("the circuit breaker", () => {
  test("trips when the count equals the threshold, and launches nothing more", () => {
    const world = new SimulatedWorld();
    world.create({ name: "api", desiredCount: 1, version: unpullable, deployment: breaker() });
    world.until(() => world.service("api").deployments[0]?.rolloutState === "FAILED");
    expect(world.service("api").deployments[0]?.failedTasks).toBe(3);
    const launched = world.allTasks("api").length;
    world.advance(1_800_000);
    expect(launched).toBe(3);
    expect(world.allTasks("api")).toHaveLength(3);
    expect(wanted(world)).toBe(0);
  });

  test.each(["BLUE_GREEN", "LINEAR", "CANARY"] as const)("does not watch a deployment in stages: %s", (strategy) => {
    const world = start({ deployment: { ...breaker(), strategy, bakeTimeMs: 0 } });
    world.deploy("api", neverHealthy);
    world.advance(4 * 3_600_000);
    expect(world.service("api").deployments[0]).toMatchObject({ rolloutState: "IN_PROGRESS", rollback: false });
    expect(world.service("api").deployments[0]?.failedTasks).toBeGreaterThan(3);
  });
});

test("an alarm with a window below a minute still makes a deployment bake for one", () => {
  const world = new SimulatedWorld();
  world.setAlarm("errors", "OK", 10_000);
  world.create({
    name: "api",
    desiredCount: 1,
    version: {},
    deployment: { alarms: { alarmNames: ["errors"], enable: true, rollback: true } },
  });
  world.until(() => world.service("api").deployments[0]?.bakingSinceTime !== undefined);
  const standing = world.clock.now();
  expect(steady(world)).toBe(true);
  expect(world.clock.now() - standing).toBe(60_000);
});

test("a service deployment's states and monitors, from the request to the end", () => {
  const world = start({ deployment: breaker() });
  world.deploy("api", {});
  const seen: string[] = [];
  const note = (): void => {
    const { status, circuitBreaker } = world.service("api").serviceDeployments[0]!;
    const state = `${status} ${circuitBreaker.status}`;
    if (seen.at(-1) !== state) seen.push(state);
  };
  note();
  world.until(() => {
    note();
    return seen.at(-1)?.startsWith("SUCCESSFUL") === true;
  });
  expect(seen).toEqual(["PENDING MONITORING", "IN_PROGRESS MONITORING", "SUCCESSFUL MONITORING_COMPLETE"]);
});

test("monitors that are switched off are DISABLED, from the request to the end", () => {
  const world = start({ deployment: { alarms: { alarmNames: ["errors"], enable: false, rollback: true } } });
  world.setAlarm("errors", "OK");
  world.deploy("api", {});
  const monitors = (): unknown[] => {
    const { status, circuitBreaker, alarms } = world.service("api").serviceDeployments[0]!;
    return [status, circuitBreaker.status, alarms?.status];
  };
  expect(monitors()).toEqual(["PENDING", "DISABLED", "DISABLED"]);
  world.advance(20_000);
  world.setAlarm("errors", "ALARM");
  expect(steady(world)).toBe(true);
  expect(monitors()).toEqual(["SUCCESSFUL", "DISABLED", "DISABLED"]);
});

test("base and weight are the service's: during a rollout the new revision gets what the whole service still lacks", () => {
  const world = start({
    desiredCount: 4,
    capacityProviderStrategy: [
      { capacityProvider: "FARGATE", base: 2, weight: 0 },
      { capacityProvider: "FARGATE_SPOT", base: 0, weight: 1 },
    ],
  });
  const old = world.service("api").deployments[0]?.id;
  world.deploy("api", {});
  world.advance(0);
  const fresh = world.tasks("api").filter(({ deploymentId }) => deploymentId !== old);
  expect(fresh.map(({ capacityProviderName }) => capacityProviderName)).toEqual(Array.from({ length: 4 }, () => "FARGATE_SPOT"));
  expect(steady(world)).toBe(true);
  // The base is filled up by what starts from now on.
  for (const { taskArn } of world.healthyTasks("api").slice(0, 2)) world.runtime.crash(taskArn, 1);
  world.advance(1);
  expect(steady(world)).toBe(true);
  const providers = world.healthyTasks("api").map(({ capacityProviderName }) => capacityProviderName);
  expect(providers.sort()).toEqual(["FARGATE", "FARGATE", "FARGATE_SPOT", "FARGATE_SPOT"]);
});
