/** The life of a task, one trigger at a time. */
import { describe, expect, test } from "vitest";
import { checkedHealthStatus, taskHealthStatus } from "./container-health.ts";
import { decideTask } from "./decide-task.ts";
import { faithfulSettings } from "./moment.ts";
import { bornTask } from "./task-birth.testing.ts";
import type { TaskDecision } from "./task-decision.ts";
import type { ContainerPlan, TaskPlan } from "./task-plan.ts";
import type { HealthStatus, TaskState } from "./task-state.ts";
import type { TaskTrigger } from "./task-trigger.ts";

function planOf(...containers: (Partial<ContainerPlan> & { name: string })[]): TaskPlan {
  return {
    taskDefinitionArn: "arn:aws:ecs:us-east-1:000000000000:task-definition/api:1",
    containers: containers.map((container) => ({
      image: "i",
      essential: true,
      dependsOn: [],
      stopTimeoutMs: 30_000,
      pinned: true,
      ...container,
    })),
  };
}

/** A task told as a story: each act is a trigger, and what it made ECS do is kept. */
class Story {
  task: TaskState;
  time = 0;
  wakeAt: number | undefined;
  readonly plan: TaskPlan;

  constructor(plan: TaskPlan, balanced = false) {
    this.plan = plan;
    const targets = balanced ? [{ targetGroupArn: "tg", containerName: plan.containers[0]?.name ?? "", port: 80 }] : [];
    this.task = bornTask(plan, { targets });
  }

  /** The decisions of one trigger, in words: `start app`. */
  on(trigger: TaskTrigger): string[] {
    const outcome = decideTask(this.task, this.plan, trigger, { time: this.time, wall: this.time }, faithfulSettings);
    this.task = outcome.task;
    this.wakeAt = outcome.wakeAt;
    return outcome.decisions.map(say);
  }

  after(seconds: number): this {
    this.time += seconds * 1000;
    return this;
  }

  provisioned(): string[] {
    return this.on({ type: "task-provisioned", privateIp: "10.0.0.1", macAddress: "m", attachmentId: "e" });
  }

  pulled(container: string): string[] {
    return this.on({ type: "container-pulled", container });
  }

  started(container: string): string[] {
    return this.on({ type: "container-started", container, runtimeId: container });
  }

  exited(container: string, exitCode?: number, reason?: string): string[] {
    return this.on({
      type: "container-exited",
      container,
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(reason === undefined ? {} : { reason }),
    });
  }

  probed(container: string, passed: boolean): string[] {
    return this.on({ type: "container-probed", container, passed, output: "" });
  }

  /** All containers up. */
  run(): this {
    this.provisioned();
    for (const { name } of this.plan.containers) this.pulled(name);
    for (const { name } of this.plan.containers) this.started(name);
    return this;
  }
}

function say(decision: TaskDecision): string {
  return "container" in decision ? `${decision.type} ${decision.container}` : decision.type;
}

test("a balanced task goes through every state, and its target is drained before its stop signal", () => {
  const story = new Story(planOf({ name: "app" }), true);
  expect(story.task.lastStatus).toBe("PROVISIONING");
  expect(story.provisioned()).toEqual(["pull app"]);
  expect(story.task.lastStatus).toBe("PENDING");
  expect(story.pulled("app")).toEqual(["start app"]);
  expect(story.started("app")).toEqual(["register-target"]);
  expect(story.task).toMatchObject({ lastStatus: "RUNNING", targets: [{ state: "initial" }] });
  expect(story.on({ type: "stop", stopCode: "UserInitiated", stoppedReason: "Task stopped by user" })).toEqual(["deregister-target"]);
  expect(story.task).toMatchObject({ lastStatus: "DEACTIVATING", desiredStatus: "STOPPED" });
  expect(story.on({ type: "target-health", targetGroupArn: "tg", state: "draining" })).toEqual([]);
  expect(story.on({ type: "target-health", targetGroupArn: "tg", state: "unused" })).toEqual(["stop app"]);
  expect(story.task.lastStatus).toBe("STOPPING");
  expect(story.exited("app", 143)).toEqual(["deprovision"]);
  expect(story.task.lastStatus).toBe("DEPROVISIONING");
  story.on({ type: "task-deprovisioned" });
  expect(story.task).toMatchObject({ lastStatus: "STOPPED", stopCode: "UserInitiated", containers: [{ exitCode: 143 }] });
});

