/**
 * Runs the containers of tasks as plain processes of this machine: the local platform's Fargate when there is no
 * Docker Engine. It decides nothing. Calls return at once; what came of them is told through `emit`, always later,
 * with the texts of ECS.
 */
import { join } from "node:path";
import type { RuntimeEvent, TaskRuntime } from "../../controller/ports.ts";
import type { Clock } from "../../kit/clock.ts";
import type { Ids } from "../../kit/ids.ts";
import type { TaskLaunch } from "../../model/task-launch.ts";
import type { LogSink } from "../services/cloudwatch-logs/log-sink.ts";
import type { ImageStore } from "../services/ecr/image-store.ts";
import { ContainerLog } from "./container-log.ts";
import { CannotStart, type ContainerProcess } from "./container-process.ts";
import type { ResourceUse, TaskResources } from "./container-resources.ts";
import { secretValues } from "./container-secrets.ts";
import type { Dialer } from "./dialer.ts";
import { ImageCache, ImageUnavailable, type PreparedImage } from "./image-cache.ts";
import type { SecretSource } from "./platform-sources.ts";
import type { Container, Task } from "./running-task.ts";
import type { AgentAnswers, TaskCredentials } from "./task-agent.ts";
import { CannotProvision, type ContainerStart, type TaskHost, type TaskInterface } from "./task-host.ts";
import { containerDocument, factsOf, statsDocument, type TaskFacts, taskDocument } from "./task-metadata.ts";
import { unreachablePorts } from "./unreachable-ports.ts";

export interface ProcessRuntimeOptions {
  readonly host: TaskHost;
  readonly images: ImageStore;
  readonly logs: LogSink;
  readonly secrets: SecretSource;
  /** The wall's: log lines carry it. */
  readonly clock: Clock;
  readonly ids: Ids;
  readonly stateDir: string;
  readonly resources: TaskResources;
  /** Temporary credentials of a task's role, as STS gives them. */
  readonly credentials: (roleArn: string, launch: TaskLaunch) => Promise<TaskCredentials>;
  readonly emit: (event: RuntimeEvent) => void;
}

export class ProcessRuntime implements TaskRuntime, AgentAnswers {
  readonly #options: ProcessRuntimeOptions;
  readonly #images: ImageCache;
  readonly #tasks = new Map<string, Task>();
  #closed = false;

  constructor(options: ProcessRuntimeOptions) {
    this.#options = options;
    this.#images = new ImageCache(options.images, join(options.stateDir, "images"));
  }

  /** Opens connections to tasks by their address. */
  get dialer(): Dialer {
    return this.#options.host.dialer;
  }

  /** Tasks will come: what they share is opened now. What goes wrong is for the first task to meet, which tries again and can tell. */
  expectTasks(): void {
    if (!this.#closed) this.#options.host.open().catch(() => undefined);
  }

  /** Tasks will run this image: it is unpacked and its containers' root laid out, while a deployment does other things. */
  expectImage(reference: string): void {
    this.#work(async () => {
      const image = await this.#images.prepareAhead(reference);
      if (image !== undefined && !this.#closed) this.#layOut(image);
    });
  }

