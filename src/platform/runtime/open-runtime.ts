/**
 * Opens the process runtime in the best class this machine allows, with everything it answers tasks with. The
 * composition root calls this once.
 */
import type { Socket } from "node:net";
import type { SubnetSource } from "./address-pool.ts";
import type { Dialer } from "./dialer.ts";
import { ENDPOINT_ADDRESS } from "./namespace-protocol.ts";
import { NamespacedTasks, sweepTaskFiles } from "./namespaced-tasks.ts";
import { ProcessRuntime, type ProcessRuntimeOptions } from "./process-runtime.ts";
import { probeRuntimeClass, type RuntimeClass } from "./runtime-class.ts";

/** Names inside the tasks' network: Cloud Map's. */
export interface NameResolver {
  /** IPv4 addresses of a fully qualified name; undefined when it is not one of this platform's, empty when it has no instance. */
  resolve(name: string): readonly string[] | undefined;
}

/** The gateway's way in for tasks. */
export interface GatewayDoor {
  /** The port on 127.0.0.1. */
  readonly port: number;
  /** Takes a connection of a task over, as if it had come to the gateway's own port. */
  accept(socket: Socket): void;
}

export interface OpenRuntimeOptions extends Omit<ProcessRuntimeOptions, "host"> {
  readonly subnets: SubnetSource;
  readonly names: NameResolver;
  readonly gateway: GatewayDoor;
  /** The built `namespace-host.cjs`, beside the platform's bundle. */
  readonly hostProgram: string;
  /** False: tasks run without namespaces even where they are allowed. */
  readonly namespaces?: boolean;
}

export interface OpenedRuntime {
  readonly tasks: ProcessRuntime;
  readonly dialer: Dialer;
  readonly class: RuntimeClass;
}

export async function openProcessRuntime(options: OpenRuntimeOptions): Promise<OpenedRuntime> {
  const [runtimeClass] = await Promise.all([
    probeRuntimeClass(options.stateDir, options.namespaces ?? true),
    sweepTaskFiles(options.stateDir),
  ]);
  const host = new NamespacedTasks({
    privileged: runtimeClass.network === "namespace",
    layeredRoot: runtimeClass.layeredRoot,
    hostProgram: options.hostProgram,
    stateDir: options.stateDir,
    subnets: options.subnets,
    ids: options.ids,
    gatewayPort: options.gateway.port,
    open: async (holder) => {
      const server = await holder.listen(ENDPOINT_ADDRESS, options.gateway.port);
      server.on("connection", (socket) => options.gateway.accept(socket));
    },
    onLost: () => tasks.killAll(),
  });
  const tasks = new ProcessRuntime({ ...options, host });
  return { tasks, dialer: tasks.dialer, class: runtimeClass };
}
