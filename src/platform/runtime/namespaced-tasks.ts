/**
 * Tasks in namespaces: every task has an interface with an address of its subnet on one private bridge, every container
 * a root, process tree and host name of its own. On the bridge the platform answers at 169.254.170.2 (gateway,
 * metadata, credentials) and 169.254.169.253 (names).
 */
import { spawn } from "node:child_process";
import { realpathSync, writeFileSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Ids } from "../../kit/ids.ts";
import { removeFolder } from "../../kit/remove-folder.ts";
import type { ClientAlias, TaskLaunch } from "../../model/task-launch.ts";
import { type AddressPool, parseRange, routerAddress, type SubnetSource } from "./address-pool.ts";
import { aliasAddresses } from "./alias-addresses.ts";
import { type CommandOutcome, outcomeOf } from "./collected-output.ts";
import { CannotStart, type ContainerProcess } from "./container-process.ts";
import { programOf, workingDirectoryOf } from "./container-program.ts";
import { type ContainerUser, containerUser } from "./container-user.ts";
import type { PreparedImage } from "./image-cache.ts";
import { NamespaceHolder } from "./namespace-holder.ts";
import { ENDPOINT_ADDRESS, RESOLVER_ADDRESS } from "./namespace-protocol.ts";
import { INIT, NamespacedProcess } from "./namespaced-process.ts";
import { closePipes, type OutputPipes, outputPipes } from "./output-pipes.ts";
import { signalIfThere } from "./plain-process.ts";
import { descendants } from "./process-tree.ts";
import { type RuntimeClass, TOOL_PATH } from "./runtime-class.ts";
import { Spares } from "./spares.ts";
import { type TaskEndpoints, taskEnvironment } from "./task-environment.ts";
import { type ContainerStart, newInterface, type TaskHost, type TaskInterface } from "./task-host.ts";
import { hidesNothingOfTheHost, interpreterFolder, makeTaskRoot, type RootMount } from "./task-root.ts";

export interface NamespacedTasksOptions {
  readonly privileged: boolean;
  readonly writableLayer: RuntimeClass["writableLayer"];
  /** The built `namespace-host.cjs`. */
  readonly hostProgram: string;
  readonly stateDir: string;
  readonly subnets: SubnetSource;
  readonly addresses: AddressPool;
  readonly ids: Ids;
  /** The gateway's port, the same inside and outside. */
  readonly gatewayPort: number;
  /** Called once, when the private network stands: opens the platform's services in it. */
  readonly open: (holder: NamespaceHolder) => Promise<NetworkServices>;
  readonly onLost: (reason: string) => void;
}

/** What the platform keeps open in the private network. */
export interface NetworkServices {
  /** Opens what only tasks' programs need, once: while tasks are expected, or else while the first one's containers start. */
  openOutside(): void;
  /** A task has this address, and these names to call; resolves when they answer. */
  attached(privateIp: string, aliases: readonly ClientAlias[]): Promise<void>;
  /** The task of this address is gone, and its connections with it. */
  detached(privateIp: string): void;
  close(): void;
}

interface Attached {
  readonly network: TaskInterface;
  /** Of the helper that made it; gone when that one is. */
  descriptor: number | undefined;
  readonly folder: string;
}

/** What lies around an image's files: a folder of mount points and links, and what is bound over it, in order. */
interface Surroundings {
  readonly skeleton: string;
  readonly mounts: readonly RootMount[];
}

export class NamespacedTasks implements TaskHost {
  readonly #options: NamespacedTasksOptions;
  readonly #holder: NamespaceHolder;
  readonly #attached = new Map<string, Attached>();
  readonly #routers = new Map<string, Promise<void>>();
  readonly #surroundings = new Map<string, Surroundings>();
  /** Of every image that puts nothing where the host's files are seen: of most. */
  #usual: Surroundings | undefined;
  readonly #pipes: Spares<OutputPipes>;
  #opened: Promise<NetworkServices> | undefined;
  readonly #init: string;

  constructor(options: NamespacedTasksOptions) {
    this.#options = options;
    this.#init = join(options.stateDir, "container-init.sh");
    writeFileSync(this.#init, INIT);
    this.#pipes = new Spares(() => this.#newPipes(), { count: 2, quietMs: 1_000 });
    this.#holder = new NamespaceHolder({
      hostProgram: options.hostProgram,
      mountPoint: join(options.stateDir, "namespace"),
      privileged: options.privileged,
      onLost: (reason) => {
        void this.#closeServices();
        this.#routers.clear();
        for (const attached of this.#attached.values()) attached.descriptor = undefined;
        options.onLost(reason);
      },
    });
  }

  get dialer(): NamespaceHolder {
    return this.#holder;
  }

  endpoints(): TaskEndpoints {
    return {
      gateway: `http://${ENDPOINT_ADDRESS}:${this.#options.gatewayPort}`,
      agent: `http://${ENDPOINT_ADDRESS}`,
      agentIsStandard: true,
    };
  }

