/** No checker is blind: for each rule an engine that breaks it, and the checker that says so. */
import { describe, expect, test } from "vitest";
import { reconcileService } from "../engine/service/reconcile-service.ts";
import type { DeploymentConfiguration } from "../engine/service/service-state.ts";
import { restless, SafetyChecker, unsettled } from "./checkers.ts";
import { steady } from "./rollout-situation.testing.ts";
import type { SimulatedVersion } from "./simulated-task-definitions.ts";
import { SimulatedTaskSets } from "./simulated-task-sets.ts";
import { candidatesOf } from "./simulated-traffic.ts";
import { type SimulatedService, SimulatedWorld, type SimulatedWorldOptions } from "./simulated-world.ts";

type Broken = NonNullable<SimulatedWorldOptions["broken"]>;

/** A scheduler that believes in another deployment configuration than the service has. */
function deluded(belief: Partial<DeploymentConfiguration>): Broken {
  return {
    reconcile: (world, now, ids, settings) => {
      const { deploymentConfiguration } = world.service;
      const service = { ...world.service, deploymentConfiguration: { ...deploymentConfiguration, ...belief } };
      const outcome = reconcileService({ ...world, service }, now, ids, settings);
      return { ...outcome, service: outcome.service === service ? world.service : { ...outcome.service, deploymentConfiguration } };
    },
  };
}

/** Deploys a service in a world with a broken part, with a request every second, and tells which rules were seen broken. */
function rulesBroken(broken: Broken, over: Partial<SimulatedService> = {}): string[] {
  const world = new SimulatedWorld({ broken });
  const checker = new SafetyChecker(world);
  world.create({ name: "api", desiredCount: 4, version: {}, targetGroup: {}, ...over });
  world.advance(300_000);
  world.deploy("api", { behaviour: { answersAfterMs: 20_000 } });
  for (let second = 0; second < 600; second++) {
    world.advance(1_000);
    if (second === 300) world.runtime.setAnswering(world.runtime.running()[0]?.taskArn ?? "", false);
    world.request("api");
  }
  return [...new Set(checker.violations.map(({ rule }) => rule.replace(/\d+/g, "N")))];
}

