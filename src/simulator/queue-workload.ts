/** Messages in a queue, for a service without a load balancer: they wait until a task is free. */
import type { ServiceModel } from "./service-model.ts";
import type { SimulatedWorld } from "./simulated-world.ts";
import { capacityOf, MINUTE_MS, memoryAt, runningTasks, type Work, type WorkedMinute, type Workload } from "./workload.ts";

const SLICES = 12;

export class QueueWorkload implements Workload {
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
