/** Calls that another service's rate limit refuses, one trigger at a time. */
import { describe, expect, test } from "vitest";
import { decideTask } from "./decide-task.ts";
import { faithfulSettings } from "./moment.ts";
import { bornTask } from "./task-birth.testing.ts";
import type { TaskDecision } from "./task-decision.ts";
import type { TaskOutcome } from "./task-draft.ts";
import type { TaskPlan } from "./task-plan.ts";
import type { TaskState } from "./task-state.ts";
import type { TaskTrigger } from "./task-trigger.ts";

const plan: TaskPlan = { taskDefinitionArn: "api:1", containers: [] };
const born = bornTask(plan, {
  targets: ["one", "two"].map((targetGroupArn) => ({ targetGroupArn, containerName: "app", port: 80 })),
  registries: [{ registryArn: "names" }],
});

/** A task whose every call is refused until `admits` is set. */
class Refused {
  task: TaskState;
  time = 0;
  wakeAt: number | undefined;
  admits = false;
  readonly made: string[] = [];
  readonly told: string[] = [];

  constructor(task: TaskState = born) {
    this.task = task;
  }

  on(trigger: TaskTrigger): void {
    const outcome = this.#decide(trigger);
    for (const decision of outcome.decisions) {
      if (!this.admits) {
        this.#decide({ type: "throttled", call: decision });
        continue;
      }
      this.made.push(say(decision));
      if (decision.type === "deregister-instance") this.on({ type: "instance-deregistered", registryArn: decision.registryArn });
    }
  }

  /** Lets the pause pass; answers how long it was, in seconds. */
  again(): number {
    const pause = ((this.wakeAt ?? Number.NaN) - this.time) / 1000;
    this.time = this.wakeAt ?? this.time;
    this.on({ type: "due" });
    return pause;
  }

  #decide(trigger: TaskTrigger): TaskOutcome {
    const outcome = decideTask(this.task, plan, trigger, { time: this.time, wall: this.time }, faithfulSettings);
    this.task = outcome.task;
    this.wakeAt = outcome.wakeAt;
    for (const happening of outcome.happenings) if (happening.type === "throttled") this.told.push(happening.service);
    return outcome;
  }
}

function say(decision: TaskDecision): string {
  const where = "targetGroupArn" in decision ? ` ${decision.targetGroupArn}` : "";
  return `${decision.type}${where}`;
}

const provisioned = { type: "task-provisioned", privateIp: "10.0.0.1", macAddress: "m", attachmentId: "e" } as const;

describe("a refused call", () => {
  test("is made again after 1, 2, 4 … seconds, a minute at most, and told once a pause for each service", () => {
    const story = new Refused();
    story.on(provisioned);
    expect(story.task.lastStatus).toBe("RUNNING");
    expect(story.told).toEqual(["elastic-load-balancing", "cloud-map"]);
    expect(Array.from({ length: 8 }, () => story.again())).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    story.admits = true;
    story.again();
    expect(story.made).toEqual(["register-target one", "register-target two", "register-instance"]);
    expect(story.wakeAt).toBeUndefined();
  });

  test("of a launch leaves the task in PROVISIONING", () => {
    const story = new Refused();
    story.on({ type: "resume" });
    expect(story.told).toEqual(["fargate"]);
    story.again();
    expect(story.task.lastStatus).toBe("PROVISIONING");
    story.admits = true;
    story.again();
    expect(story.made).toEqual(["provision"]);
  });

  test("to register a task is dropped when the task is on its way out; to take it out never is, and it waits for that", () => {
    const story = new Refused();
    story.on(provisioned);
    story.on({ type: "stop", stopCode: "UserInitiated", stoppedReason: "enough" });
    expect(story.task.lastStatus).toBe("DEACTIVATING");
    for (const targetGroupArn of ["one", "two"]) story.on({ type: "target-health", targetGroupArn, state: "unused" });
    story.again();
    expect(story.task.lastStatus).toBe("DEACTIVATING");
    story.admits = true;
    story.again();
    expect(story.task.lastStatus).toBe("DEACTIVATING");
    story.again();
    expect(story.made.filter((call) => call.startsWith("register"))).toEqual([]);
    expect(story.made).toEqual(expect.arrayContaining(["deregister-target one", "deregister-target two", "deregister-instance"]));
    expect(story.task.lastStatus).toBe("DEPROVISIONING");
  });

  test("to take a task that is in a registry only out of it leaves the task in DEACTIVATING, its containers untouched", () => {
    const story = new Refused(bornTask(plan, { registries: [{ registryArn: "names" }] }));
    story.on(provisioned);
    story.on({ type: "stop", stopCode: "UserInitiated", stoppedReason: "enough" });
    for (let turn = 0; turn < 5; turn++) story.again();
    expect(story.task).toMatchObject({ lastStatus: "DEACTIVATING", desiredStatus: "STOPPED" });
    story.admits = true;
    story.again();
    // The registry took the call: there is nothing to wait for.
    expect(story.made).toEqual(["deregister-instance", "deprovision"]);
    expect(story.task.lastStatus).toBe("DEPROVISIONING");
  });

  test("to take a task out of a target group is made again at its pauses when the drain's deadline is over, too", () => {
    const story = new Refused(bornTask(plan, { targets: [{ targetGroupArn: "one", containerName: "app", port: 80 }] }));
    story.on(provisioned);
    story.on({ type: "stop", stopCode: "UserInitiated", stoppedReason: "enough" });
    const { drainDeadlineTime = 0 } = story.task;
    while (story.time <= drainDeadlineTime) story.again();
    expect([story.again(), story.again()]).toEqual([60, 60]);
    expect(story.task.lastStatus).toBe("DEACTIVATING");
    story.admits = true;
    story.again();
    story.again();
    expect(story.made).toEqual(["deregister-target one", "deprovision"]);
  });

  test("long after the last begins anew", () => {
    const story = new Refused();
    story.on(provisioned);
    for (let turn = 0; turn < 4; turn++) story.again();
    story.admits = true;
    story.again();
    story.admits = false;
    story.time += 600_000;
    story.on({ type: "resume" });
    expect(story.again()).toBe(1);
  });
});