test("answers that come late or twice change nothing", () => {
  const story = new Story(planOf({ name: "app" })).run();
  const before = story.task;
  story.started("app");
  story.pulled("app");
  story.provisioned();
  story.on({ type: "task-deprovisioned" });
  story.on({ type: "due" });
  expect(story.task).toBe(before);
});

describe("a task that does not start", () => {
  test.each([
    ["without an image", "CannotPullContainerError: no"],
    ["without a secret or a log group", "ResourceInitializationError: no"],
  ])("%s stops with the runtime's reason", (_situation, reason) => {
    const story = new Story(planOf({ name: "app" }), true);
    story.provisioned();
    // Not in its target group yet, it has nothing to drain.
    expect(story.on({ type: "container-pull-failed", container: "app", reason })).toEqual(["deprovision"]);
    expect(story.task).toMatchObject({ stopCode: "TaskFailedToStart", stoppedReason: reason, desiredStatus: "STOPPED" });
    expect(story.task.containers[0]?.exitCode).toBeUndefined();
    story.on({ type: "task-deprovisioned" });
    expect(story.task.lastStatus).toBe("STOPPED");
  });

  test("because a container cannot be started stops with the runtime's reason, and stops what has started", () => {
    const story = new Story(planOf({ name: "db" }, { name: "app", dependsOn: [{ containerName: "db", condition: "START" }] }));
    story.provisioned();
    story.pulled("db");
    story.pulled("app");
    story.started("db");
    const reason = 'CannotStartContainerError: exec: "gunicorn"';
    expect(story.on({ type: "container-start-failed", container: "app", reason })).toEqual(["stop db"]);
    expect(story.task).toMatchObject({ stopCode: "TaskFailedToStart", stoppedReason: reason, desiredStatus: "STOPPED" });
  });

  test("without a network interface never pulls", () => {
    const story = new Story(planOf({ name: "app" }));
    expect(story.on({ type: "task-provision-failed", reason: "ResourceInitializationError: no" })).toEqual(["deprovision"]);
    expect(story.task.stopCode).toBe("TaskFailedToStart");
  });
});

describe("containers in order", () => {
  const chain = (condition: "START" | "COMPLETE" | "SUCCESS" | "HEALTHY", dependency: Partial<ContainerPlan> = {}): Story => {
    const story = new Story(
      planOf({ name: "db", essential: false, ...dependency }, { name: "app", dependsOn: [{ containerName: "db", condition }] }),
    );
    story.provisioned();
    story.pulled("app");
    return story;
  };

  test("START waits for the start", () => {
    const story = chain("START");
    expect(story.pulled("db")).toEqual(["start db"]);
    expect(story.started("db")).toEqual(["start app"]);
    expect(story.task.lastStatus).toBe("PENDING");
    story.started("app");
    expect(story.task.lastStatus).toBe("RUNNING");
  });

  test("COMPLETE waits for the exit, whatever its code", () => {
    const story = chain("COMPLETE");
    story.pulled("db");
    expect(story.started("db")).toEqual([]);
    expect(story.exited("db", 1)).toEqual(["start app"]);
  });

  test("SUCCESS waits for exit code 0", () => {
    const story = chain("SUCCESS");
    story.pulled("db");
    expect(story.started("db")).toEqual([]);
    expect(story.exited("db", 0)).toEqual(["start app"]);
  });

  test("SUCCESS with another exit code fails the task", () => {
    const story = chain("SUCCESS");
    story.pulled("db");
    story.started("db");
    story.exited("db", 3);
    expect(story.task).toMatchObject({ stopCode: "TaskFailedToStart", desiredStatus: "STOPPED" });
  });

  test("HEALTHY waits for a passing probe", () => {
    const story = chain("HEALTHY", {
      healthCheck: { command: ["CMD", "true"], intervalMs: 10_000, timeoutMs: 2_000, retries: 2, startPeriodMs: 0 },
    });
    story.pulled("db");
    story.started("db");
    expect(story.wakeAt).toBe(10_000);
    expect(story.after(10).on({ type: "due" })).toEqual(["probe db"]);
    expect(story.probed("db", true)).toEqual(["start app"]);
  });

  test("a dependency that misses its startTimeout fails the task", () => {
    const story = chain("COMPLETE", { startTimeoutMs: 20_000 });
    story.pulled("db");
    story.started("db");
    expect(story.wakeAt).toBe(20_000);
    story.after(20).on({ type: "due" });
    expect(story.task.stopCode).toBe("TaskFailedToStart");
    expect(story.task.stoppedReason).toContain("within 20s");
  });

  test("stopping goes the other way round", () => {
    const story = chain("START");
    story.pulled("db");
    story.started("db");
    story.started("app");
    expect(story.on({ type: "stop", stopCode: "UserInitiated", stoppedReason: "x" })).toEqual(["stop app"]);
    expect(story.exited("app", 0)).toEqual(["stop db"]);
    expect(story.exited("db", 0)).toEqual(["deprovision"]);
  });
});

