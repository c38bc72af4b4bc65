/**
 * What a simulated service has to do in a minute, and what becomes of it. Behind a load balancer that is requests: a
 * sample of them is routed one by one, what a target gets beyond its CPU fails, and its health checks wait behind the
 * requests like any other: where that is longer than their timeout, they fail. Without one it is messages in a
 * queue, which wait until a task is free.
 */
import type { TaskState } from "../engine/service/task-state.ts";
import type { MinuteMetrics } from "./scaling-model.ts";
import type { ServiceModel } from "./service-model.ts";
import type { SimulatedWorld } from "./simulated-world.ts";

/** How much one request or message takes. */
export interface Work {
  /** CPU time on one vCPU. */
  readonly cpuMs: number;
  /** How long an unhurried one takes. */
  readonly latencyMs: number;
}

export interface WorkedMinute {
  /** Requests or messages that came in. */
  readonly requests: number;
  readonly failed: number;
  /** Percent of the running tasks' CPU. */
  readonly utilization: number;
  readonly latencyMs: number;
  /** Healthy targets, or running workers, on average. */
  readonly serving: number;
  /** Targets whose health checks time out because of what they have to do. */
  readonly late: number;
  /** Messages in the queue at its end. */
  readonly waiting?: number;
  readonly metrics: MinuteMetrics;
  readonly running: number;
}

export interface Workload {
  /** Lets a minute pass in the world, with `rps` coming in. */
  minute(rps: number): WorkedMinute;
  /** Nothing comes in any more. */
  end(): void;
}

const MINUTE_MS = 60_000;
/** Requests are looked at one by one at least so often a minute. */
const LEAST_SAMPLES = 60;
const SLICES = 12;
/** A queue of 50 at the counter is as long as it is reckoned. */
const FULL = 0.98;
/** Percent of a task's memory: what a program holds anyway, and what full load adds. */
const MEMORY_AT_REST = 40;
const MEMORY_UNDER_LOAD = 20;

/** Requests through the load balancer for a service that has one, work from a queue for any other. */
export function workloadOf(model: ServiceModel, work: Work, world: SimulatedWorld): Workload {
  return model.balancer === undefined ? new QueueWorkload(model, work, world) : new RequestWorkload(model, work, world);
}

/** Requests a second that a task's CPU is enough for. */
function capacityOf({ cpu }: ServiceModel, { cpuMs }: Work): number {
  return ((cpu / 1024) * 1000) / cpuMs;
}

function memoryAt(pressure: number): number {
  return MEMORY_AT_REST + MEMORY_UNDER_LOAD * Math.min(1, pressure);
}

class RequestWorkload implements Workload {
  readonly #model: ServiceModel;
  readonly #work: Work;
  readonly #world: SimulatedWorld;

  constructor(model: ServiceModel, work: Work, world: SimulatedWorld) {
    this.#model = model;
    this.#work = work;
    this.#world = world;
  }