describe("a checker sees", () => {
  test("nothing in the engine as it is", () => {
    expect(rulesBroken({})).toEqual([]);
    expect(rulesBroken({}, { desiredCount: 1, deployment: { minimumHealthyPercent: 0, maximumPercent: 100 } })).toEqual([]);
    expect(rulesBroken({}, { deployment: { strategy: "CANARY" } })).toEqual([]);
  });

  test("a deployment that stops more than the minimum allows", () => {
    expect(rulesBroken(deluded({ minimumHealthyPercent: 0 }))).toContain("a deployment's stop of N healthy tasks left N of at least N");
  });

  test("a start beyond the maximum", () => {
    expect(rulesBroken(deluded({ maximumPercent: 400 }), { deployment: { maximumPercent: 150 } })).toContain(
      "a start makes N tasks wanted RUNNING, at most N may be",
    );
  });

  test("a singleton that is two", () => {
    const singleton = { desiredCount: 1, deployment: { minimumHealthyPercent: 0, maximumPercent: 100 } };
    expect(rulesBroken(deluded({ minimumHealthyPercent: 100, maximumPercent: 200 }), singleton)).toContain(
      "a singleton has two tasks with desired status RUNNING",
    );
  });

  test.each(["unhealthy", "initial", "draining"] as const)("requests to a target that is %s beside a healthy one", (wrong) => {
    const blind: Broken = { candidates: (targets) => targets.filter(({ state }) => state === wrong || state === "healthy") };
    expect(rulesBroken(blind)).toEqual([`a request went to a target that is ${wrong} beside a healthy one`]);
  });

  test("requests of a node that fails open while another has found a healthy target", () => {
    const seen = (broken: Broken): string[] => {
      const world = new SimulatedWorld({ broken });
      const checker = new SafetyChecker(world);
      let first: string | undefined;
      const version: SimulatedVersion = {
        behaviour: (_container, { taskId }) => {
          first ??= taskId;
          return { answersAfterMs: taskId === first ? 0 : Number.POSITIVE_INFINITY };
        },
      };
      world.create({ name: "api", desiredCount: 2, version, targetGroup: { probers: 2 } });
      for (let second = 0; second < 60; second++) {
        world.advance(1_000);
        world.request("api");
      }
      return [...new Set(checker.violations.map(({ rule }) => rule))];
    };
    expect(seen({})).toEqual([]);
    const lonely: Broken = { candidates: (targets) => candidatesOf(targets.map((each) => ({ ...each, served: false }))) };
    expect(seen(lonely)).toEqual(["a request went to a target that is initial beside one that another node has found healthy"]);
  });

  test("a settled world that goes on deciding", () => {
    const world = new SimulatedWorld();
    world.create({ name: "api", desiredCount: 1, version: {} });
    expect(steady(world)).toBe(true);
    expect(restless(world, "api")).toBeUndefined();
    const restlessWorld = new SimulatedWorld({
      broken: {
        reconcile: (seen, now, ids, settings) => {
          const outcome = reconcileService(seen, now, ids, settings);
          return { ...outcome, service: { ...outcome.service, complaints: { ...outcome.service.complaints } } };
        },
      },
    });
    restlessWorld.create({ name: "api", desiredCount: 1, version: {} });
    expect(steady(restlessWorld)).toBe(true);
    expect(restless(restlessWorld, "api")).toBe("it changes without deciding");
  });

  test("a service that nobody brings back to its count", () => {
    let starts = 0;
    const world = new SimulatedWorld({
      broken: {
        reconcile: (seen, now, ids, settings) => {
          const outcome = reconcileService(seen, now, ids, settings);
          return { ...outcome, decisions: outcome.decisions.filter(({ type }) => type !== "start-task" || ++starts <= 2) };
        },
      },
    });
    world.create({ name: "api", desiredCount: 2, version: {} });
    expect(steady(world)).toBe(true);
    world.runtime.crash(world.tasks("api")[0]?.taskArn ?? "", 1);
    world.advance(3_600_000);
    expect(unsettled(world, "api")).toBe("1 tasks of 2");
  });

  test("a task set with more tasks than its maximum", () => {
    const seen = (broken: Broken): string[] => {
      const world = new SimulatedWorld({ broken });
      const checker = new SafetyChecker(world);
      const thirdParty = new SimulatedTaskSets(world, { name: "api", desiredCount: 4, deployment: { maximumPercent: 100 } });
      const id = thirdParty.create({}, 50);
      world.advance(300_000);
      thirdParty.delete(id);
      world.advance(300_000);
      return [...new Set(checker.violations.map(({ rule }) => rule.replace(/\d+/g, "N")))];
    };
    expect(seen({})).toEqual([]);
    const blind: Broken = {
      reconcile: (world, now, ids, settings) => {
        const { taskSets = [] } = world.service;
        const whole = taskSets.map((taskSet) => ({ ...taskSet, status: "ACTIVE" as const, scale: 100 }));
        const outcome = reconcileService({ ...world, service: { ...world.service, taskSets: whole } }, now, ids, settings);
        const as = (id: string) => taskSets.find(({ deployment }) => deployment.id === id);
        const kept = (outcome.service.taskSets ?? []).map((taskSet) => {
          const { status = "ACTIVE", scale = 0 } = as(taskSet.deployment.id) ?? {};
          return { ...taskSet, status, scale };
        });
        return { ...outcome, service: { ...outcome.service, taskSets: kept } };
      },
    };
    expect(seen(blind)).toContain("a start makes N tasks of a task set wanted RUNNING, at most N may be");
  });
});
