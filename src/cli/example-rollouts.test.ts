/** The five example systems rehearsed from their own manifests: how they roll out, scale and survive. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadManifests } from "../manifest/load.ts";
import type { ResolvedEnvironment, ResolvedService } from "../manifest/resolved.ts";
import { SafetyChecker, unsettled } from "../simulator/checkers.ts";
import { noFaults } from "../simulator/faults.ts";
import { forecast, usually } from "../simulator/forecast.ts";
import { type Load, measuredLoad, steadyLoad } from "../simulator/load.ts";
import { behaviourOf, containerOf, DEPLOYMENT_ALARM, type ServiceModel, simulatedService, worldOf } from "../simulator/service-model.ts";
import type { SimulatedVersion } from "../simulator/simulated-task-definitions.ts";
import type { SimulatedWorld } from "../simulator/simulated-world.ts";
import { type Simulation, type SimulationOptions, simulate } from "../simulator/simulation.ts";
import { synthesizeService } from "../synth/service/synthesize-service.ts";
import { serviceModel, zonesOf } from "./service-model.ts";

const examples = join(import.meta.dirname, "../../examples");
const MONDAY = Date.UTC(2026, 0, 5);
const HOUR_MS = 3_600_000;

function load(system: string, env: string): { services: readonly ResolvedService[]; environment: ResolvedEnvironment } {
  const sources = readdirSync(join(examples, system))
    .filter((file) => file.endsWith(".yml"))
    .map((file) => ({ file, bytes: readFileSync(join(examples, system, file)) }));
  const { services, environment, diagnostics } = loadManifests(sources, {
    environment: env,
    values: { VERSION: "1" },
    variables: { REGISTRY: "registry" },
  });
  if (environment === undefined) throw new Error(JSON.stringify(diagnostics));
  return { services, environment };
}

function modelOf(system: string, env: string, name: string): ServiceModel {
  const { services, environment } = load(system, env);
  const service = services.find((each) => each.name === name);
  if (service === undefined) throw new Error(`${system} has no ${name}`);
  return serviceModel(service, zonesOf(environment));
}

const good = (model: ServiceModel): SimulatedVersion => ({ containers: [containerOf(model)], behaviour: behaviourOf(usually) });
const broken = (model: ServiceModel): SimulatedVersion => ({
  containers: [containerOf(model)],
  behaviour: { exitsAfterMs: 1_000, exitCode: 1 },
});

/** A world in which the service of the manifest stands, watched. */
function standing(model: ServiceModel): { world: SimulatedWorld; checker: SafetyChecker } {
  const world = worldOf(model, usually);
  const checker = new SafetyChecker(world);
  world.create(simulatedService(model, usually));
  expect(world.until(() => unsettled(world, model.name) === undefined, 24 * HOUR_MS)).toBe(true);
  return { world, checker };
}

interface Rollout {
  readonly peakTasks: number;
  readonly lowestHealthy: number;
  readonly acts: readonly string[];
  readonly status: string | undefined;
}

/** Deploys a version and watches until the service stands again. */
function rollOut(model: ServiceModel, version: SimulatedVersion, also: (world: SimulatedWorld) => void = () => undefined): Rollout {
  const { world, checker } = standing(model);
  const { name } = model;
  const told = world.story(name).length;
  const wanted = (): number => world.tasks(name).filter(({ desiredStatus }) => desiredStatus === "RUNNING").length;
  let peakTasks = wanted();
  let lowestHealthy = world.healthyTasks(name).length;
  world.deploy(name, version);
  also(world);
  for (const until = world.clock.now() + 24 * HOUR_MS; world.clock.now() < until && unsettled(world, name) !== undefined; ) {
    if (!world.clock.step()) break;
    peakTasks = Math.max(peakTasks, wanted());
    lowestHealthy = Math.min(lowestHealthy, world.healthyTasks(name).length);
  }
  expect(unsettled(world, name)).toBeUndefined();
  expect(checker.violations).toEqual([]);
  const acts = world
    .story(name)
    .slice(told)
    .filter((message) => /^has (started|stopped)|completed|failed|rolling back|steady/.test(message));
  return { peakTasks, lowestHealthy, acts, status: world.service(name).serviceDeployments[0]?.status };
}

function play(model: ServiceModel, over: { readonly load: Load } & Partial<SimulationOptions>): Simulation {
  const seen = simulate(model, {
    seed: 1,
    hours: 4,
    faults: noFaults,
    conditions: usually,
    work: { cpuMs: 20, latencyMs: 50 },
    startTime: MONDAY,
    ...over,
  });
  expect(seen.violations).toEqual([]);
  return seen;
}

