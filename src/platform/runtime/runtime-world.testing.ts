/**
 * The surroundings of a process runtime, for tests: images packed as `fsd deploy` packs them, logs and events kept in
 * memory, everything else real.
 */
import { randomBytes } from "node:crypto";
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-stream";
import type { RuntimeEvent } from "../../controller/ports.ts";
import { SystemClock } from "../../kit/clock.ts";
import { RandomIds } from "../../kit/ids.ts";
import type { ContainerLaunch, TaskLaunch } from "../../model/task-launch.ts";
import type { LogLine, LogSink } from "../services/cloudwatch-logs/log-sink.ts";
import type { ImageStore, ResolvedImage } from "../services/ecr/image-store.ts";
import { AddressPool } from "./address-pool.ts";
import { DOCKERFILE_LABEL, PACKED_LABEL } from "./image-cache.ts";
import { type OpenedRuntime, openProcessRuntime } from "./open-runtime.ts";
import { probeRuntimeClass, type RuntimeClass } from "./runtime-class.ts";

const ACCOUNT = "000000000000";
export const REGION = "eu-central-1";
const REGISTRY = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`;

/** Builds a program of this folder as `npm run build` builds the namespace helper; answers its path. */
export async function built(name: string, folder: string): Promise<string> {
  const { build } = await import("esbuild");
  const outfile = join(folder, `${name}.cjs`);
  const entry = new URL(`./${name}.ts`, import.meta.url).pathname;
  await build({
    entryPoints: [entry],
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    outfile,
    external: ["esbuild"],
    logLevel: "error",
    logOverride: { "empty-import-meta": "silent" },
  });
  return outfile;
}

export class MemoryLogs implements LogSink {
  readonly groups = new Set<string>(["/fsd/test"]);
  readonly lines = new Map<string, LogLine[]>();
  onWrite: () => void = () => {};

  exists(_region: string, group: string): boolean {
    return this.groups.has(group);
  }

  createGroup(_region: string, group: string): void {
    this.groups.add(group);
  }

  write(_region: string, _group: string, stream: string, lines: readonly LogLine[]): void {
    this.lines.set(stream, [...(this.lines.get(stream) ?? []), ...lines]);
    this.onWrite();
  }

  text(stream: string): string[] {
    return (this.lines.get(stream) ?? []).map(({ message }) => message);
  }
}

/** Packed images by reference. */
export class PackedImages implements ImageStore {
  readonly #images = new Map<string, ResolvedImage>();
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  serves(reference: string): boolean {
    return reference.startsWith(REGISTRY);
  }

  resolve(reference: string): ResolvedImage | undefined {
    return this.find(reference);
  }

  find(reference: string): ResolvedImage | undefined {
    return this.#images.get(reference);
  }

  /** Packs files and a Dockerfile as `fsd deploy` does; answers the reference. */
  async add(name: string, dockerfile: string, files: Readonly<Record<string, string>>): Promise<string> {
    const archive = pack();
    for (const [path, text] of Object.entries(files)) archive.entry({ name: path, mode: path.endsWith(".sh") ? 0o755 : 0o644 }, text);
    archive.finalize();
    return this.addLayer(name, dockerfile, archive);
  }

  async addLayer(name: string, dockerfile: string, archive: AsyncIterable<unknown>): Promise<string> {
    const digest = `sha256:${randomBytes(32).toString("hex")}`;
    const path = join(this.#folder, digest.replace(":", "-"));
    await pipeline(archive, createWriteStream(path));
    const descriptor = { mediaType: "application/vnd.oci.image.layer.v1.tar", digest, size: 0 };
    const reference = `${REGISTRY}/${name}:v1`;
    this.#images.set(reference, {
      digest,
      manifest: { schemaVersion: 2, config: descriptor, layers: [descriptor] },
      config: { config: { Labels: { [PACKED_LABEL]: "context", [DOCKERFILE_LABEL]: dockerfile } } },
      layers: [{ ...descriptor, path }],
    });
    return reference;
  }
}

export interface World {
  readonly runtime: OpenedRuntime;
  readonly images: PackedImages;
  readonly logs: MemoryLogs;
  readonly secrets: Map<string, string>;
  /** Addresses outside that tasks asked for; each is refused. */
  readonly dialled: string[];
  readonly names: Map<string, readonly string[]>;
  readonly stateDir: string;
  readonly events: RuntimeEvent[];
  /** Resolves with the first event (of those to come, and those that came) of that type for the task. */
  event<Type extends RuntimeEvent["type"]>(type: Type, taskArn: string, container?: string): Promise<Extract<RuntimeEvent, { type: Type }>>;
  /** Resolves once the container's log stream satisfies the test. */
  logged(launch: TaskLaunch, satisfied: (lines: string[]) => boolean, container?: string): Promise<string[]>;
  /** Starts every container of the task and awaits it. */
  run(launch: TaskLaunch): Promise<{ privateIp: string }>;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly namespaces?: boolean;
  /** Instead of the best this machine allows. */
  readonly writableLayer?: RuntimeClass["writableLayer"];
  readonly stateDir?: string;
  /** The built helper; built anew when absent. */
  readonly hostProgram?: string;
}

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const stateDir = options.stateDir ?? mkdtempSync(join(tmpdir(), "fsd-runtime-"));
  const images = new PackedImages(join(stateDir, "blobs"));
  const logs = new MemoryLogs();
  const secrets = new Map<string, string>();
  const names = new Map<string, readonly string[]>();
  const dialled: string[] = [];
  const events: RuntimeEvent[] = [];
  const waiting = new Set<() => void>();
  const gateway: Server = createServer((request, response) => response.end(`gateway ${request.url}`));
  await new Promise<void>((resolve) => gateway.listen(0, "127.0.0.1", resolve));
  const address = gateway.address();
  const runtimeClass = await probeRuntimeClass(stateDir, options.namespaces ?? true);
  const runtime = await openProcessRuntime({
    images,
    logs,
    secrets: {
      value: async (valueFrom) => {
        const value = secrets.get(valueFrom);
        if (value === undefined)
          throw Object.assign(new Error("Secrets Manager can't find the specified secret."), { name: "ResourceNotFoundException" });
        return value;
      },
    },
    names: { resolve: (name) => names.get(name) },
    subnets: {
      subnet: async (id) => {
        const third = { "subnet-a": 11, "subnet-b": 12 }[id];
        return third === undefined
          ? undefined
          : { cidrBlock: `10.0.${third}.0/24`, vpcCidrBlock: "10.0.0.0/16", availabilityZone: `${REGION}a` };
      },
      heldAddresses: () => [],
    },
    addresses: new AddressPool(),
    credentials: async (roleArn) => ({
      RoleArn: roleArn,
      AccessKeyId: "ASIATEST",
      SecretAccessKey: "secret",
      Token: "token",
      Expiration: "2099-01-01T00:00:00Z",
    }),
    clock: new SystemClock(),
    ids: new RandomIds(),
    stateDir,
    emit: (event) => {
      events.push(event);
      for (const check of [...waiting]) check();
    },
    gateway: {
      port: typeof address === "object" && address !== null ? address.port : 0,
      accept: (socket) => gateway.emit("connection", socket),
    },
    hostProgram: options.hostProgram ?? (await built("namespace-host", stateDir)),
    dial: (host, port) => {
      if (host === "127.0.0.1") return connect({ host, port });
      dialled.push(`${host}:${port}`);
      return connect({ host: "127.0.0.1", port: 1 });
    },
    class: { ...runtimeClass, ...(options.writableLayer === undefined ? {} : { writableLayer: options.writableLayer }) },
  });
  const until = <Value>(find: () => Value | Error | undefined): Promise<Value> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        const value = find();
        if (value === undefined) return;
        waiting.delete(check);
        if (value instanceof Error) reject(value);
        else resolve(value);
      };
      waiting.add(check);
      check();
    });
  logs.onWrite = () => {
    for (const check of [...waiting]) check();
  };
  const event: World["event"] = (type, taskArn, container) =>
    until<RuntimeEvent>(() => {
      const own = events.filter(
        (one) => one.taskArn === taskArn && (container === undefined || !("container" in one) || one.container === container),
      );
      const found = own.find((one) => one.type === type);
      const failed = own.find((one) => one.type.endsWith("-failed"));
      return found ?? (failed === undefined || type === "container-exited" ? undefined : new Error(JSON.stringify(failed)));
    }) as never;
  return {
    runtime,
    images,
    logs,
    secrets,
    names,
    dialled,
    stateDir,
    events,
    event,
    logged: (launch, satisfied, container = "app") =>
      until(() => {
        const lines = logs.text(`svc/${container}/${launch.taskId}`);
        return satisfied(lines) ? lines : undefined;
      }),
    async run(launch) {
      runtime.tasks.provision(launch);
      const { privateIp } = await event("task-provisioned", launch.taskArn);
      for (const { name } of launch.containers) {
        runtime.tasks.pull(launch, name);
        await event("container-pulled", launch.taskArn, name);
        runtime.tasks.start(launch, name);
        await event("container-started", launch.taskArn, name);
      }
      return { privateIp };
    },
    async close() {
      await runtime.tasks.close();
      gateway.closeAllConnections();
      await new Promise((resolve) => gateway.close(resolve));
      if (options.stateDir === undefined) rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

export function containerOf(image: string, more: Partial<ContainerLaunch> = {}): ContainerLaunch {
  return {
    name: "app",
    image,
    essential: true,
    environment: {},
    secrets: [],
    ports: [{ containerPort: 8000, protocol: "tcp" }],
    readonlyRootFilesystem: false,
    log: { group: "/fsd/test", region: REGION, streamPrefix: "svc", createGroup: false },
    ...more,
  };
}

export function taskOf(containers: readonly ContainerLaunch[], more: Partial<TaskLaunch> = {}): TaskLaunch {
  const taskId = randomBytes(16).toString("hex");
  return {
    taskArn: `arn:aws:ecs:${REGION}:${ACCOUNT}:task/fsd-test/${taskId}`,
    taskId,
    account: ACCOUNT,
    region: REGION,
    clusterName: "fsd-test",
    serviceName: "items",
    family: "items",
    revision: 3,
    cpu: 256,
    memory: 512,
    network: { subnetId: "subnet-a", securityGroups: ["sg-1"], assignPublicIp: false },
    containers,
    ...more,
  };
}

/** What a task answers to `GET /`. */
export function get(world: World, ip: string, port = 8000): Promise<string> {
  return new Promise((resolve, reject) => {
    world.runtime.dialer.connect({ ip, port }, 2_000).then((socket: Socket) => {
      request({ createConnection: () => socket, path: "/", headers: { connection: "close" } }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (piece: string) => {
          text += piece;
        });
        response.on("end", () => resolve(text));
      })
        .on("error", reject)
        .end();
    }, reject);
  });
}