describe("exits", () => {
  test("of an essential container stop the task, also with code 0, and keep the reason of a memory kill", () => {
    const story = new Story(planOf({ name: "app" }, { name: "log" })).run();
    expect(story.exited("app", 137, "OutOfMemoryError: Container killed due to memory usage")).toEqual(["stop log"]);
    expect(story.task).toMatchObject({
      stopCode: "EssentialContainerExited",
      stoppedReason: "Essential container in task exited",
      containers: [{ exitCode: 137, reason: "OutOfMemoryError: Container killed due to memory usage" }, {}],
    });
    const done = new Story(planOf({ name: "app" }, { name: "log" })).run();
    expect(done.exited("app", 0)).toEqual(["stop log"]);
    expect(done.task).toMatchObject({
      stopCode: "EssentialContainerExited",
      stoppedReason: "Essential container in task exited",
      containers: [{ exitCode: 0 }, {}],
    });
  });

  test("of any other container leave it running", () => {
    const story = new Story(planOf({ name: "app" }, { name: "log", essential: false })).run();
    expect(story.exited("log", 1)).toEqual([]);
    expect(story.task.lastStatus).toBe("RUNNING");
  });

  test("are restarted by a policy only after the attempt period, and not with an ignored code", () => {
    const restartPolicy = { ignoredExitCodes: [0], restartAttemptPeriodMs: 60_000 };
    const restarted = new Story(planOf({ name: "app", restartPolicy })).run().after(60);
    expect(restarted.exited("app", 1)).toEqual(["start app"]);
    restarted.started("app");
    expect(restarted.task).toMatchObject({ lastStatus: "RUNNING", containers: [{ restartCount: 1, phase: "running" }] });

    const tooEarly = new Story(planOf({ name: "app", restartPolicy })).run().after(59);
    tooEarly.exited("app", 1);
    expect(tooEarly.task.stopCode).toBe("EssentialContainerExited");

    const ignored = new Story(planOf({ name: "app", restartPolicy })).run().after(90);
    ignored.exited("app", 0);
    expect(ignored.task.stopCode).toBe("EssentialContainerExited");
  });
});