describe.each([
  ["company", ["dev", "stage", "preprod", "prod"]],
  ["donations", ["dev", "stage", "prod"]],
  ["dashboard", ["dev", "prod"]],
  ["items-fastapi", ["local"]],
  ["items-node", ["local"]],
  ["health-backend", ["dev", "staging", "production"]],
])("what is rehearsed for %s", (system, environments) => {
  test.each(environments)("is what its template says for %s", (env) => {
    const { services, environment } = load(system, env);
    expect(services.length).toBeGreaterThan(0);
    for (const service of services) {
      const model = serviceModel(service, zonesOf(environment));
      const resources = Object.values(synthesizeService(service, environment).Resources) as { Type: string; Properties: Properties }[];
      const only = (type: string): Properties | undefined => resources.find(({ Type }) => Type === type)?.Properties;

      const deployed = only("AWS::ECS::Service")!;
      const configured = deployed.DeploymentConfiguration;
      expect(model.deployment).toMatchObject({
        minimumHealthyPercent: configured.MinimumHealthyPercent,
        maximumPercent: configured.MaximumPercent,
        strategy: configured.Strategy ?? "ROLLING",
        circuitBreaker: {
          enable: configured.DeploymentCircuitBreaker?.Enable ?? false,
          rollback: configured.DeploymentCircuitBreaker?.Rollback ?? false,
        },
      });
      expect(model.deployment.alarms?.alarmNames.length).toBe(configured.Alarms?.AlarmNames.length);
      expect(model.gracePeriodMs).toBe((deployed.HealthCheckGracePeriodSeconds ?? 0) * 1000);
      expect(model.capacityProviderStrategy.map(({ capacityProvider, base, weight }) => [capacityProvider, base, weight])).toEqual(
        (deployed.CapacityProviderStrategy ?? []).map((item: Properties) => [item.CapacityProvider, item.Base ?? 0, item.Weight ?? 0]),
      );

      const target = only("AWS::ElasticLoadBalancingV2::TargetGroup");
      expect(model.balancer?.intervalMs).toBe(target === undefined ? undefined : target.HealthCheckIntervalSeconds * 1000);
      expect(model.balancer?.unhealthyThreshold).toBe(target?.UnhealthyThresholdCount);

      const scalable = only("AWS::ApplicationAutoScaling::ScalableTarget");
      expect([model.scaling?.minCapacity, model.scaling?.maxCapacity]).toEqual([scalable?.MinCapacity, scalable?.MaxCapacity]);
      expect(model.scaling?.schedule.map(({ name, expression }) => [name, expression]) ?? []).toEqual(
        (scalable?.ScheduledActions ?? []).map((action: Properties) => [action.ScheduledActionName, action.Schedule]),
      );
      const policies = resources
        .filter(({ Type }) => Type === "AWS::ApplicationAutoScaling::ScalingPolicy")
        .map(({ Properties }) => {
          const { TargetValue, ScaleOutCooldown, ScaleInCooldown } = Properties.TargetTrackingScalingPolicyConfiguration;
          return [Properties.PolicyName, TargetValue, ScaleOutCooldown * 1000, ScaleInCooldown * 1000];
        });
      const rehearsed = (model.scaling?.policies ?? []).map((policy) =>
        policy.kind === "step" ? [policy.name] : [policy.name, policy.target, policy.scaleOutCooldownMs, policy.scaleInCooldownMs],
      );
      expect(rehearsed.sort()).toEqual(policies.sort());
    }
  });
});

// biome-ignore lint/suspicious/noExplicitAny: a rendered template, read by the names CloudFormation gives its properties
type Properties = any;

describe("the category service of a company of a hundred", () => {
  const model = modelOf("company", "prod", "category-service");

  test("rolls in production without ever having fewer than its three tasks, and bakes for its alarm", () => {
    const { lowestHealthy, status } = rollOut(model, good(model));
    expect({ lowestHealthy, status }).toEqual({ lowestHealthy: 3, status: "SUCCESSFUL" });
    expect(forecast(model).phases.some(({ phase }) => phase === "bake")).toBe(true);
  });

  test("goes back when its error alarm rings in the middle", () => {
    const seen = rollOut(model, good(model), (world) => {
      world.advance(60_000);
      world.setAlarm(DEPLOYMENT_ALARM, "ALARM");
    });
    expect(seen).toMatchObject({ lowestHealthy: 3, status: "ROLLBACK_SUCCESSFUL" });
    expect(seen.acts).toContain("(deployment ecs-svc/N) deployment failed: alarm detected.");
  });

  test("scales by CPU up to its twenty and not beyond", () => {
    const climbing = measuredLoad([
      { atMs: 0, rps: 50 },
      { atMs: 3 * 3_600_000, rps: 1_500 },
    ]);
    const seen = play(model, { load: climbing, hours: 3 });
    expect(seen.tasks.max).toBe(20);
    expect(Math.max(...seen.timeline.map(({ desired }) => desired))).toBe(20);
    expect(seen.activities[0]?.cause).toBe("cpu");
  });
});