  /** Opens the private network and the platform's services in it, and has interfaces made in advance; a failure is not remembered. */
  async open(): Promise<void> {
    const services = await this.#services();
    const ready = Promise.all([this.#holder.expectTasks(), this.#pipes.expect()]);
    services.openOutside();
    await ready;
  }

  async #services(): Promise<NetworkServices> {
    this.#opened ??= this.#options.open(this.#holder);
    const opened = this.#opened;
    try {
      return await opened;
    } catch (error) {
      if (this.#opened === opened) this.#opened = undefined;
      throw error;
    }
  }

  layOut(image?: PreparedImage): void {
    if (image === undefined) this.#usualSurroundings();
    else this.#surroundingsOf(image);
  }

  async attach(launch: TaskLaunch): Promise<TaskInterface> {
    const present = this.#attached.get(launch.taskArn);
    if (present !== undefined) return present.network;
    const { subnets, addresses, ids, stateDir } = this.#options;
    const network = await newInterface(launch, subnets, addresses, ids);
    try {
      const services = await this.#services();
      const { privateIp, cidrBlock, vpcCidrBlock, macAddress } = network;
      const { prefix } = parseRange(cidrBlock);
      const router = routerAddress(cidrBlock);
      const plug = this.#holder.attach([
        `link set eth0 address ${macAddress}`,
        `address add ${privateIp}/${prefix} dev eth0`,
        // The other subnets of the VPC are on the same bridge, so that nothing has to forward between them.
        ...(vpcCidrBlock === cidrBlock ? [] : [`route replace ${vpcCidrBlock} dev eth0 src ${privateIp}`]),
        `route add default via ${router}`,
      ]);
      // Nothing passes the router before the task runs, so that both can be made at the same time.
      const [plugged, routed] = await Promise.allSettled([plug, this.#subnet(cidrBlock, `${router}/${prefix}`, vpcCidrBlock)]);
      if (plugged.status === "rejected") throw plugged.reason;
      const descriptor = plugged.value;
      try {
        if (routed.status === "rejected") throw routed.reason;
        if (launch.clientAliases !== undefined) await services.attached(privateIp, launch.clientAliases);
      } catch (error) {
        services.detached(privateIp);
        await this.#holder.detach(descriptor);
        throw error;
      }
      this.#attached.set(launch.taskArn, { network, descriptor, folder: join(stateDir, "tasks", launch.taskId) });
      services.openOutside();
      return network;
    } catch (error) {
      this.#options.addresses.give(network.privateIp);
      throw error;
    }
  }

  async detach(taskArn: string): Promise<void> {
    const attached = this.#attached.get(taskArn);
    if (attached === undefined) return;
    this.#attached.delete(taskArn);
    (await this.#opened?.catch(() => undefined))?.detached(attached.network.privateIp);
    if (attached.descriptor !== undefined) await this.#holder.detach(attached.descriptor);
    await removeFolder(attached.folder);
    this.#options.addresses.give(attached.network.privateIp);
  }

  async start(start: ContainerStart): Promise<ContainerProcess> {
    const { launch, container, image } = start;
    const attached = this.#attached.get(launch.taskArn);
    if (attached?.descriptor === undefined) throw new CannotStart("CannotStartContainerError: the task has no network interface");
    const user = this.#user(start);
    const process_ = await NamespacedProcess.spawn({
      holder: this.#holder,
      networkDescriptor: attached.descriptor,
      folder: join(attached.folder, container.name),
      hostname: attached.network.hostname,
      init: this.#init,
      etc: etcFiles(attached.network, launch.clientAliases ?? []),
      root: {
        image: image.root,
        ...this.#surroundingsOf(image),
        writableLayer: this.#options.writableLayer,
        readonly: container.readonlyRootFilesystem,
      },
      program: {
        argv: programOf(container, image),
        environment: this.#environment(start, user),
        workingDirectory: workingDirectoryOf(container, image),
      },
      ...(user === undefined || user.uid === 0 ? {} : { user }),
      pipes: async () => this.#pipes.take() ?? this.#newPipes(),
      entrances: start.entrances,
      admit: start.admit,
    });
    return process_;
  }

  async execute(
    start: ContainerStart,
    container: ContainerProcess,
    command: readonly string[],
    timeoutMs: number,
  ): Promise<CommandOutcome> {
    const [init] = container.pids();
    if (init === undefined) return { exitCode: 1, output: "the container does not run" };
    const { privileged } = this.#options;
    const user = this.#user(start);
    const identity =
      privileged && user !== undefined && user.uid !== 0
        ? ["setpriv", "--reuid", String(user.uid), "--regid", String(user.gid), "--clear-groups", "--"]
        : [];
    const environment = Object.entries(this.#environment(start, user)).map(([name, value]) => `${name}=${value}`);
    const child = spawn(
      "setpriv",
      [
        ...[
          "--pdeathsig",
          "KILL",
          "nsenter",
          "-t",
          String(init),
          ...(privileged ? [] : ["-U", "--preserve-credentials"]),
          "-m",
          "-p",
          "-n",
          "-u",
          "-i",
        ],
        ...["env", "-i", ...environment, ...identity],
        ...["sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", workingDirectoryOf(start.container, start.image), ...command],
      ],
      { stdio: ["ignore", "pipe", "pipe"], env: { PATH: TOOL_PATH } },
    );
    // nsenter's child would outlive it.
    return outcomeOf(child, timeoutMs, () => {
      for (const pid of descendants(child.pid ?? 0).reverse()) signalIfThere(pid, "SIGKILL");
    });
  }

  async close(): Promise<void> {
    this.#pipes.end(closePipes);
    await this.#closeServices();
    await this.#holder.close();
    if (this.#usual !== undefined) await removeFolder(this.#usual.skeleton);
  }

  /** Gives the network a subnet, once, however many tasks come at a time. */
  #subnet(cidrBlock: string, router: string, vpcCidrBlock: string): Promise<void> {
    let added = this.#routers.get(cidrBlock);
    if (added === undefined) {
      added = this.#holder.addSubnet(router, vpcCidrBlock);
      this.#routers.set(cidrBlock, added);
      added.catch(() => this.#routers.delete(cidrBlock));
    }
    return added;
  }

  async #closeServices(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    // Services that could not be opened have told their caller so.
    (await opened?.catch(() => undefined))?.close();
  }

  #environment(start: ContainerStart, user: ContainerUser | undefined): Record<string, string> {
    return taskEnvironment({
      ...start,
      image: start.image.environment,
      endpoints: this.endpoints(),
      home: user?.home ?? "/root",
      hostname: start.network.hostname,
      interpreterPaths: [dirname(process.execPath)],
    });
  }

  #user({ container, image }: ContainerStart): ContainerUser | undefined {
    const spec = container.user !== undefined && container.user !== "" ? container.user : image.user;
    // Inside an ordinary user's namespace there is no other user to become.
    if (spec === undefined || !this.#options.privileged) return undefined;
    try {
      return containerUser(spec, image.madeUsers);
    } catch (error) {
      throw new CannotStart(`CannotStartContainerError: ${(error as Error).message}`);
    }
  }

  /** The host's side of a container's root; the same for every container of an image. */
  #surroundingsOf(image: PreparedImage): Surroundings {
    if (hidesNothingOfTheHost(image.root) && image.madeUsers.length === 0) return this.#usualSurroundings();
    let made = this.#surroundings.get(image.digest);
    if (made === undefined) {
      made = surroundings(image.root, join(dirname(image.root), `skeleton-${process.pid}`), image.madeUsers);
      this.#surroundings.set(image.digest, made);
    }
    return made;
  }

  #usualSurroundings(): Surroundings {
    this.#usual ??= surroundings(undefined, join(this.#options.stateDir, "tasks", "skeleton"), []);
    return this.#usual;
  }

  async #newPipes(): Promise<OutputPipes> {
    const folder = join(this.#options.stateDir, "tasks");
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return outputPipes(folder);
  }
}

function surroundings(imageRoot: string | undefined, skeleton: string, madeUsers: readonly string[]): Surroundings {
  const own = interpreterFolder(realpathSync(process.execPath));
  return { skeleton, mounts: makeTaskRoot({ imageRoot, skeleton, interpreters: own === undefined ? [] : [own], madeUsers }) };
}

function etcFiles(network: TaskInterface, aliases: readonly ClientAlias[]): { hosts: string; "resolv.conf": string; hostname: string } {
  const names = [...aliasAddresses(aliases)].map(([name, address]) => `${address} ${name}\n`);
  const short = network.hostname.split(".")[0];
  return {
    hosts: `127.0.0.1 localhost\n${network.privateIp} ${network.hostname} ${short}\n${names.join("")}`,
    "resolv.conf": `nameserver ${RESOLVER_ADDRESS}\nsearch ec2.internal\n`,
    hostname: `${network.hostname}\n`,
  };
}

/** Removes what an earlier platform process left of its tasks' files. */
export async function sweepTaskFiles(stateDir: string): Promise<void> {
  await removeFolder(join(stateDir, "tasks"));
  for (const name of await readdir(stateDir)) if (/^probe-\d+$/.test(name)) await removeFolder(join(stateDir, name));
  const images = join(stateDir, "images");
  for (const digest of await readdir(images).catch(() => [])) {
    if (/\.\d+$/.test(digest)) await rm(join(images, digest), { recursive: true, force: true });
    else
      for (const name of await readdir(join(images, digest)))
        if (name.startsWith("skeleton-")) await rm(join(images, digest, name), { recursive: true });
  }
}
