/**
 * Hours of a service's life in virtual time: load comes, tasks crash, Spot takes capacity back, scaling answers. The
 * scheduler, its controller, the balancing and the scaling engine are the real ones. The same seed gives the same
 * simulation.
 */
import { SafetyChecker, unsettled, type Violation } from "./checkers.ts";
import { type DeploymentOutcomes, DeploymentTally } from "./deployment-tally.ts";
import { FaultInjector, type Faults, REISSUE_AFTER_MS, SLOW_START_MS } from "./faults.ts";
import type { Load } from "./load.ts";
import { atOneGo, type Played } from "./played.ts";
import { QueueWorkload } from "./queue-workload.ts";
import { SeededRandom } from "./random.ts";
import { RequestWorkload } from "./request-workload.ts";
import { behaviourOf, type Conditions, containerOf, type ServiceModel, simulatedService, worldOf } from "./service-model.ts";
import { type ScalingActivity, SimulatedScaling } from "./simulated-scaling.ts";
import type { SimulatedVersion } from "./simulated-task-definitions.ts";
import type { SimulatedWorld, SimulatedWorldOptions } from "./simulated-world.ts";
import { TaskHourMeter, type TaskHours } from "./task-hours.ts";
import type { Work, Workload } from "./workload.ts";

export interface SimulationOptions {
  readonly seed: number;
  readonly hours: number;
  readonly load: Load;
  readonly faults: Faults;
  readonly conditions: Conditions;
  readonly work: Work;
  /** Deployments, spread evenly over the time. */
  readonly deployments?: number;
  /** ms since the epoch; schedules go by it. */
  readonly startTime: number;
  /** Parts of the engine that a test replaces by broken ones. */
  readonly broken?: SimulatedWorldOptions["broken"];
}

export interface SimulatedMinute {
  readonly minute: number;
  readonly rps: number;
  readonly desired: number;
  /** Healthy tasks, at the end of the minute. */
  readonly tasks: number;
  /** Percent of the running tasks' CPU. */
  readonly utilization: number;
  readonly latencyMs: number;
  readonly failed: number;
  /** Tasks whose health checks time out because of what they have to do; absent when there are none. */
  readonly overloaded?: number;
  /** Requests that wait in the tasks at its end; absent when there are none. */
  readonly backlog?: number;
  /** Messages in the queue, of a service without a load balancer. */
  readonly waiting?: number;
}

export interface Simulation {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** Of healthy tasks. */
  readonly tasks: { readonly min: number; readonly max: number };
  readonly requests: number;
  readonly failed: number;
  readonly activities: readonly ScalingActivity[];
  /** How those ended that were made. */
  readonly deployments: DeploymentOutcomes;
  /** Billed hours. */
  readonly taskHours: TaskHours;
  /** Tasks that ECS stopped because their health checks failed. */
  readonly replaced: number;
  readonly crashes: number;
  readonly reclaims: number;
  /** Calls of the scheduler's that a rate limit refused. */
  readonly throttled: number;
  /** Launches that were given up because a role could not be assumed. */
  readonly refused: number;
  readonly timeline: readonly SimulatedMinute[];
}

const MINUTE_MS = 60_000;
const SETTLES_WITHIN_MS = 4 * 3_600_000;
/** Load is never quite even: up to this much more or less, a minute. */
const NOISE = 0.05;

/** Simulates a service that stands when it begins; yields after each minute how many hours are over. */
export function simulation(model: ServiceModel, options: SimulationOptions): Played<Simulation> {
  return new Run(model, options).play();
}

/** The same at one go. */
export function simulate(model: ServiceModel, options: SimulationOptions): Simulation {
  return atOneGo(simulation(model, options));
}

class Run {
  readonly #model: ServiceModel;
  readonly #options: SimulationOptions;
  readonly #world: SimulatedWorld;
  readonly #random: SeededRandom;
  readonly #faults: FaultInjector;
  readonly #workload: Workload;
  readonly #timeline: SimulatedMinute[] = [];
  #requests = 0;
  #failed = 0;
  #replaced = 0;
  #refused = 0;
  /** Requests in flight at tasks that crashed this minute. */
  #cut = 0;