  minute(rps: number): WorkedMinute {
    const world = this.#world;
    const { name } = this.#model;
    const begin = world.clock.now();
    // Whole rounds over the targets, so that the sample itself favours none.
    const targets = Math.max(1, world.tasks(name).length);
    const samples = Math.ceil(LEAST_SAMPLES / targets) * targets;
    const taken = new Map<string, number>();
    let lost = 0;
    let hosts = 0;
    for (let sample = 0; sample < samples; sample++) {
      world.clock.advanceTo(begin + Math.round(((sample + 0.5) / samples) * MINUTE_MS));
      hosts += world.healthyTargets(name);
      if (rps === 0) continue;
      const routed = world.request(name, (ip) => taken.get(ip) ?? 0);
      if (routed === undefined || !routed.answered) lost++;
      else taken.set(routed.ip, (taken.get(routed.ip) ?? 0) + 1);
    }
    world.clock.advanceTo(begin + MINUTE_MS);

    const requests = Math.round(rps * 60);
    const capacity = capacityOf(this.#model, this.#work);
    let refused = lost / samples;
    let busy = 0;
    let latency = 0;
    const late = new Set<string>();
    for (const [ip, count] of taken) {
      const share = count / samples;
      const pressure = (rps * share) / capacity;
      refused += pressure > 1 ? share * (1 - 1 / pressure) : 0;
      busy += Math.min(1, pressure);
      if (this.#isLate((rps * (count - 1)) / samples / capacity)) late.add(ip);
      latency += (count * this.#work.latencyMs) / (1 - Math.min(pressure, FULL));
    }
    world.targetGroups.setLate(late);
    const running = runningTasks(world, name).length;
    const answered = samples - lost;
    const latencyMs = rps === 0 || answered === 0 ? 0 : Math.round(latency / answered);
    const pressure = running === 0 ? 0 : Math.min(1, busy / running);
    const serving = hosts / samples;
    return {
      requests,
      failed: rps === 0 ? 0 : Math.round(requests * refused),
      utilization: pressure * 100,
      latencyMs,
      serving,
      late: late.size,
      running,
      metrics: {
        rps,
        hosts: serving,
        tasks: running,
        ...(requests === 0 ? {} : { requests, latency: latencyMs }),
        ...(running === 0 ? {} : { cpu: pressure * 100, memory: memoryAt(pressure) }),
      },
    };
  }

  end(): void {
    this.#world.targetGroups.setLate(new Set());
  }

  /**
   * Whether a health check of a target that works at this pressure times out. Work beyond the CPU makes a queue that only
   * grows; below, the check waits as long as a request does. One request of the sample in doubt is not held against it.
   */
  #isLate(pressure: number): boolean {
    const { balancer } = this.#model;
    if (balancer === undefined) return false;
    return pressure >= 1 || this.#work.latencyMs / (1 - pressure) > balancer.timeoutMs;
  }
}

class QueueWorkload implements Workload {
  readonly #model: ServiceModel;
  readonly #work: Work;
  readonly #world: SimulatedWorld;
  #waiting = 0;

  constructor(model: ServiceModel, work: Work, world: SimulatedWorld) {
    this.#model = model;
    this.#work = work;
    this.#world = world;
  }

  minute(rps: number): WorkedMinute {
    const world = this.#world;
    const { name } = this.#model;
    const begin = world.clock.now();
    const capacity = capacityOf(this.#model, this.#work);
    const seconds = 60 / SLICES;
    let workers = 0;
    let depth = 0;
    let able = 0;
    let done = 0;
    for (let slice = 1; slice <= SLICES; slice++) {
      world.clock.advanceTo(begin + (slice / SLICES) * MINUTE_MS);
      const working = runningTasks(world, name).filter(({ desiredStatus }) => desiredStatus === "RUNNING").length;
      const arrived = this.#waiting + rps * seconds;
      const worked = Math.min(arrived, working * capacity * seconds);
      this.#waiting = arrived - worked;
      workers += working / SLICES;
      depth += this.#waiting / SLICES;
      able += working * capacity * seconds;
      done += worked;
    }
    const running = runningTasks(world, name).length;
    const pressure = able === 0 ? 0 : done / able;
    // How long the next message waits, if as many workers go on.
    const latencyMs = Math.round((this.#waiting / (Math.max(1, running) * capacity)) * 1000 + this.#work.latencyMs);
    return {
      requests: Math.round(rps * 60),
      failed: 0,
      utilization: pressure * 100,
      latencyMs,
      serving: workers,
      late: 0,
      waiting: Math.round(this.#waiting),
      running,
      metrics: {
        rps,
        waiting: depth,
        tasks: running,
        latency: latencyMs,
        ...(running === 0 ? {} : { cpu: pressure * 100, memory: memoryAt(pressure) }),
      },
    };
  }

  end(): void {}
}

function runningTasks(world: SimulatedWorld, name: string): TaskState[] {
  return world.tasks(name).filter(({ lastStatus }) => lastStatus === "RUNNING");
}
