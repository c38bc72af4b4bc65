/**
 * Hours of a service's life in virtual time: load comes, tasks crash, Spot takes capacity back, scaling answers. The scheduler,
 * its controller and the scaling engine are the real ones; requests are not sent one by one but reckoned by the
 * minute from the capacity that is healthy. The same seed gives the same simulation.
 */
import { faithfulSettings } from "../engine/service/moment.ts";
import type { TaskState } from "../engine/service/task-state.ts";
import { verdictOn } from "../engine/service/task-verdict.ts";
import { SafetyChecker, unsettled, type Violation } from "./checkers.ts";
import type { Load } from "./load.ts";
import { SeededRandom } from "./random.ts";
import { type Conditions, type ServiceModel, simulatedService, worldOf } from "./service-model.ts";
import { type ScalingActivity, SimulatedScaling } from "./simulated-scaling.ts";
import type { SimulatedWorld } from "./simulated-world.ts";

/** What goes wrong, as rates. */
export interface Faults {
  /** Crashes a task and hour. */
  readonly crash: number;
  /** Spot reclaims an hour, while Spot tasks run. */
  readonly spot: number;
  /** Tasks that stop answering, a task and hour; they answer again after five minutes. */
  readonly hang: number;
  /** Hours in which Spot has no capacity, as a share from 0 to 1. */
  readonly drought: number;
}

export const noFaults: Faults = { crash: 0, spot: 0, hang: 0, drought: 0 };

export interface SimulationOptions {
  readonly seed: number;
  readonly hours: number;
  readonly load: Load;
  readonly faults: Faults;
  readonly conditions: Conditions;
  /** CPU time one request takes on one vCPU. */
  readonly requestCpuMs: number;
  /** How long an unhurried request takes. */
  readonly requestLatencyMs: number;
  /** ms since the epoch; schedules go by it. */
  readonly startTime: number;
}

export interface SimulatedMinute {
  readonly minute: number;
  readonly rps: number;
  readonly desired: number;
  /** Healthy tasks. */
  readonly tasks: number;
  /** Percent of the healthy tasks' CPU. */
  readonly utilization: number;
  readonly latencyMs: number;
  readonly failed: number;
}

export interface Simulation {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** Of healthy tasks. */
  readonly tasks: { readonly min: number; readonly max: number };
  readonly requests: number;
  readonly failed: number;
  readonly activities: readonly ScalingActivity[];
  /** Billed hours. */
  readonly taskHours: { readonly onDemand: number; readonly spot: number };
  readonly crashes: number;
  readonly reclaims: number;
  readonly timeline: readonly SimulatedMinute[];
}

const MINUTE_MS = 60_000;
const HANGS_FOR_MS = 5 * MINUTE_MS;
const SETTLES_WITHIN_MS = 4 * 3_600_000;
const NO_SPOT = "Capacity is unavailable at this time. Please try again later or in a different availability zone.";

/** Simulates a service that stands when it begins. */
export function simulate(model: ServiceModel, options: SimulationOptions): Simulation {
  return new Run(model, options).play();
}

class Run {
  readonly #model: ServiceModel;
  readonly #options: SimulationOptions;
  readonly #world: SimulatedWorld;
  readonly #random: SeededRandom;
  readonly #timeline: SimulatedMinute[] = [];
  readonly #billed = { onDemand: 0, spot: 0 };
  #drought = false;
  #faulty = true;
  #requests = 0;
  #failed = 0;
  #crashes = 0;
  #reclaims = 0;
  /** Requests in flight at tasks that crashed this minute. */
  #cut = 0;

