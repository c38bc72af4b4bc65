/**
 * Requests through the load balancer: a sample of them is routed one by one, and each task works off what it was sent.
 * What it cannot do at once waits in it (`task-backlog.ts`), and so do its health checks, like any other request: those of
 * the load balancer, and one in the container that asks the program. Where that is longer than their timeout, they fail.
 */
import type { ServiceModel } from "./service-model.ts";
import type { SimulatedWorld } from "./simulated-world.ts";
import { workOff } from "./task-backlog.ts";
import { capacityOf, MINUTE_MS, memoryAt, runningTasks, type Work, type WorkedMinute, type Workload } from "./workload.ts";

/** Requests are looked at one by one at least so often a minute, */
const LEAST_SAMPLES = 60;
/** and each target at least so often, so that one request of the sample more or less is no burst. */
const LEAST_ROUNDS = 12;
/** A queue of 50 at the counter is as long as chance alone is reckoned to make it. */
const FULL = 0.98;

/** A task that has been sent requests. */
interface Worker {
  /** Since when it is known, on the world's clock. */
  readonly since: number;
  waiting: number;
}

/** A minute of the sample: where its requests went. */
interface Sample {
  readonly taken: ReadonlyMap<string, number>;
  readonly size: number;
  /** Requests of the sample that no program took. */
  readonly lost: number;
  /** Healthy targets, on average. */
  readonly hosts: number;
}

export class RequestWorkload implements Workload {
  readonly #model: ServiceModel;
  readonly #work: Work;
  readonly #world: SimulatedWorld;
  readonly #workers = new Map<string, Worker>();

  constructor(model: ServiceModel, work: Work, world: SimulatedWorld) {
    this.#model = model;
    this.#work = work;
    this.#world = world;
  }

  minute(rps: number): WorkedMinute {
    const world = this.#world;
    const begin = world.clock.now();
    const sample = this.#route(rps, begin);
    const requests = Math.round(rps * 60);
    const each = (rps * 60) / sample.size;
    const capacity = capacityOf(this.#model, this.#work);
    let failed = sample.lost * each;
    let done = 0;
    let latency = 0;
    let backlog = 0;
    const answersAfter = new Map<string, number>();
    for (const [ip, worker] of this.#workers) {
      const count = sample.taken.get(ip) ?? 0;
      const seconds = (world.clock.now() - Math.max(begin, worker.since)) / 1000;
      const pressureOf = (requestsTaken: number): number => (requestsTaken * each) / (capacity * seconds);
      const worked = workOff(worker.waiting, count * each, capacity, seconds);
      latency += count * (this.#unhurried(pressureOf(count)) + worked.waitedMs);
      failed += worked.refused;
      done += worked.done;
      if (world.targetGroups.isAnswering(ip)) {
        worker.waiting = worked.waiting;
        backlog += worked.waiting;
        // One request of the sample in doubt is not held against the task.
        const waitMs = (Math.max(0, worked.waiting - each) / capacity) * 1000;
        answersAfter.set(ip, waitMs + this.#unhurried(pressureOf(Math.max(0, count - 1))));
      } else {
        failed += worked.waiting;
        this.#workers.delete(ip);
      }
    }
    this.#tellChecks(answersAfter);
    const running = runningTasks(world, this.#model.name).length;
    const answered = sample.size - sample.lost;
    const latencyMs = rps === 0 || answered === 0 ? 0 : Math.round(latency / answered);
    const pressure = running === 0 ? 0 : Math.min(1, done / (capacity * 60 * running));
    return {
      requests,
      failed: Math.round(failed),
      utilization: pressure * 100,
      latencyMs,
      serving: sample.hosts,
      late: [...answersAfter.values()].filter((ms) => this.#isLate(ms)).length,
      ...(backlog < 1 ? {} : { backlog: Math.round(backlog) }),
      running,
      metrics: {
        rps,
        hosts: sample.hosts,
        tasks: running,
        ...(requests === 0 ? {} : { requests, latency: latencyMs }),
        ...(running === 0 ? {} : { cpu: pressure * 100, memory: memoryAt(pressure) }),
      },
    };
  }

  end(): void {
    this.#tellChecks(new Map());
  }

  /** Lets the minute pass, and routes the sample in it. */
  #route(rps: number, begin: number): Sample {
    const world = this.#world;
    const { name } = this.#model;
    // Whole rounds over the targets, so that the sample itself favours none.
    const targets = Math.max(1, world.tasks(name).length);
    const size = Math.max(LEAST_ROUNDS, Math.ceil(LEAST_SAMPLES / targets)) * targets;
    const taken = new Map<string, number>();
    let lost = 0;
    let hosts = 0;
    for (let index = 0; index < size; index++) {
      world.clock.advanceTo(begin + Math.round(((index + 0.5) / size) * MINUTE_MS));
      hosts += world.healthyTargets(name);
      if (rps === 0) continue;
      const routed = world.request(name, (ip) => taken.get(ip) ?? 0);
      if (routed === undefined || !routed.answered) {
        lost++;
        continue;
      }
      taken.set(routed.ip, (taken.get(routed.ip) ?? 0) + 1);
      if (!this.#workers.has(routed.ip))
        this.#workers.set(routed.ip, { since: begin + Math.round((index / size) * MINUTE_MS), waiting: 0 });
    }
    world.clock.advanceTo(begin + MINUTE_MS);
    return { taken, size, lost, hosts: hosts / size };
  }

  /** How long a request takes whose turn has come, at this share of the CPU: chance makes a queue, longer the fuller it is. */
  #unhurried(pressure: number): number {
    return this.#work.latencyMs / (1 - Math.min(pressure, FULL));
  }

  #tellChecks(answersAfter: ReadonlyMap<string, number>): void {
    this.#world.targetGroups.setAnswerTimes(answersAfter);
    if (this.#model.containerCheck?.asksProgram === true) this.#world.runtime.setAnswerTimes(answersAfter);
  }

  #isLate(answersAfterMs: number): boolean {
    const { balancer, containerCheck } = this.#model;
    return (
      (balancer !== undefined && answersAfterMs > balancer.timeoutMs) ||
      (containerCheck?.asksProgram === true && answersAfterMs > containerCheck.timeoutMs)
    );
  }
}