describe("the donation platform", () => {
  const api = modelOf("donations", "prod", "donations-api");
  const worker = modelOf("donations", "prod", "donations-worker");
  const beat = modelOf("donations", "prod", "donations-beat");
  const providers = (world: SimulatedWorld): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const task of world.tasks(api.name)) {
      if (task.desiredStatus === "RUNNING") counts[task.capacityProviderName ?? ""] = (counts[task.capacityProviderName ?? ""] ?? 0) + 1;
    }
    return counts;
  };

  test("keeps its first two API tasks on FARGATE and three of four beyond them on FARGATE_SPOT", () => {
    const { world, checker } = standing(api);
    expect(providers(world)).toEqual({ FARGATE: 2 });
    world.scale(api.name, 10);
    expect(world.until(() => unsettled(world, api.name) === undefined)).toBe(true);
    expect(providers(world)).toEqual({ FARGATE: 4, FARGATE_SPOT: 6 });
    for (const task of world.tasks(api.name))
      if (task.capacityProviderName === "FARGATE_SPOT") world.controller.interruptSpot(task.taskArn);
    world.advance(0);
    expect(world.tasks(api.name).filter(({ desiredStatus }) => desiredStatus === "RUNNING")).toHaveLength(10);
    expect(world.until(() => unsettled(world, api.name) === undefined)).toBe(true);
    expect(providers(world)).toEqual({ FARGATE: 4, FARGATE_SPOT: 6 });
    expect(checker.violations).toEqual([]);
  });

  test("survives a day of Spot reclaims and droughts with its on-demand share", () => {
    const seen = play(api, { load: steadyLoad(60), hours: 24, faults: { ...noFaults, spot: 2, drought: 0.2, crash: 0.1 } });
    expect(seen.failed / seen.requests).toBeLessThan(0.02);
    expect(seen.taskHours.onDemand).toBeGreaterThan(40);
  });

  test("rolls the worker at 50/200, which with one task means never without one", () => {
    expect(rollOut(worker, good(worker))).toMatchObject({ lowestHealthy: 1, status: "SUCCESSFUL" });
    expect(rollOut({ ...worker, desiredCount: 4 }, good(worker)).lowestHealthy).toBeGreaterThanOrEqual(2);
  });

  test("gives a growing queue more workers, up to ten, and takes them back when it is worked off", () => {
    const burst = measuredLoad([
      { atMs: 0, rps: 5 },
      { atMs: HOUR_MS, rps: 5 },
      { atMs: HOUR_MS + 1, rps: 120 },
      { atMs: 2 * HOUR_MS, rps: 120 },
      { atMs: 2 * HOUR_MS + 1, rps: 1 },
    ]);
    const seen = play(worker, { load: burst, hours: 8 });
    expect(seen.activities[0]).toMatchObject({ from: 1, cause: "queue" });
    expect(seen.tasks.max).toBe(10);
    expect(seen.timeline.at(-1)).toMatchObject({ waiting: 0, desired: 1 });
  });

  test("never runs two beats: not in a deployment, not after a crash, not when it is started again", () => {
    const { world, checker } = standing(beat);
    let most = 0;
    const step = (ms: number): void => {
      for (const until = world.clock.now() + ms; world.clock.now() < until; world.advance(500)) {
        const wanted = world.tasks(beat.name).filter(({ desiredStatus }) => desiredStatus === "RUNNING");
        most = Math.max(most, wanted.length, world.runtime.running().length);
      }
    };
    world.deploy(beat.name, good(beat));
    step(120_000);
    world.runtime.crash(world.runtime.running()[0]?.taskArn ?? "", 1);
    step(60_000);
    world.deploy(beat.name, broken(beat));
    step(300_000);
    world.restart();
    checker.watch();
    world.deploy(beat.name, good(beat));
    step(300_000);
    expect(unsettled(world, beat.name)).toBeUndefined();
    expect(checker.violations).toEqual([]);
    expect(most).toBe(1);
  });

  test("sleeps at night outside production, by Berlin's clock, and not in production", () => {
    const asleep = play(modelOf("donations", "dev", "donations-api"), { load: steadyLoad(5), hours: 36 });
    expect(asleep.activities.map(({ atSeconds, to, cause }) => [atSeconds / 3600, to, cause])).toEqual([
      [19, 0, "night"],
      [30, 2, "morning"],
    ]);
    expect(asleep.timeline.filter(({ tasks }) => tasks === 0).length).toBeGreaterThan(10 * 60);
    expect(play(api, { load: steadyLoad(5), hours: 36 }).activities).toEqual([]);
  });
});

