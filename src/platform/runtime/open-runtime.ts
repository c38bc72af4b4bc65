/**
 * Opens the process runtime in the best class this machine allows, with everything it answers tasks with. The
 * composition root calls this once.
 */
import type { Socket } from "node:net";
import type { AddressPool, SubnetSource } from "./address-pool.ts";
import type { ConnectDoor } from "./connect-door.ts";
import { TaskResources } from "./container-resources.ts";
import type { MemoryLimitKind } from "./control-groups.ts";
import type { Dialer } from "./dialer.ts";
import { HOST_ADDRESS, RESOLVER_ADDRESS } from "./namespace-protocol.ts";
import { NamespacedTasks, sweepTaskFiles } from "./namespaced-tasks.ts";
import { type Dial, NetworkDoors } from "./network-doors.ts";
import { PlainTasks } from "./plain-tasks.ts";
import { ProcessRuntime, type ProcessRuntimeOptions } from "./process-runtime.ts";
import { probeRuntimeClass, type RuntimeClass } from "./runtime-class.ts";
import { TaskAgent } from "./task-agent.ts";
import type { TaskHost } from "./task-host.ts";
import { type NameResolver, serveNames } from "./task-names.ts";

/** Under this name a task reaches the machine it runs on. */
const HOST_NAME = "host.fsd.internal";

/** The gateway's way in for tasks. */
export interface GatewayDoor {
  /** The port on 127.0.0.1. */
  readonly port: number;
  /** Takes a connection of a task over, as if it had come to the gateway's own port. */
  accept(socket: Socket): void;
}

export interface OpenRuntimeOptions extends Omit<ProcessRuntimeOptions, "host" | "resources"> {
  readonly subnets: SubnetSource;
  /** Who else gives out addresses of the tasks' subnets asks it which ones tasks have. */
  readonly addresses: AddressPool;
  readonly names: NameResolver;
  readonly gateway: GatewayDoor;
  readonly serviceConnect?: ConnectDoor;
  /** The built `namespace-host.cjs`, beside the platform's bundle. */
  readonly hostProgram: string;
  /** Opens connections to addresses outside the tasks' network; the machine's own way unless given. */
  readonly dial?: Dial;
  /** Instead of finding out: a class this machine is known to allow. */
  readonly class?: RuntimeClass;
}

export interface OpenedRuntime {
  readonly tasks: ProcessRuntime;
  readonly dialer: Dialer;
  readonly class: RuntimeClass;
  readonly memoryLimit: MemoryLimitKind;
}

export async function openProcessRuntime(options: OpenRuntimeOptions): Promise<OpenedRuntime> {
  // First, because the trial below puts a folder where the sweep looks.
  await sweepTaskFiles(options.stateDir);
  const runtimeClass = options.class ?? (await probeRuntimeClass(options.stateDir));
  const resources = new TaskResources(options.stateDir);
  const { stateDir, subnets, addresses, ids, gateway, serviceConnect, dial } = options;
  const shared = { stateDir, subnets, addresses, ids, gatewayPort: gateway.port };
  const host: TaskHost =
    runtimeClass.network === "port"
      ? new PlainTasks({ ...shared, agent: () => agent })
      : new NamespacedTasks({
          ...shared,
          privileged: runtimeClass.network === "namespace",
          writableLayer: runtimeClass.writableLayer,
          hostProgram: options.hostProgram,
          open: async (holder) => {
            const doors = new NetworkDoors(holder, {
              agent: (socket) => agent.accept(socket),
              gateway,
              ...(serviceConnect === undefined ? {} : { serviceConnect }),
              ...(dial === undefined ? {} : { dial }),
            });
            await doors.open();
            const resolver = await holder.bind(RESOLVER_ADDRESS, 53);
            serveNames(resolver, {
              resolve: (name) => (name === HOST_NAME ? [HOST_ADDRESS] : options.names.resolve(name)),
              asked: (name) => (name === HOST_NAME ? doors.mirrorHost() : undefined),
            });
            return {
              openOutside: () => doors.openOutside(),
              attached: (address, aliases) => doors.enter(address, aliases),
              detached: (address) => doors.leave(address),
              close: () => {
                resolver.close();
                doors.close();
                agent.close();
              },
            };
          },
          onLost: () => tasks.killAll(),
        });
  const tasks: ProcessRuntime = new ProcessRuntime({ ...options, host, resources });
  const agent: TaskAgent = new TaskAgent(tasks);
  return { tasks, dialer: tasks.dialer, class: runtimeClass, memoryLimit: resources.kind };
}