  /** Nobody asks for anything: lays out what most tasks will want. */
  layOutAhead(): void {
    if (!this.#closed) this.#layOut();
  }

  provision(launch: TaskLaunch): void {
    const task = this.#task(launch);
    // Its images need no network: they are unpacked meanwhile. The pull awaits the same work, and tells what goes wrong.
    for (const { image } of launch.containers) this.#prepared(image).catch(() => undefined);
    this.#work(async () => {
      try {
        task.network = await this.#attached(task);
      } catch (error) {
        const reason =
          error instanceof CannotProvision
            ? error.message
            : `ResourceInitializationError: failed to configure ENI: ${(error as Error).message}`;
        return this.#emit({ type: "task-provision-failed", taskArn: launch.taskArn, reason });
      }
      const { privateIp, macAddress, attachmentId } = task.network;
      this.#emit({ type: "task-provisioned", taskArn: launch.taskArn, privateIp, macAddress, attachmentId });
    });
  }

  pull(launch: TaskLaunch, containerName: string): void {
    const { taskArn } = launch;
    this.#work(async () => {
      const container = this.#container(launch, containerName);
      const task = this.#task(launch);
      task.pullStartedAt ??= this.#options.clock.now();
      try {
        await this.#pulled(launch, container);
        task.pullStoppedAt = this.#options.clock.now();
      } catch (error) {
        return this.#emit({ type: "container-pull-failed", taskArn, container: containerName, reason: (error as Error).message });
      }
      const imageDigest = container.image?.digest;
      this.#emit({ type: "container-pulled", taskArn, container: containerName, ...(imageDigest === undefined ? {} : { imageDigest }) });
    });
  }

  start(launch: TaskLaunch, containerName: string): void {
    const { taskArn } = launch;
    this.#work(async () => {
      const task = this.#task(launch);
      const container = this.#container(launch, containerName);
      if (container.exit !== undefined && !container.stopping) {
        // A restart: the task stays, the container begins anew.
        delete container.exit;
        delete container.process;
        delete container.startedAt;
      }
      if (container.process === undefined && container.exit === undefined) {
        try {
          await this.#run(task, container);
        } catch (error) {
          const reason =
            error instanceof CannotStart || error instanceof ImageUnavailable
              ? error.message
              : `CannotStartContainerError: ${(error as Error).message}`;
          container.exit ??= {};
          // Who has asked it to stop meanwhile waits for its end, and for nothing else.
          if (container.stopping) return this.#emit({ type: "container-exited", taskArn, container: containerName, ...container.exit });
          return this.#emit({ type: "container-start-failed", taskArn, container: containerName, reason });
        }
      }
      if (container.startedAt !== undefined) {
        this.#emit({ type: "container-started", taskArn, container: containerName, runtimeId: container.runtimeId });
      }
    });
  }

  probe(taskArn: string, containerName: string, command: readonly string[], timeoutMs: number): void {
    this.#work(async () => {
      const container = this.#tasks.get(taskArn)?.containers.get(containerName);
      if (container?.process === undefined || container.start === undefined || container.exit !== undefined) return;
      const [kind, ...rest] = command;
      const words = kind === "CMD-SHELL" ? ["sh", "-c", rest.join(" ")] : kind === "CMD" ? rest : command;
      const { exitCode, output } = await this.#options.host.execute(container.start, container.process, words, timeoutMs);
      const said = exitCode === undefined ? `Health check exceeded timeout (${timeoutMs}ms): ${output}` : output;
      this.#emit({ type: "container-probed", taskArn, container: containerName, passed: exitCode === 0, output: said });
    });
  }

  stop(taskArn: string, containerName: string, stopTimeoutMs: number): void {
    this.#work(async () => {
      const container = this.#tasks.get(taskArn)?.containers.get(containerName);
      if (container !== undefined) container.stopping = true;
      if (container?.process === undefined || container.exit !== undefined) {
        if (container !== undefined) container.exit ??= {};
        return this.#emit({ type: "container-exited", taskArn, container: containerName, ...container?.exit });
      }
      const running = container.process;
      const unreachable = unreachablePorts(container.spec.ports, running.listening());
      if (unreachable !== undefined) container.log?.note(unreachable);
      running.signal((container.image?.stopSignal ?? "SIGTERM") as NodeJS.Signals);
      const timer = setTimeout(() => running.kill(), stopTimeoutMs);
      await container.ended;
      clearTimeout(timer);
    });
  }

  deprovision(taskArn: string): void {
    this.#work(async () => {
      const task = this.#tasks.get(taskArn);
      if (task !== undefined) {
        task.deprovisioning ??= this.#remove(task);
        await task.deprovisioning;
      }
      this.#emit({ type: "task-deprovisioned", taskArn });
    });
  }

  /** Ends every container and the private network. Nothing of the runtime is left afterwards; no event is told any more. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#tasks.values()].map((task) => this.#remove(task)));
    await this.#options.host.close();
    await this.#options.resources.close();
  }

  /** What a task has used so far, its ended containers included, and the memory it holds now; undefined when it is not here. */
  usage(taskArn: string): ResourceUse | undefined {
    const task = this.#tasks.get(taskArn);
    if (task === undefined) return undefined;
    const uses = [...task.containers.values()].map(({ resources }) => resources?.use() ?? { cpuMs: 0, memoryBytes: 0 });
    return { cpuMs: total(uses.map(({ cpuMs }) => cpuMs)), memoryBytes: total(uses.map(({ memoryBytes }) => memoryBytes)) };
  }

  /** The task metadata endpoint: a document about the container of that id, or its task. */
  metadata(runtimeId: string, what: string): object | undefined {
    for (const task of this.#tasks.values()) {
      const container = [...task.containers.values()].find((candidate) => candidate.runtimeId === runtimeId);
      if (container === undefined || task.network === undefined) continue;
      const { launch } = task;
      const facts: TaskFacts = {
        launch,
        network: task.network,
        availabilityZone: task.network.availabilityZone,
        ...(task.pullStartedAt === undefined ? {} : { pullStartedAt: task.pullStartedAt }),
        ...(task.pullStoppedAt === undefined ? {} : { pullStoppedAt: task.pullStoppedAt }),
        containers: [...task.containers.values()].map(factsOf),
      };
      const stats = (one: Container): object =>
        statsDocument(one.spec, launch, one.runtimeId, one.resources?.use() ?? { cpuMs: 0, memoryBytes: 0 }, this.#options.clock.now());
      if (what === "") return containerDocument(facts, factsOf(container));
      if (what === "task") return taskDocument(facts);
      if (what === "stats") return stats(container);
      if (what === "task/stats") return Object.fromEntries([...task.containers.values()].map((one) => [one.runtimeId, stats(one)]));
    }
    return undefined;
  }

  async credentials(credentialsId: string): Promise<TaskCredentials | undefined> {
    const task = [...this.#tasks.values()].find((candidate) => candidate.credentialsId === credentialsId);
    const role = task?.launch.taskRoleArn;
    return task === undefined || role === undefined ? undefined : this.#options.credentials(role, task.launch);
  }

  /** Ends all containers at once, as when their network is lost. */
  killAll(): void {
    for (const { containers } of this.#tasks.values()) for (const { process: running } of containers.values()) running?.kill();
  }

  async #remove(task: Task): Promise<void> {
    for (const container of task.containers.values()) {
      container.stopping = true;
      container.process?.kill();
    }
    await Promise.all([...task.containers.values()].map(({ ended }) => ended));
    // A task may be given up while its interface is on the way.
    await task.attaching?.catch(() => undefined);
    await this.#options.host.detach(task.launch.taskArn);
    await this.#options.resources.remove(task.launch.taskId);
    this.#tasks.delete(task.launch.taskArn);
  }

  /** The task's interface; made once, however often it is asked for. */
  #attached(task: Task): Promise<TaskInterface> {
    task.attaching ??= this.#options.host.attach(task.launch);
    task.attaching.catch(() => {
      delete task.attaching;
    });
    return task.attaching;
  }

  /** Log driver, secrets and image of a container; done once. Rejects with the reason, worded as ECS words it. */
  #pulled(launch: TaskLaunch, container: Container): Promise<void> {
    container.pulling ??= (async () => {
      const { logs, secrets } = this.#options;
      const { log } = container.spec;
      if (log !== undefined && !logs.exists(log.region, log.group)) {
        if (log.createGroup) logs.createGroup(log.region, log.group);
        else {
          throw new Error(
            `ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. : exit status 1 (log group ${log.group} in ${log.region})`,
          );
        }
      }
      container.secrets = await secretValues(container.spec.secrets, launch.region, secrets);
      container.image = await this.#prepared(container.spec.image);
    })();
    // A failure may pass: a later try starts afresh.
    container.pulling.catch(() => {
      delete container.pulling;
    });
    return container.pulling;
  }

  async #prepared(reference: string): Promise<PreparedImage> {
    const image = await this.#images.prepare(reference);
    this.#layOut(image);
    return image;
  }

  #layOut(image?: PreparedImage): void {
    try {
      this.#options.host.layOut(image);
    } catch {
      // The start of a container tries again, and has the words for it.
    }
  }

  async #run(task: Task, container: Container): Promise<void> {
    const { host } = this.#options;
    const { launch } = task;
    await this.#pulled(launch, container);
    task.network = await this.#attached(task);
    if (container.stopping || container.image === undefined) throw new CannotStart("CannotStartContainerError: the task is stopping");
    const { logs, clock } = this.#options;
    const log = new ContainerLog(container.spec, launch.taskId, logs, () => clock.now());
    for (const warning of container.image.warnings) log.note(`Dockerfile ${warning}`);
    container.log = log;
    let running: ContainerProcess | undefined;
    const resources = this.#options.resources.open({
      taskId: launch.taskId,
      container: container.spec.name,
      taskMemory: launch.memory,
      ...(container.spec.memory === undefined ? {} : { containerMemory: container.spec.memory }),
      pids: () => running?.pids() ?? [],
      kill: () => running?.kill(),
    });
    container.resources = resources;
    container.createdAt = this.#options.clock.now();
    const start: ContainerStart = {
      launch,
      container: container.spec,
      image: container.image,
      network: task.network,
      secrets: container.secrets ?? {},
      runtimeId: container.runtimeId,
      ...(task.credentialsId === undefined ? {} : { credentialsId: task.credentialsId }),
      entrances: resources.entrances,
      admit: (pid) => resources.admit(pid),
      note: (line) => log.note(line),
    };
    container.start = start;
    try {
      running = await host.start(start);
    } catch (error) {
      resources.close();
      throw error;
    }
    container.process = running;
    const output = log.follow(running);
    container.ended = Promise.all([running.exited, output])
      .then(([exitCode]) => exitCode)
      .then((exitCode) => this.#ended(launch, container, exitCode));
    if (this.#closed || container.stopping) running.kill();
    await running.started;
    container.startedAt = this.#options.clock.now();
  }

  #ended(launch: TaskLaunch, container: Container, exitCode: number): void {
    container.resources?.close();
    // One that never ran its program has told so as a failed start.
    if (container.exit !== undefined) return;
    const killed = container.resources?.outOfMemory() === true && exitCode === 137;
    const told = container.process?.exitReason();
    if (told !== undefined) {
      container.log?.note(told);
      container.log?.flush();
    }
    const reason = killed ? "OutOfMemoryError: Container killed due to memory usage" : told;
    container.exit = { exitCode, ...(reason === undefined ? {} : { reason }) };
    this.#emit({ type: "container-exited", taskArn: launch.taskArn, container: container.spec.name, ...container.exit });
  }

  #task(launch: TaskLaunch): Task {
    let task = this.#tasks.get(launch.taskArn);
    if (task === undefined) {
      task = { launch, containers: new Map(), ...(launch.taskRoleArn === undefined ? {} : { credentialsId: this.#options.ids.uuid() }) };
      this.#tasks.set(launch.taskArn, task);
    }
    return task;
  }

  #container(launch: TaskLaunch, name: string): Container {
    const task = this.#task(launch);
    let container = task.containers.get(name);
    if (container === undefined) {
      const spec = launch.containers.find((candidate) => candidate.name === name);
      if (spec === undefined) throw new Error(`task ${launch.taskArn} has no container ${name}`);
      // As Fargate names containers: the task's id and ten digits.
      container = { spec, runtimeId: `${launch.taskId}-${this.#options.ids.digits(10)}` };
      task.containers.set(name, container);
    }
    return container;
  }

  /** Outcomes come later, never while the caller is still deciding. A defect in here must not be swallowed: it ends the process. */
  #work(work: () => Promise<void>): void {
    setImmediate(() => {
      if (!this.#closed) void work();
    });
  }

  #emit(event: RuntimeEvent): void {
    if (!this.#closed) this.#options.emit(event);
  }
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
