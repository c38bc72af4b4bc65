/** What the Service Connect proxy asks of the scheduler: an endpoint as it is now, and the tasks behind it. */
import { type ConnectHost, connectHosts, slotSharesOf } from "../../engine/service/connect-hosts.ts";
import type { ServiceState, SlotShares } from "../../engine/service/service-state.ts";
import type { TaskPlan } from "../../engine/service/task-plan.ts";
import type { TaskState } from "../../engine/service/task-state.ts";
import type { ConnectEndpoint } from "../services/ecs/ecs-state.ts";

export interface ConnectedHosts {
  readonly hosts: readonly ConnectHost[];
  readonly shares: SlotShares;
}

export interface ConnectSource {
  /** Undefined when nobody offers it any more. */
  endpoint(endpoint: string): ConnectEndpoint | undefined;
  hosts(endpoint: ConnectEndpoint): ConnectedHosts;
}

export interface SchedulerConnectSourceDependencies {
  readonly endpoint: (endpoint: string) => ConnectEndpoint | undefined;
  readonly service: (serviceArn: string) => ServiceState | undefined;
  readonly liveTasks: (serviceArn: string) => readonly TaskState[];
  readonly plan: (taskDefinitionArn: string) => TaskPlan;
}

const NOBODY: ConnectedHosts = { hosts: [], shares: { test: { PRIMARY: 0, ALTERNATE: 0 }, production: { PRIMARY: 0, ALTERNATE: 0 } } };

/** Looks again only after `changed`. */
export class SchedulerConnectSource implements ConnectSource {
  readonly #scheduler: SchedulerConnectSourceDependencies;
  readonly #known = new Map<string, Map<string, ConnectedHosts>>();

  constructor(scheduler: SchedulerConnectSourceDependencies) {
    this.#scheduler = scheduler;
  }

  endpoint(endpoint: string): ConnectEndpoint | undefined {
    return this.#scheduler.endpoint(endpoint);
  }

  hosts({ serviceArn, discoveryArn }: ConnectEndpoint): ConnectedHosts {
    const known = this.#known.get(serviceArn) ?? new Map<string, ConnectedHosts>();
    this.#known.set(serviceArn, known);
    let hosts = known.get(discoveryArn);
    if (hosts === undefined) {
      hosts = this.#look(serviceArn, discoveryArn);
      known.set(discoveryArn, hosts);
    }
    return hosts;
  }

  /** Something about the service or its tasks is different now. */
  changed(serviceArn: string | undefined): void {
    if (serviceArn !== undefined) this.#known.delete(serviceArn);
  }

  #look(serviceArn: string, discoveryArn: string): ConnectedHosts {
    const { service: find, liveTasks, plan } = this.#scheduler;
    const service = find(serviceArn);
    if (service === undefined) return NOBODY;
    return { hosts: connectHosts(discoveryArn, liveTasks(serviceArn), plan), shares: slotSharesOf(service) };
  }
}
