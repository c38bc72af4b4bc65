/** What counts towards `minimumHealthyPercent`: the table of `task-verdict.ts`, row by row. */
import { describe, expect, test } from "vitest";
import { faithfulSettings } from "./moment.ts";
import type { TaskPlan } from "./task-plan.ts";
import { type HealthStatus, newTask, type TargetRegistration, type TaskState } from "./task-state.ts";
import { verdictOn } from "./task-verdict.ts";

const RUNS_SINCE = 100_000;
const check = { command: ["CMD", "true"], intervalMs: 10_000, timeoutMs: 5_000, retries: 3, startPeriodMs: 0 };
const plan = (checks: readonly boolean[]): TaskPlan => ({
  taskDefinitionArn: "definition",
  containers: checks.map((checked, index) => ({
    name: `c${index}`,
    image: "app",
    essential: true,
    dependsOn: [],
    stopTimeoutMs: 30_000,
    pinned: true,
    ...(checked ? { healthCheck: check } : {}),
  })),
});

/** A RUNNING task with containers of these healths (undefined: without a check) and targets in these states. */
function verdict(
  healths: readonly (HealthStatus | undefined)[],
  targets: readonly TargetRegistration[],
  aliveMs: number,
  graceMs = 0,
): string {
  const ofTask = plan(healths.map((health) => health !== undefined));
  const born = newTask(
    {
      taskArn: "arn",
      taskId: "id",
      clusterArn: "cluster",
      group: "service:api",
      enableExecuteCommand: false,
      platformVersion: "1.4.0",
      subnetId: "subnet-a",
      availabilityZone: "a",
      securityGroups: [],
      assignPublicIp: false,
      targets: targets.map((_state, index) => ({ targetGroupArn: `group${index}`, containerName: "c0", port: 80 })),
      registries: [],
    },
    ofTask,
    { time: 0, wall: 0 },
  );
  const task: TaskState = {
    ...born,
    lastStatus: "RUNNING",
    runningTime: RUNS_SINCE,
    targets: born.targets.map((target, index) => ({ ...target, state: targets[index] ?? "none" })),
    containers: born.containers.map((container, index) => ({
      ...container,
      phase: "running",
      health: { ...container.health, status: healths[index] ?? "UNKNOWN" },
    })),
  };
  return verdictOn(task, ofTask, graceMs, RUNS_SINCE + aliveMs, faithfulSettings).type;
}

describe("a task is counted healthy", () => {
  test("that nothing checks, after forty seconds of RUNNING", () => {
    expect(verdict([undefined], [], 39_999)).toBe("starting");
    expect(verdict([undefined], [], 40_000)).toBe("healthy");
  });

  test("with a checked container, when that is HEALTHY, however soon", () => {
    expect(verdict(["UNKNOWN"], [], 3_600_000)).toBe("starting");
    expect(verdict(["HEALTHY"], [], 0)).toBe("healthy");
  });

  test("behind a load balancer, when its target is healthy in every group", () => {
    expect(verdict([undefined], ["initial"], 3_600_000)).toBe("starting");
    expect(verdict([undefined], ["healthy"], 0)).toBe("healthy");
    expect(verdict([undefined], ["healthy", "initial"], 0)).toBe("starting");
    expect(verdict([undefined], ["healthy", "healthy"], 0)).toBe("healthy");
    // Health checks disabled: the load balancer tells nothing else.
    expect(verdict([undefined], ["unavailable"], 0)).toBe("healthy");
  });

  test("with both, when both are", () => {
    expect(verdict(["HEALTHY"], ["initial"], 0)).toBe("starting");
    expect(verdict(["UNKNOWN"], ["healthy"], 0)).toBe("starting");
    expect(verdict(["HEALTHY"], ["healthy"], 0)).toBe("healthy");
  });

  test("with two essential containers, of which one has no check, by the other alone", () => {
    expect(verdict(["HEALTHY", undefined], [], 0)).toBe("healthy");
    expect(verdict(["HEALTHY", "UNKNOWN"], [], 0)).toBe("starting");
  });
});

describe("a task is sick", () => {
  test("when any target or any essential container is", () => {
    expect(verdict(["UNHEALTHY"], [], 0)).toBe("sick");
    expect(verdict(["HEALTHY"], ["unhealthy"], 0)).toBe("sick");
    expect(verdict(["HEALTHY", "UNHEALTHY"], ["healthy"], 0)).toBe("sick");
  });

  test("only after the grace period, which forgives containers and targets alike", () => {
    expect(verdict(["UNHEALTHY"], [], 59_999, 60_000)).toBe("starting");
    expect(verdict([undefined], ["unhealthy"], 59_999, 60_000)).toBe("starting");
    expect(verdict(["UNHEALTHY"], [], 60_000, 60_000)).toBe("sick");
    expect(verdict([undefined], ["unhealthy"], 60_000, 60_000)).toBe("sick");
  });

  test("never without any check, whatever the grace period, which then does nothing", () => {
    expect(verdict([undefined], [], 40_000, 600_000)).toBe("healthy");
  });
});