describe("container health", () => {
  const check = { command: ["CMD", "true"], intervalMs: 10_000, timeoutMs: 5_000, retries: 3, startPeriodMs: 0 };
  const probe = (story: Story, passed: boolean): void => {
    expect(story.after(10).on({ type: "due" })).toContain("probe app");
    story.probed("app", passed);
  };

  test("turns bad after so many failures in a row, and good with one pass", () => {
    const story = new Story(planOf({ name: "app", healthCheck: check })).run();
    const seen = [false, false, true, false, false, false, true].map((passed) => {
      probe(story, passed);
      return taskHealthStatus(story.task, story.plan);
    });
    expect(seen).toEqual(["UNKNOWN", "UNKNOWN", "HEALTHY", "HEALTHY", "HEALTHY", "UNHEALTHY", "HEALTHY"]);
  });

  test("does not count failures of the start period, which the first pass ends", () => {
    const plan = planOf({ name: "app", healthCheck: { ...check, startPeriodMs: 45_000 } });
    const slow = new Story(plan).run();
    for (let count = 0; count < 6; count++) probe(slow, false);
    expect(taskHealthStatus(slow.task, plan)).toBe("UNKNOWN");
    probe(slow, false);
    expect(taskHealthStatus(slow.task, plan)).toBe("UNHEALTHY");

    const early = new Story(plan).run();
    probe(early, true);
    for (let count = 0; count < 3; count++) probe(early, false);
    expect(taskHealthStatus(early.task, plan)).toBe("UNHEALTHY");
  });

  test("takes a probe nobody answers for a failure", () => {
    const story = new Story(planOf({ name: "app", healthCheck: { ...check, retries: 1 } })).run();
    story.after(10).on({ type: "due" });
    expect(story.wakeAt).toBe(25_000);
    story.after(15).on({ type: "due" });
    expect(taskHealthStatus(story.task, story.plan)).toBe("UNHEALTHY");
  });

  test("of a task is the worst of its essential containers': any UNHEALTHY, else any UNKNOWN, else HEALTHY", () => {
    const checked = { healthCheck: check };
    const { task, plan } = new Story(
      planOf({ name: "app", ...checked }, { name: "db", ...checked }, { name: "log", ...checked, essential: false }),
    ).run();
    const ofTask = (...statuses: readonly HealthStatus[]): HealthStatus => {
      const containers = task.containers.map((container, index) => ({
        ...container,
        health: { ...container.health, status: statuses[index] ?? container.health.status },
      }));
      return taskHealthStatus({ ...task, containers }, plan);
    };
    expect(ofTask("UNKNOWN", "UNHEALTHY", "HEALTHY")).toBe("UNHEALTHY");
    expect(ofTask("UNHEALTHY", "HEALTHY", "HEALTHY")).toBe("UNHEALTHY");
    expect(ofTask("HEALTHY", "UNKNOWN", "HEALTHY")).toBe("UNKNOWN");
    expect(ofTask("HEALTHY", "HEALTHY", "UNHEALTHY")).toBe("HEALTHY");
  });

  test("of a task with an essential container that has no check is never HEALTHY, and yet no obstacle to the scheduler", () => {
    const story = new Story(planOf({ name: "app", healthCheck: check }, { name: "log" })).run();
    probe(story, true);
    expect(taskHealthStatus(story.task, story.plan)).toBe("UNKNOWN");
    expect(checkedHealthStatus(story.task, story.plan)).toBe("HEALTHY");
  });
});

describe("Spot reclaim", () => {
  test("signals at once while the target drains, and keeps the address until it has", () => {
    const story = new Story(planOf({ name: "app" }), true).run();
    expect(story.on({ type: "spot-interrupted" })).toEqual(["deregister-target", "stop app"]);
    expect(story.task).toMatchObject({ stopCode: "SpotInterruption", stoppedReason: "Your Spot Task was interrupted." });
    expect(story.exited("app", 143)).toEqual([]);
    expect(story.on({ type: "target-health", targetGroupArn: "tg", state: "unused" })).toEqual(["deprovision"]);
  });
});

describe("a platform that died", () => {
  test("ends what ran and begins anew what had not started", () => {
    const ran = new Story(planOf({ name: "app" }), true).run();
    expect(ran.on({ type: "runtime-lost" })).toEqual(["deregister-target", "deprovision"]);
    expect(ran.task).toMatchObject({ lost: true, stopCode: "EssentialContainerExited", containers: [{ exitCode: 137 }] });

    const waiting = new Story(planOf({ name: "app" }));
    waiting.provisioned();
    expect(waiting.on({ type: "runtime-lost" })).toEqual(["provision"]);
    expect(waiting.task).toMatchObject({ lastStatus: "PROVISIONING", desiredStatus: "RUNNING" });
    expect(waiting.provisioned()).toEqual(["pull app"]);
  });

  test("issues unfinished effects again when its tasks survived", () => {
    const pulling = new Story(planOf({ name: "app" }), true);
    pulling.provisioned();
    expect(pulling.on({ type: "resume" })).toEqual(["pull app"]);
    pulling.pulled("app");
    expect(pulling.on({ type: "resume" })).toEqual(["start app"]);
    pulling.started("app");
    expect(pulling.on({ type: "resume" })).toEqual(["register-target"]);
    pulling.on({ type: "stop", stopCode: "UserInitiated", stoppedReason: "x" });
    expect(pulling.on({ type: "resume" })).toEqual(["deregister-target"]);
  });
});
