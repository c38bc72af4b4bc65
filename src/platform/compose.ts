/**
 * The composition root of the embedded platform: makes every part, hands each what it needs, and knows the order in
 * which they begin and end. Nothing is decided here.
 */
import { join } from "node:path";
import { Controller } from "../controller/controller.ts";
import type { RuntimeEvent, TargetEvent } from "../controller/ports.ts";
import { SystemClock } from "../kit/clock.ts";
import { RandomIds } from "../kit/ids.ts";
import { createGateway } from "./gateway/gateway.ts";
import type { Listening } from "./gateway/listen.ts";
import { LibsqlStore } from "./persistence/libsql-store.ts";
import { openProcessRuntime } from "./runtime/open-runtime.ts";
import { PlatformSecretSource } from "./runtime/secret-source.ts";
import { ScaledClock } from "./scaled-clock.ts";
import { LogStore } from "./services/cloudwatch-logs/log-store.ts";
import { cloudwatchLogsProvider } from "./services/cloudwatch-logs/provider.ts";
import { subnetSource } from "./services/ec2/subnet-source.ts";
import { BlobStore } from "./services/ecr/blob-store.ts";
import { ImageRegistry } from "./services/ecr/image-registry.ts";
import { RegistryImageStore } from "./services/ecr/image-store.ts";
import { LayerUploads } from "./services/ecr/layer-uploads.ts";
import { ecrProvider } from "./services/ecr/provider.ts";
import { registryHttp } from "./services/ecr/registry-http.ts";
import { EcsState } from "./services/ecs/ecs-state.ts";
import { ecsProvider } from "./services/ecs/provider.ts";
import { StoreKeeper } from "./services/ecs/store-keeper.ts";
import { StoredTaskPlans } from "./services/ecs/task-plans.ts";
import { LoadBalancing } from "./services/elastic-load-balancing-v2/load-balancing.ts";
import { elasticLoadBalancingV2Provider } from "./services/elastic-load-balancing-v2/provider.ts";
import { stsProvider } from "./services/sts/provider.ts";
import { taskCredentials } from "./services/sts/task-credentials.ts";
import { timeScale } from "./time-scale.ts";

export interface PlatformOptions {
  /** Exists already; everything the platform keeps is below it. */
  readonly stateDir: string;
  readonly port: number;
  /** Engine seconds per wall second. */
  readonly speed: number;
  /** Twelve digits. */
  readonly account: string;
}

/** What `fsd local status` says about how tasks run here. */
export interface PlatformDescription {
  readonly runtime: string;
  readonly network: string;
  readonly memoryLimit: string;
}

export interface Platform {
  /** `http://127.0.0.1:4566` */
  readonly endpoint: string;
  describe(): PlatformDescription;
  /** Stops every task and listener and closes the store; its state is kept. */
  close(): Promise<void>;
}

export async function composePlatform({ stateDir, port, speed, account }: PlatformOptions): Promise<Platform> {
  const wallClock = new SystemClock();
  const ids = new RandomIds();
  const store = new LibsqlStore(join(stateDir, "platform.db"));
  const engineClock = new ScaledClock(wallClock, store, speed);
  const scale = timeScale(speed);
  const gateway = createGateway({ account, ids, report: reportDefect });
  const { call } = gateway;
  let listening: Listening | undefined;

  const blobs = new BlobStore(join(stateDir, "blobs"));
  const registry = new ImageRegistry({ store, blobs, clock: wallClock, account });
  const uploads = new LayerUploads(registry, store, ids);
  const images = new RegistryImageStore(registry, blobs);
  const logs = new LogStore({ store, clock: wallClock });

  // Outcomes go to the controller, which is made of the parts that report them.
  const receive = (event: RuntimeEvent | TargetEvent): void => controller.receive(event);
  const runtime = await openProcessRuntime({
    images,
    logs,
    secrets: new PlatformSecretSource(call),
    credentials: (roleArn, launch) => taskCredentials(call, roleArn, launch),
    clock: wallClock,
    ids,
    stateDir,
    emit: receive,
    subnets: subnetSource(store),
    names: { resolve: () => undefined },
    gateway: { port, accept: (socket) => (listening === undefined ? socket.destroy() : listening.accept(socket)) },
    hostProgram: join(import.meta.dirname ?? "", "namespace-host.cjs"),
  });
  const loadBalancing = new LoadBalancing({
    store,
    clock: engineClock,
    wallClock,
    ids,
    dialer: runtime.dialer,
    scale,
    metrics: { record: () => {} },
    emit: receive,
    host: "127.0.0.1",
  });
  const state = new EcsState(store);
  const keeper = new StoreKeeper(store);
  const controller = new Controller({
    keeper,
    plans: new StoredTaskPlans(state),
    runtime: runtime.tasks,
    targetGroups: loadBalancing,
    registries: { register: () => {}, setHealth: () => {}, deregister: () => {} },
    images: { digest: (reference) => images.resolve(reference)?.digest },
    clock: engineClock,
    wallClock,
    ids,
    settings: { limit: (configuredMs) => scale.limit(configuredMs), countCrashBeforeHealthy: true },
    wallMs: (engineMs) => engineMs / speed,
  });

  gateway.mount("sts", stsProvider({ store, clock: wallClock, ids, call }));
  gateway.mount("ecs", ecsProvider({ state, keeper, controller, clock: wallClock, ids, call }));
  gateway.mount("ecr", ecrProvider({ clock: wallClock, registry, uploads, endpoint: () => listening?.endpoint ?? "" }));
  gateway.mount("cloudwatch-logs", cloudwatchLogsProvider({ clock: wallClock, account, logs }));
  gateway.mount("elastic-load-balancing-v2", elasticLoadBalancingV2Provider({ loadBalancing, clock: wallClock, ids, call }));
  gateway.mount("ec2", async () => (await import("./services/ec2/provider.ts")).ec2Provider({ store, clock: wallClock, ids, call }));
  const serveRegistry = registryHttp(registry, uploads);
  gateway.route((request, response) => {
    if (!request.url?.startsWith("/v2/")) return false;
    void serveRegistry(request, response);
    return true;
  });

  await loadBalancing.start();
  const opened = await gateway.listen(port);
  listening = opened;
  controller.start();
  return {
    endpoint: opened.endpoint,
    describe: () => runtime.class,
    async close() {
      await opened.close();
      controller.stop();
      await runtime.tasks.close();
      await loadBalancing.close();
      engineClock.close();
      store.close();
    },
  };
}

/** A defect of the platform: its stack goes to the platform's log, and the client is told that it is one. */
function reportDefect(defect: unknown, operation: string): void {
  process.stderr.write(`${operation}: ${defect instanceof Error ? defect.stack : String(defect)}\n`);
}