  constructor(model: ServiceModel, options: SimulationOptions) {
    this.#model = model;
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
    this.#faults = new FaultInjector(options.faults, options.seed + 17);
    const world: SimulatedWorld = worldOf(model, options.conditions, {
      seed: options.seed,
      // The service is brought up in the hour before.
      startTime: options.startTime - 3_600_000,
      placementFailure: ({ taskArn }) =>
        world.keeper.task(taskArn)?.capacityProviderName === "FARGATE_SPOT" ? this.#faults.placementFailure : undefined,
      loses: (event) => this.#faults.loses(event),
      ...(options.faults.role > 0 ? { launchError: () => this.#faults.launchError } : {}),
      ...(options.faults.throttle > 0 ? { limits: this.#faults } : {}),
      ...(options.faults.lost > 0 ? { settings: { reissueAfterMs: REISSUE_AFTER_MS } } : {}),
      broken: options.broken ?? {},
    });
    this.#world = world;
    this.#workload =
      model.balancer === undefined ? new QueueWorkload(model, options.work, world) : new RequestWorkload(model, options.work, world);
  }

  *play(): Played<Simulation> {
    const { name, scaling } = this.#model;
    const world = this.#world;
    world.create({ ...simulatedService(this.#model, this.#options.conditions), version: this.#version() });
    world.clock.advanceTo(this.#options.startTime);
    const checker = new SafetyChecker(world);
    world.controller.onServiceChanged(({ decisions }) => {
      for (const decision of decisions) {
        if (decision.type === "stop-task" && decision.reason === "failed-health-checks") this.#replaced++;
        if (decision.type === "give-up-launch") this.#refused += decision.launches;
      }
    });
    const meter = new TaskHourMeter(world, name);
    const scaler = scaling === undefined ? undefined : new SimulatedScaling(world, name, scaling);
    const minutes = Math.round(this.#options.hours * 60);
    const deployments = this.#deployments(minutes);
    const tally = new DeploymentTally(world, name);
    for (let minute = 0; minute < minutes; minute++) {
      if (deployments.has(minute)) tally.deploy(this.#version());
      this.#faults.minute(world, minute, () => this.#cutOff(minute));
      const seen = this.#work(minute);
      scaler?.minute(seen.metrics, seen.running);
      yield (minute + 1) / 60;
    }
    const taskHours = meter.read();
    this.#faults.end(world);
    this.#workload.end();
    const restless = this.#settle();
    const counts = this.#timeline.map(({ tasks }) => tasks);
    return {
      seed: this.#options.seed,
      violations: [...checker.violations, ...restless],
      tasks: { min: counts.reduce((a, b) => Math.min(a, b), counts[0] ?? 0), max: counts.reduce((a, b) => Math.max(a, b), 0) },
      requests: this.#requests,
      failed: this.#failed,
      activities: scaler?.activities ?? [],
      deployments: tally.read(),
      taskHours: { onDemand: round(taskHours.onDemand, 4), spot: round(taskHours.spot, 4) },
      replaced: this.#replaced,
      crashes: this.#faults.crashes,
      reclaims: this.#faults.reclaims,
      throttled: this.#faults.throttled,
      refused: this.#refused,
      timeline: this.#timeline,
    };
  }

  /**
   * Every fault has ended, and the service must come to rest. A deployment that has FAILED and has nothing to go back to stays
   * so by ECS's rules, and no task is started for it: then someone deploys again.
   */
  #settle(): Violation[] {
    const { name } = this.#model;
    const world = this.#world;
    const stands = (): boolean => unsettled(world, name) === undefined;
    const hasFailed = (): boolean => world.service(name).deployments[0]?.rolloutState === "FAILED";
    world.until(() => stands() || hasFailed(), SETTLES_WITHIN_MS);
    if (hasFailed()) world.deploy(name, this.#version());
    if (world.until(stands, SETTLES_WITHIN_MS)) return [];
    return [{ time: world.clock.now(), service: name, rule: `it does not settle: ${unsettled(world, name) ?? ""}` }];
  }

  /** The program, of which some starts are slow. */
  #version(): SimulatedVersion {
    const usual = behaviourOf(this.#options.conditions);
    const slow = { ...usual, answersAfterMs: (usual.answersAfterMs ?? 0) + SLOW_START_MS };
    return { containers: [containerOf(this.#model)], behaviour: (_container, { taskId }) => (this.#faults.isSlow(taskId) ? slow : usual) };
  }

  #deployments(minutes: number): ReadonlySet<number> {
    const count = this.#options.deployments ?? 0;
    return new Set(Array.from({ length: count }, (_, index) => Math.floor(((index + 0.5) / count) * minutes)));
  }

  /** A task is about to crash: the requests it works on are lost. */
  #cutOff(minute: number): void {
    if (this.#model.balancer === undefined) return;
    const healthy = Math.max(1, this.#world.healthyTasks(this.#model.name).length);
    this.#cut += (this.#options.load(minute * MINUTE_MS) / healthy) * (this.#options.work.latencyMs / 1000);
  }

  /** Lets a minute of work pass. */
  #work(minute: number): ReturnType<Workload["minute"]> {
    const noise = 1 + (this.#random.next() * 2 - 1) * NOISE;
    const rps = Math.max(0, this.#options.load(minute * MINUTE_MS) * noise);
    const seen = this.#workload.minute(rps);
    this.#requests += seen.requests;
    // What waited in a task that is gone came in earlier, so a minute may lose more than it brought.
    const failed = Math.min(this.#requests - this.#failed, seen.failed + Math.round(this.#cut));
    this.#cut = 0;
    this.#failed += failed;
    this.#timeline.push({
      minute,
      rps: round(rps, 2),
      desired: this.#world.service(this.#model.name).desiredCount,
      tasks: this.#world.healthyTasks(this.#model.name).length,
      utilization: round(seen.utilization, 1),
      latencyMs: seen.latencyMs,
      failed,
      ...(seen.late === 0 ? {} : { overloaded: seen.late }),
      ...(seen.backlog === undefined ? {} : { backlog: seen.backlog }),
      ...(seen.waiting === undefined ? {} : { waiting: seen.waiting }),
    });
    return seen;
  }
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
