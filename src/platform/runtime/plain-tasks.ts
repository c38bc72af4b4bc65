/**
 * Tasks on a machine that allows no namespaces: plain processes that share the machine's addresses. A task keeps the
 * address of its subnet in name only; each of its container ports gets a free port of 127.0.0.1 instead, and the first
 * one is what `PORT` says. A program that does not read `PORT` is told so, in its log and by its exit.
 */
import { spawn } from "node:child_process";
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { cp, mkdir } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { dirname, join } from "node:path";
import type { Ids } from "../../kit/ids.ts";
import { removeFolder } from "../../kit/remove-folder.ts";
import type { TaskLaunch } from "../../model/task-launch.ts";
import type { AddressPool, SubnetSource } from "./address-pool.ts";
import { type CommandOutcome, outcomeOf } from "./collected-output.ts";
import { CannotStart, type ContainerProcess, type ContainerProgram } from "./container-process.ts";
import { missingProgram, programOf, workingDirectoryOf } from "./container-program.ts";
import { type Dialer, dialError, dialLocal } from "./dialer.ts";
import { GroupReaper } from "./group-reaper.ts";
import { listeningPorts } from "./listening-ports.ts";
import { outputPipes } from "./output-pipes.ts";
import { PlainProcess, signalIfThere } from "./plain-process.ts";
import { TOOL_PATH } from "./runtime-class.ts";
import type { TaskAgent } from "./task-agent.ts";
import { type TaskEndpoints, taskEnvironment } from "./task-environment.ts";
import { type ContainerStart, newInterface, type TaskHost, type TaskInterface } from "./task-host.ts";

export interface PlainTasksOptions {
  readonly stateDir: string;
  readonly subnets: SubnetSource;
  readonly addresses: AddressPool;
  readonly ids: Ids;
  readonly gatewayPort: number;
  /** Metadata and credentials; listens on this machine from the first task on. */
  readonly agent: () => TaskAgent;
}

interface Attached {
  readonly network: TaskInterface;
  readonly folder: string;
  /** Container port → port of this machine. */
  readonly ports: Map<number, number>;
  /** Processes that may listen for the task. */
  readonly processes: Set<ContainerProcess>;
}

/** When a program's listening ports are looked at, after its start. */
const LOOKS_MS = [1_000, 5_000];

export class PlainTasks implements TaskHost {
  readonly dialer: Dialer;
  readonly #options: PlainTasksOptions;
  readonly #attached = new Map<string, Attached>();
  readonly #taken = new Set<number>();
  readonly #reaper = new GroupReaper();
  readonly #diesWithPlatform: readonly string[] = existsOnToolPath("setpriv") ? ["setpriv", "--pdeathsig", "KILL"] : [];
  #agent: Promise<number> | undefined;
  #agentPort = 0;

