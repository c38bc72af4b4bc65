/**
 * The platform's private network, seen from the platform: one helper process in a network and mount namespace of its
 * own (and, for an ordinary user, a user namespace), with a bridge that the tasks are plugged into. Nothing of it
 * exists outside those namespaces, and the kernel takes all of it down with the platform. Started at first use, so
 * that an idle platform stays light.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Socket as UdpSocket } from "node:dgram";
import { mkdirSync, readlinkSync } from "node:fs";
import type { Server, Socket } from "node:net";
import { type Dialer, dialError } from "./dialer.ts";
import type { NamespaceAnswer, NamespaceRequest } from "./namespace-protocol.ts";
import { TOOL_PATH } from "./runtime-class.ts";

export interface NamespaceHolderOptions {
  /** The built `namespace-host.cjs`. */
  readonly hostProgram: string;
  /** An empty folder that gets a private in-memory file system inside the namespace; outside it stays empty. */
  readonly mountPoint: string;
  /** Whether the platform itself may make namespaces; otherwise a user namespace comes first. */
  readonly privileged: boolean;
  /** The helper ended although nobody closed it: the network and every interface are gone. */
  readonly onLost: (reason: string) => void;
}

type Handle = Socket | Server | UdpSocket;
type RequestBody = NamespaceRequest extends infer Request ? (Request extends { id: number } ? Omit<Request, "id"> : never) : never;

interface Waiting {
  resolve(answer: { descriptor?: number; handle?: Handle }): void;
  reject(error: Error): void;
}

export class NamespaceHolder implements Dialer {
  readonly #options: NamespaceHolderOptions;
  readonly #waiting = new Map<number, Waiting>();
  #started: Promise<ChildProcess> | undefined;
  #closed = false;
  #lastId = 0;

  constructor(options: NamespaceHolderOptions) {
    this.#options = options;
  }

  /** Pid of the helper: the name under which `nsenter` finds the namespaces. Starts it when it does not run. */
  async pid(): Promise<number> {
    const { pid } = await this.#helper();
    if (pid === undefined) throw new Error("the network helper has no process");
    return pid;
  }

  /** Where the namespace's private in-memory file system is, as a path inside it. */
  get scratch(): string {
    return this.#options.mountPoint;
  }

  get privileged(): boolean {
    return this.#options.privileged;
  }

  /** Gives the network a subnet: its router's address with prefix, and the range of its VPC. */
  async addSubnet(router: string, vpcCidrBlock: string): Promise<void> {
    await this.#ask({ do: "add-subnet", router, vpcCidrBlock });
  }

  /** Tasks will come: makes spare network namespaces for them. Resolves when they are ready, or cannot be made. */
  async expectTasks(): Promise<void> {
    await this.#ask({ do: "expect-tasks" });
  }

  /** A task's network namespace, with `eth0` on the bridge: `batch` is run by `ip` inside it. Answers a descriptor of the helper. */
  async attach(batch: readonly string[]): Promise<number> {
    const { descriptor } = await this.#ask({ do: "attach", batch });
    if (descriptor === undefined) throw new Error("the network helper answered without a descriptor");
    return descriptor;
  }

  async detach(descriptor: number): Promise<void> {
    await this.#ask({ do: "detach", descriptor });
  }

  async connect(target: { readonly ip: string; readonly port: number }, timeoutMs: number): Promise<Socket> {
    const helper = await this.#helper();
    const id = ++this.#lastId;
    return new Promise<Socket>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        helper.send({ id, do: "abandon" } satisfies NamespaceRequest, () => {});
        reject(dialError("ETIMEDOUT", target));
      }, timeoutMs);
      this.#waiting.set(id, {
        resolve: ({ handle }) => {
          clearTimeout(timer);
          resolve((handle as Socket).setNoDelay(true));
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(dialError((error as NodeJS.ErrnoException).code ?? "EIO", target));
        },
      });
      helper.send({ id, do: "connect", host: target.ip, port: target.port } satisfies NamespaceRequest, (error) => {
        if (error !== null) this.#settle(id)?.reject(error);
      });
    });
  }

  async listen(host: string, port: number): Promise<Server> {
    return (await this.#ask({ do: "listen", host, port })).handle as Server;
  }

  async bind(host: string, port: number): Promise<UdpSocket> {
    return (await this.#ask({ do: "bind", host, port })).handle as UdpSocket;
  }

  /** Ends the helper, and with it the network. */
  async close(): Promise<void> {
    this.#closed = true;
    const started = this.#started;
    if (started === undefined) return;
    const helper = await started.catch(() => undefined);
    if (helper === undefined || helper.exitCode !== null || helper.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      // Not its exit alone: what it has started holds its standard error too, and ends with it a moment later.
      helper.once("close", () => resolve());
      helper.kill("SIGKILL");
    });
  }

  #helper(): Promise<ChildProcess> {
    if (this.#closed) return Promise.reject(new Error("the private network is closed"));
    this.#started ??= this.#start();
    return this.#started;
  }

  #start(): Promise<ChildProcess> {
    const { hostProgram, mountPoint, privileged } = this.#options;
    mkdirSync(mountPoint, { recursive: true });
    // pdeathsig is set after the user namespace is entered, because a change of credentials would clear it.
    const script = 'mount -t tmpfs -o mode=755 fsd "$1" && mkdir "$1/root" "$1/layers" && exec setpriv --pdeathsig KILL "$2" "$3" "$4"';
    const helper = spawn(
      "unshare",
      [
        privileged ? "-nm" : "-Urnm",
        "--propagation",
        "private",
        "sh",
        "-c",
        script,
        "sh",
        mountPoint,
        process.execPath,
        hostProgram,
        readlinkSync("/proc/self/ns/net"),
      ],
      {
        stdio: ["ignore", "ignore", "pipe", "ipc"],
        env: { PATH: TOOL_PATH, NODE_OPTIONS: "--max-old-space-size=64" },
      },
    );
    let errors = "";
    helper.stderr?.setEncoding("utf8").on("data", (text: string) => {
      errors = `${errors}${text}`.slice(-2_000);
    });
    return new Promise((resolve, reject) => {
      helper.once("error", reject);
      helper.once("exit", (code, signal) => {
        const reason = `the private network's helper ended (${signal ?? `exit ${code}`})${errors === "" ? "" : `: ${errors.trim()}`}`;
        reject(new Error(reason));
        for (const id of [...this.#waiting.keys()]) this.#settle(id)?.reject(new Error(reason));
        this.#started = undefined;
        if (!this.#closed) this.#options.onLost(reason);
      });
      helper.on("message", (message: NamespaceAnswer, handle) => {
        if ("ready" in message) return resolve(helper);
        const waiting = this.#settle(message.id);
        if (waiting === undefined) {
          // Abandoned while its socket was on the way.
          if (handle !== undefined && handle !== null && "destroy" in handle) (handle as Socket).destroy();
          return;
        }
        if (message.ok) {
          waiting.resolve({
            ...(message.descriptor === undefined ? {} : { descriptor: message.descriptor }),
            ...(handle === undefined || handle === null ? {} : { handle: handle as Handle }),
          });
        } else waiting.reject(Object.assign(new Error(message.message), { code: message.code }));
      });
    });
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  async #ask(body: RequestBody): Promise<{ descriptor?: number; handle?: Handle }> {
    const helper = await this.#helper();
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      helper.send({ id, ...body } as NamespaceRequest, (error) => {
        if (error !== null) this.#settle(id)?.reject(error);
      });
    });
  }
}
