/** What goes wrong in a simulation, as rates, and how each fault strikes the simulated world. */
import type { RateLimits, RuntimeEvent, TargetEvent } from "../controller/ports.ts";
import { unassumableRole } from "../engine/service/launch-error.ts";
import { SeededRandom } from "./random.ts";
import { DEPLOYMENT_ALARM } from "./service-model.ts";
import type { SimulatedWorld } from "./simulated-world.ts";

export interface Faults {
  /** Crashes a task and hour. */
  readonly crash: number;
  /** Spot reclaims an hour, while Spot tasks run. */
  readonly spot: number;
  /** Tasks that stop answering, a task and hour; they answer again after five minutes. */
  readonly hang: number;
  /** Health flaps, a task and hour: it does not answer for half a minute, which most checks forgive. */
  readonly flap: number;
  /** The share of starts that take a minute longer to answer, from 0 to 1. */
  readonly slow: number;
  /** Hours in which Spot has no capacity, as a share from 0 to 1. */
  readonly drought: number;
  /** The share of the runtime's answers that get lost on their way to the scheduler, from 0 to 1. */
  readonly lost: number;
  /** Alarm storms an hour: every alarm that guards deployments rings for five minutes. */
  readonly storm: number;
  /** Spells an hour in which the rate limits of the services ECS calls refuse every call; each lasts five minutes. */
  readonly throttle: number;
  /** Spells an hour in which a role of the task definition's cannot be assumed; each lasts five minutes. */
  readonly role: number;
}

export const noFaults: Faults = { crash: 0, spot: 0, hang: 0, flap: 0, slow: 0, drought: 0, lost: 0, storm: 0, throttle: 0, role: 0 };

const MINUTE_MS = 60_000;
const HANGS_FOR_MS = 5 * MINUTE_MS;
const FLAPS_FOR_MS = 30_000;
const STORMS_FOR_MS = 5 * MINUTE_MS;
const THROTTLES_FOR_MS = 5 * MINUTE_MS;
const MISTRUSTS_FOR_MS = 5 * MINUTE_MS;
const ROLE_ARN = "arn:aws:iam::000000000000:role/task";
/** What a slow start takes on top. */
export const SLOW_START_MS = MINUTE_MS;
/** Lost answers are asked for again after this long. */
export const REISSUE_AFTER_MS = 5 * MINUTE_MS;
const NO_SPOT = "Capacity is unavailable at this time. Please try again later or in a different availability zone.";

/** Strikes a world with faults until they are over. It is also the rate limits of the services that are called. */
export class FaultInjector implements RateLimits {
  readonly #faults: Faults;
  readonly #random: SeededRandom;
  readonly #losses: SeededRandom;
  readonly #spells: SeededRandom;
  readonly #mistrusts: SeededRandom;
  #drought = false;
  #over = false;
  #throttling = 0;
  #mistrusting = 0;
  crashes = 0;
  reclaims = 0;
  /** Calls that a rate limit refused. */
  throttled = 0;

  constructor(faults: Faults, seed: number) {
    this.#faults = faults;
    this.#random = new SeededRandom(seed);
    this.#losses = new SeededRandom(seed + 1);
    this.#spells = new SeededRandom(seed + 2);
    this.#mistrusts = new SeededRandom(seed + 3);
  }

  /** Why a task on Spot cannot be placed, while there is a drought. */
  get placementFailure(): string | undefined {
    return this.#drought ? NO_SPOT : undefined;
  }

  /** Why no task can be launched, while its role does not let ECS assume it. */
  get launchError(): string | undefined {
    return this.#over || this.#mistrusting === 0 ? undefined : unassumableRole(ROLE_ARN);
  }