  constructor(model: ServiceModel, options: SimulationOptions) {
    this.#model = model;
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
    this.#world = worldOf(model, options.conditions, {
      seed: options.seed,
      // The service is brought up in the hour before.
      startTime: options.startTime - 3_600_000,
      placementFailure: (task) => (this.#drought && this.#isSpot(task.taskArn) ? NO_SPOT : undefined),
    });
  }

  play(): Simulation {
    const { name, scaling } = this.#model;
    const world = this.#world;
    world.create(simulatedService(this.#model, this.#options.conditions));
    world.clock.advanceTo(this.#options.startTime);
    const checker = new SafetyChecker(world);
    const scaler = scaling === undefined ? undefined : new SimulatedScaling(world, name, scaling);
    const minutes = Math.round(this.#options.hours * 60);
    for (let minute = 0; minute < minutes; minute++) {
      this.#disturb(minute);
      world.advance(MINUTE_MS);
      const seen = this.#account(minute);
      scaler?.minute(seen.metrics, seen.running);
    }
    this.#faulty = false;
    this.#drought = false;
    const settles = world.until(() => unsettled(world, name) === undefined, SETTLES_WITHIN_MS);
    const restless = settles
      ? []
      : [{ time: world.clock.now(), service: name, rule: `it does not settle: ${unsettled(world, name) ?? ""}` }];
    const counts = this.#timeline.map(({ tasks }) => tasks);
    return {
      seed: this.#options.seed,
      violations: [...checker.violations, ...restless],
      tasks: { min: counts.reduce((a, b) => Math.min(a, b), counts[0] ?? 0), max: counts.reduce((a, b) => Math.max(a, b), 0) },
      requests: this.#requests,
      failed: this.#failed,
      activities: scaler?.activities ?? [],
      taskHours: { onDemand: round(this.#billed.onDemand, 4), spot: round(this.#billed.spot, 4) },
      crashes: this.#crashes,
      reclaims: this.#reclaims,
      timeline: this.#timeline,
    };
  }

  #isSpot(taskArn: string): boolean {
    return this.#world.keeper.task(taskArn)?.capacityProviderName === "FARGATE_SPOT";
  }

  /** This minute's faults; each falls somewhere inside it. */
  #disturb(minute: number): void {
    const { faults } = this.#options;
    const world = this.#world;
    if (minute % 60 === 0) this.#drought = this.#random.chance(faults.drought);
    const tasks = world.runtime.running();
    for (const { taskArn } of tasks) {
      if (this.#random.chance(faults.crash / 60)) this.#within(() => this.#crash(taskArn));
      if (this.#random.chance(faults.hang / 60)) {
        this.#within(() => {
          world.runtime.setAnswering(taskArn, false);
          world.clock.at(world.clock.now() + HANGS_FOR_MS, () => world.runtime.setAnswering(taskArn, true));
        });
      }
    }
    const spot = tasks.filter(({ taskArn }) => this.#isSpot(taskArn));
    if (spot.length > 0 && this.#random.chance(faults.spot / 60)) {
      const { taskArn } = this.#random.pick(spot);
      this.#within(() => {
        this.#reclaims++;
        world.controller.interruptSpot(taskArn);
      });
    }
  }

  #within(act: () => void): void {
    this.#world.clock.at(this.#world.clock.now() + this.#random.between(0, MINUTE_MS - 1), () => {
      if (this.#faulty) act();
    });
  }

  #crash(taskArn: string): void {
    if (!this.#world.runtime.running().some((task) => task.taskArn === taskArn)) return;
    this.#crashes++;
    const healthy = Math.max(1, this.#healthy().length);
    const elapsedMs = this.#world.clock.now() - this.#options.startTime;
    this.#cut += (this.#options.load(elapsedMs) / healthy) * (this.#options.requestLatencyMs / 1000);
    this.#world.runtime.crash(taskArn, 1);
  }

  #healthy(): TaskState[] {
    const { name, gracePeriodMs } = this.#model;
    const now = this.#world.clock.now();
    return this.#world
      .tasks(name)
      .filter((task) => verdictOn(task, this.#world.plan(task.taskDefinitionArn), gracePeriodMs, now, faithfulSettings).type === "healthy");
  }

  /** Reckons the minute that has passed. */
  #account(minute: number): { readonly metrics: { cpu?: number; memory?: number; requestsPerTask?: number }; readonly running: number } {
    const { load, requestCpuMs, requestLatencyMs } = this.#options;
    const noise = 1 + (this.#random.next() - 0.5) * 0.1;
    const rps = Math.max(0, load(minute * MINUTE_MS) * noise);
    const tasks = this.#world.tasks(this.#model.name);
    const running = tasks.filter((task) => task.lastStatus === "RUNNING").length;
    // With no healthy target a load balancer sends requests to all it has.
    const serving = this.#healthy().length;
    const perTask = ((this.#model.cpu / 1024) * 1000) / requestCpuMs;
    const capacity = (serving > 0 ? serving : running) * perTask;
    const pressure = capacity === 0 ? (rps > 0 ? Number.POSITIVE_INFINITY : 0) : rps / capacity;
    const requests = Math.round(rps * 60);
    const refused = pressure > 1 ? Math.round(requests * (1 - 1 / pressure)) : 0;
    const failed = Math.min(requests, (serving === 0 ? requests : refused) + Math.round(this.#cut));
    this.#cut = 0;
    this.#requests += requests;
    this.#failed += failed;
    for (const task of tasks) {
      if (task.lastStatus === "STOPPED" || task.pullStartedAt === undefined) continue;
      this.#billed[task.capacityProviderName === "FARGATE_SPOT" ? "spot" : "onDemand"] += 1 / 60;
    }
    const utilization = Math.min(100, pressure * 100);
    this.#timeline.push({
      minute,
      rps: round(rps, 2),
      desired: this.#world.service(this.#model.name).desiredCount,
      tasks: serving,
      utilization: Number.isFinite(utilization) ? round(utilization, 1) : 100,
      latencyMs: Math.round(requestLatencyMs / (1 - Math.min(pressure, 0.98))),
      failed,
    });
    if (running === 0) return { metrics: {}, running };
    return {
      metrics: {
        cpu: utilization,
        memory: MEMORY_AT_REST + MEMORY_UNDER_LOAD * Math.min(1, pressure),
        ...(this.#model.balancer === undefined || serving === 0 ? {} : { requestsPerTask: requests / serving }),
      },
      running,
    };
  }
}

/** Percent of a task's memory: what a program holds anyway, and what full load adds. */
const MEMORY_AT_REST = 40;
const MEMORY_UNDER_LOAD = 20;

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
