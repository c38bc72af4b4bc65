/**
 * A runtime without processes: each container behaves as its script says, on whatever clock it is given. It speaks the
 * controller's ports, so the controller runs on it unchanged; every outcome arrives later as an event, and calls are
 * idempotent, as the ports demand. It costs nothing between two changes.
 */
import type { RuntimeEvent, TaskRuntime } from "../controller/ports.ts";
import type { Clock } from "../kit/clock.ts";
import type { TaskLaunch } from "../model/task-launch.ts";

/** How one container behaves, in engine milliseconds. */
export interface ContainerBehaviour {
  readonly pullMs: number;
  /** `CannotPullContainerError: …`: the image cannot be had. */
  readonly pullFailure?: string;
  /** From the start until it answers health checks; Infinity: it never does. */
  readonly answersAfterMs: number;
  /** It exits by itself this long after its start. */
  readonly exitsAfterMs?: number;
  readonly exitCode: number;
  readonly exitReason?: string;
  /** From the stop signal to the exit; longer than the stop timeout means SIGKILL, exit 137. */
  readonly stopsAfterMs: number;
  /** Its exit code after a stop signal: 0 for a program that ends with 0 by itself, 143 for any other, unless given. */
  readonly stopExitCode?: number;
}

/** A small program that behaves well. */
export const wellBehaved: ContainerBehaviour = { pullMs: 5_000, answersAfterMs: 3_000, exitCode: 0, stopsAfterMs: 500 };

export interface SimulatedRuntimeOptions {
  readonly clock: Clock;
  readonly behaviour: (task: TaskLaunch, container: string) => ContainerBehaviour;
  /** Engine milliseconds until the network interface is there; or why it cannot be had. */
  readonly provisioning: (task: TaskLaunch) => { readonly afterMs: number; readonly failure?: string };
  readonly deprovisionMs: number;
  readonly emit: (event: RuntimeEvent) => void;
  /** Told whenever an address begins or ceases to answer requests; the simulated load balancer listens. */
  readonly onAnswering: (ip: string, answering: boolean) => void;
}

interface SimulatedContainer {
  phase: "pulled" | "running" | "exited";
  answering: boolean;
  /** It listens but does not answer: a probe waits for nothing until its timeout. */
  hangs: boolean;
  /** Distinguishes a start from those before it, so that what was scheduled for an earlier life does nothing. */
  life: number;
}

interface SimulatedTask {
  readonly launch: TaskLaunch;
  ip?: string;
  /** What came of its provisioning, once that is over. */
  provisioned?: RuntimeEvent;
  readonly containers: Map<string, SimulatedContainer>;
}

export class SimulatedRuntime implements TaskRuntime {
  readonly #options: SimulatedRuntimeOptions;
  readonly #tasks = new Map<string, SimulatedTask>();
  #answerTimes: ReadonlyMap<string, number> = new Map();
  #addresses = 0;

  constructor(options: SimulatedRuntimeOptions) {
    this.#options = options;
  }