  /** Whether this answer is lost. A load balancer repeats its states, and an exit does not go unnoticed. */
  loses(event: RuntimeEvent | TargetEvent): boolean {
    const { lost } = this.#faults;
    if (lost === 0 || this.#over || event.type === "target-health" || event.type === "container-exited") return false;
    return this.#losses.chance(lost);
  }

  admits(): boolean {
    if (this.#over || this.#throttling === 0) return true;
    this.throttled++;
    return false;
  }

  /** Whether the start of this task is a slow one; the same answer for every part of the start. */
  isSlow(taskId: string): boolean {
    return !this.#over && Number.parseInt(taskId.slice(0, 8), 16) / 0x1_0000_0000 < this.#faults.slow;
  }

  /** Schedules the coming minute's faults; each falls somewhere inside it. `onCrash` is told just before a task crashes. */
  minute(world: SimulatedWorld, minute: number, onCrash: () => void): void {
    const { crash, hang, flap, spot, drought, storm, throttle, role } = this.#faults;
    if (minute % 60 === 0) this.#drought = this.#random.chance(drought);
    const tasks = world.runtime.running();
    for (const { taskArn } of tasks) {
      if (this.#random.chance(crash / 60)) this.#within(world, () => this.#crash(world, taskArn, onCrash));
      if (this.#random.chance(hang / 60)) this.#within(world, () => silence(world, taskArn, HANGS_FOR_MS));
      if (this.#random.chance(flap / 60)) this.#within(world, () => silence(world, taskArn, FLAPS_FOR_MS));
    }
    const reclaimable = tasks.filter(({ taskArn }) => world.keeper.task(taskArn)?.capacityProviderName === "FARGATE_SPOT");
    if (reclaimable.length > 0 && this.#random.chance(spot / 60)) {
      const { taskArn } = this.#random.pick(reclaimable);
      this.#within(world, () => {
        this.reclaims++;
        world.controller.interruptSpot(taskArn);
      });
    }
    if (throttle > 0) {
      spell(world, this.#spells, throttle, THROTTLES_FOR_MS, (change) => {
        this.#throttling += change;
      });
    }
    if (role > 0) {
      spell(world, this.#mistrusts, role, MISTRUSTS_FOR_MS, (change) => {
        this.#mistrusting += change;
      });
    }
    if (storm > 0 && this.#random.chance(storm / 60)) {
      this.#within(world, () => {
        world.setAlarm(DEPLOYMENT_ALARM, "ALARM", world.alarm(DEPLOYMENT_ALARM)?.windowMs);
        world.clock.at(world.clock.now() + STORMS_FOR_MS, () => calm(world));
      });
    }
  }

  /** Every fault ends; what hangs answers again in its time. */
  end(world: SimulatedWorld): void {
    this.#over = true;
    this.#drought = false;
    if (world.alarm(DEPLOYMENT_ALARM) !== undefined) calm(world);
  }

  #within(world: SimulatedWorld, act: () => void): void {
    world.clock.at(world.clock.now() + this.#random.between(0, MINUTE_MS - 1), () => {
      if (!this.#over) act();
    });
  }

  #crash(world: SimulatedWorld, taskArn: string, onCrash: () => void): void {
    if (!world.runtime.running().some((task) => task.taskArn === taskArn)) return;
    this.crashes++;
    onCrash();
    world.runtime.crash(taskArn, 1);
  }
}

/** Now and then something begins somewhere in the coming minute and ends after `lastsMs`; spells may overlap. */
function spell(world: SimulatedWorld, random: SeededRandom, perHour: number, lastsMs: number, change: (by: 1 | -1) => void): void {
  if (!random.chance(perHour / 60)) return;
  world.clock.at(world.clock.now() + random.between(0, MINUTE_MS - 1), () => {
    change(1);
    world.clock.at(world.clock.now() + lastsMs, () => change(-1));
  });
}

function silence(world: SimulatedWorld, taskArn: string, forMs: number): void {
  world.runtime.setAnswering(taskArn, false);
  world.clock.at(world.clock.now() + forMs, () => world.runtime.setAnswering(taskArn, true));
}

function calm(world: SimulatedWorld): void {
  world.setAlarm(DEPLOYMENT_ALARM, "OK", world.alarm(DEPLOYMENT_ALARM)?.windowMs);
}