test("the financial dashboard rolls its three production tasks without a gap, and a broken version goes back", () => {
  const model = modelOf("dashboard", "prod", "dashboard-api");
  expect(rollOut(model, good(model))).toMatchObject({ lowestHealthy: 3, status: "SUCCESSFUL" });
  expect(rollOut(model, broken(model))).toMatchObject({ lowestHealthy: 3, status: "ROLLBACK_SUCCESSFUL" });
});

test("the demo from nothing rolls its two tasks, and scales to four", () => {
  const model = modelOf("items-fastapi", "local", "items-fastapi");
  expect(rollOut(model, good(model))).toMatchObject({ lowestHealthy: 2, status: "SUCCESSFUL" });
  const { world, checker } = standing(model);
  world.scale(model.name, 4);
  expect(world.until(() => unsettled(world, model.name) === undefined)).toBe(true);
  expect(world.healthyTargets(model.name)).toBe(4);
  expect(checker.violations).toEqual([]);
});

describe("the health-care backend", () => {
  const production = modelOf("health-backend", "production", "health-backend");

  test("rolls two production tasks at 100/150 as its runbook says: one in, healthy, one out, and again", () => {
    const seen = rollOut({ ...production, desiredCount: 2 }, good(production));
    expect(seen).toMatchObject({ peakTasks: 3, lowestHealthy: 2, status: "SUCCESSFUL" });
    expect(seen.acts).toEqual([
      "has started 1 tasks: (task).",
      "has stopped 1 running tasks: (task).",
      "has started 1 tasks: (task).",
      "has stopped 1 running tasks: (task).",
      "(deployment ecs-svc/N) deployment completed.",
      "has reached a steady state.",
    ]);
  });

  test("rolls its four with six at most, and a broken version is rolled back with all four serving", () => {
    expect(rollOut(production, good(production))).toMatchObject({ peakTasks: 6, lowestHealthy: 4, status: "SUCCESSFUL" });
    expect(rollOut(production, broken(production))).toMatchObject({ lowestHealthy: 4, status: "ROLLBACK_SUCCESSFUL" });
  });

  test("rolls staging at 50/200 with half of its tasks at least, and swaps development all at once", () => {
    const staging = modelOf("health-backend", "staging", "health-backend");
    const { peakTasks, lowestHealthy } = rollOut(staging, good(staging));
    expect(lowestHealthy).toBeGreaterThanOrEqual(1);
    expect(peakTasks).toBeLessThanOrEqual(4);
    const dev = modelOf("health-backend", "dev", "health-backend");
    expect(rollOut(dev, good(dev))).toMatchObject({ peakTasks: 1, lowestHealthy: 0, status: "SUCCESSFUL" });
  });

  test("scales by a thousand requests a minute and target, out after three minutes, in by steps ten minutes apart", () => {
    const rush = measuredLoad([
      { atMs: 0, rps: 50 },
      { atMs: HOUR_MS, rps: 50 },
      { atMs: HOUR_MS + 1, rps: 140 },
      { atMs: 2 * HOUR_MS, rps: 140 },
      { atMs: 2 * HOUR_MS + 1, rps: 50 },
    ]);
    const { activities, failed } = play(production, { load: rush, hours: 4 });
    const out = activities.filter(({ from, to }) => to > from);
    const back = activities.filter(({ from, to }) => to < from);
    expect(failed).toBe(0);
    expect(out[0]).toMatchObject({ from: 4, cause: "requests" });
    expect(out[0]!.atSeconds - 3600).toBeGreaterThanOrEqual(180);
    expect(out[0]!.atSeconds - 3600).toBeLessThanOrEqual(300);
    // 140 × 60 requests a minute, a thousand each; the minutes in which the new tasks did not serve yet ask for some more.
    expect(out.at(-1)?.to).toBeGreaterThanOrEqual(8);
    expect(out.at(-1)?.to).toBeLessThanOrEqual(13);
    const afterRush = back.filter(({ atSeconds }) => atSeconds > 7_200);
    expect(afterRush[0]!.atSeconds - 7_200).toBeGreaterThanOrEqual(15 * 60);
    for (const [index, { atSeconds }] of afterRush.entries()) {
      if (index > 0) expect(atSeconds - afterRush[index - 1]!.atSeconds).toBeGreaterThanOrEqual(600);
    }
    expect(afterRush.at(-1)?.to).toBe(4);
  });

  test("scales by CPU when requests are heavy, and never above its twenty", () => {
    const { activities, tasks } = play(production, { load: steadyLoad(30), work: { cpuMs: 200, latencyMs: 300 }, hours: 2 });
    expect(activities[0]).toMatchObject({ from: 4, cause: "cpu" });
    expect(tasks.max).toBeLessThanOrEqual(20);
  });
});
