/**
 * The composition root of the embedded platform: makes every part, hands each what it needs, and knows the order in
 * which they begin and end. Nothing is decided here.
 */
import { join } from "node:path";
import { SystemClock } from "../kit/clock.ts";
import { RandomIds } from "../kit/ids.ts";
import { createGateway } from "./gateway/gateway.ts";
import { LibsqlStore } from "./persistence/libsql-store.ts";
import { ScaledClock } from "./scaled-clock.ts";
import { BlobStore } from "./services/ecr/blob-store.ts";
import { ImageRegistry } from "./services/ecr/image-registry.ts";
import { LayerUploads } from "./services/ecr/layer-uploads.ts";
import { ecrProvider } from "./services/ecr/provider.ts";
import { registryHttp } from "./services/ecr/registry-http.ts";
import { stsProvider } from "./services/sts/provider.ts";

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
  const gateway = createGateway({ account, ids, report: reportDefect });
  let endpoint = "";

  const blobs = new BlobStore(join(stateDir, "blobs"));
  const registry = new ImageRegistry({ store, blobs, clock: wallClock, account });
  const uploads = new LayerUploads(registry, store, ids);

  gateway.mount("sts", stsProvider({ store, clock: wallClock, ids, call: gateway.call }));
  gateway.mount("ecr", ecrProvider({ clock: wallClock, registry, uploads, endpoint: () => endpoint }));
  const serveRegistry = registryHttp(registry, uploads);
  gateway.route((request, response) => {
    if (!request.url?.startsWith("/v2/")) return false;
    void serveRegistry(request, response);
    return true;
  });

  const listening = await gateway.listen(port);
  endpoint = listening.endpoint;
  return {
    endpoint,
    describe: () => ({ runtime: "process", network: "", memoryLimit: "" }),
    async close() {
      await listening.close();
      engineClock.close();
      store.close();
    },
  };
}

/** A defect of the platform: its stack goes to the platform's log, and the client is told that it is one. */
function reportDefect(defect: unknown, operation: string): void {
  process.stderr.write(`${operation}: ${defect instanceof Error ? defect.stack : String(defect)}\n`);
}