  provision(launch: TaskLaunch): void {
    const { taskArn } = launch;
    const known = this.#tasks.get(taskArn);
    if (known !== undefined) {
      // Asked again, since the answer did not arrive: the same once more.
      const { provisioned } = known;
      if (provisioned !== undefined) this.#after(0, () => this.#options.emit(provisioned));
      return;
    }
    const task: SimulatedTask = { launch, containers: new Map() };
    this.#tasks.set(taskArn, task);
    const { afterMs, failure } = this.#options.provisioning(launch);
    this.#after(afterMs, () => {
      if (this.#tasks.get(taskArn) !== task) return;
      if (failure !== undefined) {
        task.provisioned = { type: "task-provision-failed", taskArn, reason: failure };
        this.#options.emit(task.provisioned);
        return;
      }
      const number = ++this.#addresses;
      task.ip = `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
      const macAddress = `0a:00:00:${[number >> 16, number >> 8, number].map((part) => (part & 255).toString(16).padStart(2, "0")).join(":")}`;
      task.provisioned = { type: "task-provisioned", taskArn, privateIp: task.ip, macAddress, attachmentId: `eni-attach-${number}` };
      this.#options.emit(task.provisioned);
    });
  }

  pull(launch: TaskLaunch, container: string): void {
    const { taskArn } = launch;
    const task = this.#tasks.get(taskArn);
    if (task === undefined) return;
    const { pullMs, pullFailure } = this.#options.behaviour(launch, container);
    this.#after(pullMs, () => {
      if (this.#tasks.get(taskArn) !== task) return;
      if (pullFailure !== undefined) {
        this.#options.emit({ type: "container-pull-failed", taskArn, container, reason: pullFailure });
        return;
      }
      if (!task.containers.has(container)) task.containers.set(container, { phase: "pulled", answering: false, hangs: false, life: 0 });
      this.#options.emit({ type: "container-pulled", taskArn, container });
    });
  }

  start(launch: TaskLaunch, name: string): void {
    const { taskArn } = launch;
    const container = this.#tasks.get(taskArn)?.containers.get(name);
    if (container === undefined) return;
    if (container.phase === "running") {
      const runtimeId = `${launch.taskId}-${name}-${container.life}`;
      this.#after(0, () => this.#options.emit({ type: "container-started", taskArn, container: name, runtimeId }));
      return;
    }
    const behaviour = this.#options.behaviour(launch, name);
    container.phase = "running";
    container.hangs = false;
    const life = ++container.life;
    this.#after(0, () => {
      this.#options.emit({ type: "container-started", taskArn, container: name, runtimeId: `${launch.taskId}-${name}-${life}` });
    });
    if (Number.isFinite(behaviour.answersAfterMs)) {
      this.#after(behaviour.answersAfterMs, () => {
        if (container.life === life && container.phase === "running" && !container.hangs) this.#answer(taskArn, container, true);
      });
    }
    if (behaviour.exitsAfterMs !== undefined) {
      this.#after(behaviour.exitsAfterMs, () => {
        if (container.life === life) this.#exit(taskArn, name, behaviour.exitCode, behaviour.exitReason);
      });
    }
  }

  probe(taskArn: string, name: string, _command: readonly string[], timeoutMs: number): void {
    const task = this.#tasks.get(taskArn);
    const container = task?.containers.get(name);
    if (task === undefined || container?.phase !== "running") return;
    const { life } = container;
    // A program that is not there yet refuses at once; one that hangs keeps the probe waiting.
    const waitsMs = container.hangs ? Number.POSITIVE_INFINITY : (this.#answerTimes.get(task.ip ?? "") ?? 0);
    this.#after(Math.min(waitsMs, timeoutMs), () => {
      if (container.life !== life) return;
      const passed = container.answering && waitsMs <= timeoutMs;
      this.#options.emit({ type: "container-probed", taskArn, container: name, passed, output: "" });
    });
  }

  /** How many ms the programs at these addresses, and at no others, keep a probe waiting because of what they have to do. */
  setAnswerTimes(msByAddress: ReadonlyMap<string, number>): void {
    this.#answerTimes = new Map(msByAddress);
  }

  stop(taskArn: string, name: string, stopTimeoutMs: number): void {
    const task = this.#tasks.get(taskArn);
    const container = task?.containers.get(name);
    if (task === undefined || container?.phase !== "running") {
      this.#after(0, () => this.#options.emit({ type: "container-exited", taskArn, container: name }));
      return;
    }
    const { stopsAfterMs, exitCode, stopExitCode = exitCode === 0 ? 0 : 143 } = this.#options.behaviour(task.launch, name);
    const life = container.life;
    const killed = stopsAfterMs > stopTimeoutMs;
    this.#after(Math.min(stopsAfterMs, stopTimeoutMs), () => {
      if (container.life === life) this.#exit(taskArn, name, killed ? 137 : stopExitCode);
    });
  }

  deprovision(taskArn: string): void {
    this.#after(this.#options.deprovisionMs, () => {
      this.#tasks.delete(taskArn);
      this.#options.emit({ type: "task-deprovisioned", taskArn });
    });
  }

  /** The addresses of the tasks there are, for faults to choose from. */
  running(): readonly { readonly taskArn: string; readonly ip: string }[] {
    return [...this.#tasks].flatMap(([taskArn, task]) =>
      task.ip !== undefined && [...task.containers.values()].some((container) => container.phase === "running")
        ? [{ taskArn, ip: task.ip }]
        : [],
    );
  }

  /** A fault: every container of the task ends now. */
  crash(taskArn: string, exitCode: number, reason?: string): void {
    for (const name of this.#tasks.get(taskArn)?.containers.keys() ?? []) this.#exit(taskArn, name, exitCode, reason);
  }

  /** A fault, or its end: the task's programs run but do not answer. */
  setAnswering(taskArn: string, answering: boolean): void {
    for (const container of this.#tasks.get(taskArn)?.containers.values() ?? []) {
      if (container.phase !== "running") continue;
      container.hangs = !answering;
      this.#answer(taskArn, container, answering);
    }
  }

  /** The platform dies: every process with it, and nothing is told. */
  die(): void {
    for (const taskArn of [...this.#tasks.keys()]) {
      const task = this.#tasks.get(taskArn);
      for (const container of task?.containers.values() ?? []) {
        container.life++;
        if (container.phase === "running") this.#answer(taskArn, container, false);
        container.phase = "exited";
      }
      this.#tasks.delete(taskArn);
    }
  }

  #exit(taskArn: string, name: string, exitCode: number, reason?: string): void {
    const container = this.#tasks.get(taskArn)?.containers.get(name);
    if (container?.phase !== "running") return;
    container.phase = "exited";
    container.life++;
    this.#answer(taskArn, container, false);
    this.#options.emit({ type: "container-exited", taskArn, container: name, exitCode, ...(reason === undefined ? {} : { reason }) });
  }

  #answer(taskArn: string, container: SimulatedContainer, answering: boolean): void {
    const ip = this.#tasks.get(taskArn)?.ip;
    if (container.answering === answering) return;
    container.answering = answering;
    if (ip !== undefined) this.#options.onAnswering(ip, answering);
  }

  #after(ms: number, act: () => void): void {
    this.#options.clock.at(this.#options.clock.now() + ms, act);
  }
}