  constructor(options: PlainTasksOptions) {
    this.#options = options;
    this.dialer = { connect: (target, timeoutMs) => this.#connect(target, timeoutMs) };
  }

  endpoints(): TaskEndpoints {
    return {
      gateway: `http://127.0.0.1:${this.#options.gatewayPort}`,
      agent: `http://127.0.0.1:${this.#agentPort}`,
      agentIsStandard: false,
    };
  }

  async open(): Promise<void> {
    this.#agent ??= this.#options.agent().listen();
    this.#agentPort = await this.#agent;
  }

  /** Every container has a copy of its own. */
  layOut(): void {}

  async attach(launch: TaskLaunch): Promise<TaskInterface> {
    const present = this.#attached.get(launch.taskArn);
    if (present !== undefined) return present.network;
    await this.open();
    const network = await newInterface(launch, this.#options.subnets, this.#options.addresses, this.#options.ids);
    const ports = new Map<number, number>();
    for (const { containerPort } of launch.containers.flatMap((container) => container.ports)) {
      if (!ports.has(containerPort)) ports.set(containerPort, await this.#freePort());
    }
    this.#attached.set(launch.taskArn, {
      network,
      folder: join(this.#options.stateDir, "tasks", launch.taskId),
      ports,
      processes: new Set(),
    });
    return network;
  }

  async detach(taskArn: string): Promise<void> {
    const attached = this.#attached.get(taskArn);
    if (attached === undefined) return;
    this.#attached.delete(taskArn);
    await removeFolder(attached.folder);
    for (const port of attached.ports.values()) this.#taken.delete(port);
    this.#options.addresses.give(attached.network.privateIp);
  }

  async start(start: ContainerStart): Promise<ContainerProcess> {
    const attached = this.#attached.get(start.launch.taskArn);
    if (attached === undefined) throw new CannotStart("CannotStartContainerError: the task has no network interface");
    const folder = join(attached.folder, start.container.name);
    await removeFolder(folder);
    await mkdir(join(folder, "home"), { recursive: true, mode: 0o700 });
    await cp(start.image.root, join(folder, "root"), { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
    const program = this.#program(start, attached, programOf(start.container, start.image));
    await mkdir(program.workingDirectory, { recursive: true });
    if (!runnable(program)) throw new CannotStart(missingProgram(program.argv[0]));
    const wanted = start.container.ports[0]?.containerPort;
    const assigned = wanted === undefined ? undefined : attached.ports.get(wanted);
    const running = new PlainProcess({
      program,
      output: await outputPipes(folder),
      reaper: this.#reaper,
      diesWithPlatform: this.#diesWithPlatform,
      admit: start.admit,
      explain: (exitCode, lastOutput) =>
        exitCode !== 0 && assigned !== undefined && /EADDRINUSE|[Aa]ddress (already )?in use/.test(lastOutput)
          ? portTaken(lastOutput, assigned)
          : undefined,
    });
    attached.processes.add(running);
    const looks = assigned === undefined ? [] : LOOKS_MS.map((ms) => setTimeout(() => this.#look(start, running, assigned), ms).unref());
    void running.exited.then(() => {
      attached.processes.delete(running);
      for (const look of looks) clearTimeout(look);
    });
    return running;
  }

  async execute(
    start: ContainerStart,
    _container: ContainerProcess,
    command: readonly string[],
    timeoutMs: number,
  ): Promise<CommandOutcome> {
    const attached = this.#attached.get(start.launch.taskArn);
    const [first, ...rest] = command;
    if (attached === undefined || first === undefined) return { exitCode: 1, output: "the container does not run" };
    const { argv, environment, workingDirectory } = this.#program(start, attached, [first, ...rest]);
    const [program, ...args] = argv;
    const child = spawn(program, args, { cwd: workingDirectory, env: environment, stdio: ["ignore", "pipe", "pipe"], detached: true });
    return outcomeOf(child, timeoutMs, () => child.pid !== undefined && signalIfThere(-child.pid, "SIGKILL"));
  }

  async close(): Promise<void> {
    if (this.#agent !== undefined) this.#options.agent().close();
    await this.#reaper.close();
  }

  /** The program with paths of the image led to where its files are here. */
  #program(start: ContainerStart, attached: Attached, argv: readonly [string, ...string[]]): ContainerProgram {
    const { container, image } = start;
    const folder = join(attached.folder, container.name);
    const here = (path: string): string =>
      path.startsWith("/") && existsSync(join(folder, "root", path)) ? join(folder, "root", path) : path;
    const [first, ...rest] = argv;
    const port = container.ports[0] === undefined ? undefined : attached.ports.get(container.ports[0].containerPort);
    const environment = taskEnvironment({
      ...start,
      image: image.environment,
      endpoints: this.endpoints(),
      home: join(folder, "home"),
      hostname: attached.network.hostname,
      interpreterPaths: [dirname(process.execPath)],
      ...(port === undefined ? {} : { assignedPort: port }),
    });
    for (const [name, value] of Object.entries(environment)) {
      if (value.startsWith("/") && name !== "HOME") environment[name] = value.split(":").map(here).join(":");
    }
    return {
      argv: [here(first), ...rest.map(here)],
      environment,
      workingDirectory: join(folder, "root", workingDirectoryOf(container, image)),
    };
  }

  async #connect(target: { readonly ip: string; readonly port: number }, timeoutMs: number): Promise<Socket> {
    const attached = [...this.#attached.values()].find(({ network }) => network.privateIp === target.ip);
    const port = attached?.ports.get(target.port);
    if (attached === undefined || port === undefined) throw dialError("EHOSTUNREACH", target);
    try {
      return await dialLocal(target, port, timeoutMs);
    } catch (error) {
      const elsewhere = listeningPorts([...attached.processes].flatMap((running) => running.pids()));
      const { code = "ECONNREFUSED" } = error as NodeJS.ErrnoException;
      if (elsewhere.length === 0 || elsewhere.includes(port)) throw error;
      throw dialError(code, target, listensElsewhere(elsewhere, port));
    }
  }

  /** Tells a program in its own log that it listens where nobody asks. */
  #look(start: ContainerStart, running: ContainerProcess, assigned: number): void {
    const ports = listeningPorts(running.pids());
    if (ports.length > 0 && !ports.includes(assigned)) start.note(listensElsewhere(ports, assigned));
  }

  #freePort(): Promise<number> {
    return new Promise((resolve, reject) => {
      const server = createServer();
      server.once("error", reject);
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        const port = typeof address === "object" && address !== null ? address.port : 0;
        server.close(() => {
          if (this.#taken.has(port)) return resolve(this.#freePort());
          this.#taken.add(port);
          resolve(port);
        });
      });
    });
  }
}

const REMEDY =
  "This machine allows no namespaces, so tasks share its ports: make the program listen on the port in its environment variable PORT, or see `fsd local status` for what namespaces need";

function listensElsewhere(ports: readonly number[], assigned: number): string {
  return `PortMismatch: the program listens on ${ports.join(", ")}, but PORT is ${assigned}. ${REMEDY}`;
}

function portTaken(output: string, assigned: number): string {
  const [, port] = /(?:EADDRINUSE|in use)[^\n]*?[:\s(](\d{2,5})\b/.exec(output) ?? [];
  return `PortTaken: the program wants port ${port ?? "of its own"}, which is taken on this machine; its PORT is ${assigned}. ${REMEDY}`;
}

/** Whether the program is where its PATH, or its own path, says. */
function runnable({ argv: [name], environment, workingDirectory }: ContainerProgram): boolean {
  const paths = name.includes("/")
    ? [join(name.startsWith("/") ? "/" : workingDirectory, name)]
    : (environment.PATH ?? "").split(":").map((folder) => join(folder, name));
  return paths.some(executable);
}

function existsOnToolPath(name: string): boolean {
  return TOOL_PATH.split(":").some((folder) => executable(join(folder, name)));
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
