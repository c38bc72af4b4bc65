/**
 * A whole little cloud in virtual time: the controller and the engine unchanged, over simulated hands and a memory
 * that lasts as long as the process. Workloads and checkers are written against this.
 */
import { Controller } from "../controller/controller.ts";
import type { HookCall, RateLimits, RuntimeEvent, TargetEvent } from "../controller/ports.ts";
import { MemoryKeeper } from "../controller/state-keeper.ts";
import { createService, scaleService, startDeployment } from "../engine/service/change-service.ts";
import { type EngineSettings, faithfulSettings } from "../engine/service/moment.ts";
import { reconcileService } from "../engine/service/reconcile-service.ts";
import {
  type CapacityProviderStrategyItem,
  type DeploymentConfiguration,
  defaultDeploymentConfiguration,
  type RevisionLoadBalancer,
  type ServiceRevision,
  type ServiceState,
  type TrafficWeight,
} from "../engine/service/service-state.ts";
import type { AlarmSnapshot } from "../engine/service/service-world.ts";
import type { TaskPlan } from "../engine/service/task-plan.ts";
import type { TaskState } from "../engine/service/task-state.ts";
import { verdictOn } from "../engine/service/task-verdict.ts";
import { VirtualClock } from "../kit/virtual-clock.ts";
import type { TaskLaunch } from "../model/task-launch.ts";
import { SeededRandom } from "./random.ts";
import { SimulatedRuntime } from "./simulated-runtime.ts";
import { SimulatedTargetGroups, type TargetGroupBehaviour } from "./simulated-target-groups.ts";
import { SimulatedTaskDefinitions, type SimulatedVersion } from "./simulated-task-definitions.ts";
import { type candidatesOf, type Routed, SimulatedTraffic } from "./simulated-traffic.ts";

export interface SimulatedService {
  readonly name: string;
  readonly desiredCount: number;
  readonly version: SimulatedVersion;
  readonly deployment?: Partial<DeploymentConfiguration>;
  readonly gracePeriodMs?: number;
  /** Absent: no load balancer. */
  readonly targetGroup?: Partial<TargetGroupBehaviour>;
  readonly capacityProviderStrategy?: readonly CapacityProviderStrategyItem[];
  readonly availabilityZones?: number;
  readonly availabilityZoneRebalancing?: "ENABLED" | "DISABLED";
  /** A third party deploys it, by task sets (`SimulatedTaskSets`). */
  readonly external?: true;
}

/** A request that went to a target, for those who watch. */
export interface RoutedRequest extends Routed {
  readonly service: string;
}

export interface SimulatedWorldOptions {
  readonly seed?: number;
  readonly settings?: Partial<EngineSettings>;
  readonly provisionMs?: number;
  /** Where the clock begins, ms since the epoch; 0 unless given. */
  readonly startTime?: number;
  /** Why a task cannot be placed, if it cannot. */
  readonly placementFailure?: (task: TaskLaunch) => string | undefined;
  /** Why no task of the definition can be launched, if none can. */
  readonly launchError?: (taskDefinitionArn: string) => string | undefined;
  /** The digest of an image; every image has one unless given. */
  readonly digest?: (reference: string) => string | undefined;
  /** Parts of the engine that a test replaces by broken ones, to see them caught. */
  readonly broken?: { readonly reconcile?: typeof reconcileService; readonly candidates?: typeof candidatesOf };
  /** Events that are lost on their way to the controller. */
  readonly loses?: (event: RuntimeEvent | TargetEvent) => boolean;
  /** The rate limits of the services that the scheduler calls; none unless given. */
  readonly limits?: RateLimits;
}

const defaultTargetGroup: TargetGroupBehaviour = {
  intervalMs: 30_000,
  healthyThreshold: 2,
  unhealthyThreshold: 3,
  drainMs: 30_000,
};
const ACCOUNT = "arn:aws:ecs:us-east-1:000000000000";
const CLUSTER = `${ACCOUNT}:cluster/sim`;

export class SimulatedWorld {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly keeper = new MemoryKeeper();
  /** The weights of listener rules, by rule. */
  readonly weights = new Map<string, readonly TrafficWeight[]>();
  /** The lifecycle hooks that were called, oldest first. */
  readonly hookCalls: HookCall[] = [];
  readonly runtime: SimulatedRuntime;
  readonly targetGroups: SimulatedTargetGroups;
  controller: Controller;
  readonly #options: SimulatedWorldOptions;
  readonly #taskDefinitions = new SimulatedTaskDefinitions(ACCOUNT);
  readonly #groups = new Map<string, TargetGroupBehaviour>();
  readonly #alarms = new Map<string, AlarmSnapshot>();
  readonly #traffic = new Map<string, SimulatedTraffic>();
  readonly #eventListeners = new Set<(event: RuntimeEvent | TargetEvent) => void>();
  readonly #requestListeners = new Set<(request: RoutedRequest) => void>();
  /** What decides about services: the engine's own, unless a test broke it. */
  readonly reconcile: typeof reconcileService;
  #revisions = 0;

  constructor(options: SimulatedWorldOptions = {}) {
    this.#options = options;
    this.reconcile = options.broken?.reconcile ?? reconcileService;
    this.clock = new VirtualClock(options.startTime ?? 0);
    this.random = new SeededRandom(options.seed ?? 1);
    const receive = (event: RuntimeEvent | TargetEvent): void => {
      for (const listener of this.#eventListeners) listener(event);
      if (options.loses?.(event) !== true) this.controller.receive(event);
    };
    this.targetGroups = new SimulatedTargetGroups({
      clock: this.clock,
      behaviour: (arn) => this.#groups.get(arn) ?? { ...defaultTargetGroup, healthyThreshold: 5, unhealthyThreshold: 2 },
      emit: receive,
    });
    this.runtime = new SimulatedRuntime({
      clock: this.clock,
      behaviour: (task, container) => this.#taskDefinitions.behaviour(task, container),
      provisioning: (task) => {
        const failure = options.placementFailure?.(task);
        return { afterMs: options.provisionMs ?? 10_000, ...(failure === undefined ? {} : { failure }) };
      },
      deprovisionMs: 5_000,
      emit: receive,
      onAnswering: (ip, answering) => this.targetGroups.setAnswering(ip, answering),
    });
    this.controller = this.#newController();
    this.controller.start();
  }

  /** CreateService. */
  create(service: SimulatedService): ServiceState {
    const serviceArn = this.#arn(service.name);
    const now = this.controller.now();
    if (service.targetGroup !== undefined) {
      const group = { ...defaultTargetGroup, ...service.targetGroup };
      this.#groups.set(`${service.name}-targets`, group);
      this.#groups.set(`${service.name}-others`, group);
    }
    const created = createService(
      {
        serviceArn,
        serviceName: service.name,
        clusterArn: CLUSTER,
        desiredCount: service.desiredCount,
        deploymentConfiguration: { ...defaultDeploymentConfiguration, ...service.deployment },
        healthCheckGracePeriodMs: service.gracePeriodMs ?? 0,
        capacityProviderStrategy: service.capacityProviderStrategy ?? [],
        enableExecuteCommand: false,
        ...(service.availabilityZoneRebalancing === undefined ? {} : { availabilityZoneRebalancing: service.availabilityZoneRebalancing }),
        ...(service.external === true ? { taskSets: [] } : {}),
      },
      now,
    );
    if (service.external === true) {
      this.controller.putService(created);
      return created;
    }
    const revision = this.newRevision(service);
    this.controller.putService(startDeployment(created, revision, this.#names(service.name), now), revision);
    return this.service(service.name);
  }

  /** RegisterTaskDefinition, for tasks that no service runs. */
  registerTaskDefinition(family: string, version: SimulatedVersion): TaskPlan {
    return this.#taskDefinitions.register(family, version);
  }

  /** UpdateService with a new task definition (or the same one: a forced deployment), and with other load balancers where they are given. */
  deploy(name: string, version: SimulatedVersion, change: Partial<Pick<ServiceRevision, "loadBalancers">> = {}): void {
    const service = this.service(name);
    const previous = this.keeper.revision(service.deployments[0]?.serviceRevisionArn ?? "");
    if (previous === undefined) throw new Error(`${name} has no deployment to follow`);
    const plan = this.#taskDefinitions.register(name, version);
    const { containerImages: _unpinned, unresolved: _unresolved, ...rest } = previous;
    const revision: ServiceRevision = {
      ...rest,
      ...change,
      serviceRevisionArn: `${ACCOUNT}:service-revision/sim/${name}/${++this.#revisions}`,
      taskDefinitionArn: plan.taskDefinitionArn,
      createdAt: this.clock.now(),
    };
    this.controller.putService(startDeployment(service, revision, this.#names(name), this.controller.now()), revision);
  }

  /** One request to the service through its production rule; undefined: no target takes it. */
  request(name: string, inFlight?: (ip: string) => number): Routed | undefined {
    let traffic = this.#traffic.get(name);
    if (traffic === undefined) {
      const candidates = this.#options.broken?.candidates;
      const own = [{ targetGroupArn: `${name}-targets`, weight: 1 }];
      traffic = new SimulatedTraffic({
        targetGroups: this.targetGroups,
        weights: () => this.weights.get(`${name}-production`) ?? own,
        now: () => this.clock.now(),
        random: () => this.random.next(),
        ...(candidates === undefined ? {} : { candidates }),
      });
      this.#traffic.set(name, traffic);
    }
    const routed = traffic.request(inFlight);
    if (routed !== undefined) for (const listener of this.#requestListeners) listener({ service: name, ...routed });
    return routed;
  }

  /** Calls back with everything the runtime and the load balancer tell, before the controller hears of it. Returns how to stop listening. */
  onEvent(listener: (event: RuntimeEvent | TargetEvent) => void): () => void {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  /** Calls back with every request that is routed to a target. Returns how to stop listening. */
  onRequest(listener: (request: RoutedRequest) => void): () => void {
    this.#requestListeners.add(listener);
    return () => this.#requestListeners.delete(listener);
  }

  alarm(alarmName: string): AlarmSnapshot | undefined {
    return this.#alarms.get(alarmName);
  }

  /** Makes an alarm, or changes its state. */
  setAlarm(alarmName: string, state: AlarmSnapshot["state"], windowMs = 60_000): void {
    this.#alarms.set(alarmName, { alarmName, state, windowMs });
  }

  scale(name: string, desiredCount: number): void {
    this.controller.putService(scaleService(this.service(name), desiredCount));
  }

  configure(name: string, change: Partial<ServiceState>): void {
    this.controller.putService({ ...this.service(name), ...change });
  }

  service(name: string): ServiceState {
    const service = this.keeper.service(this.#arn(name));
    if (service === undefined) throw new Error(`no service ${name}`);
    return service;
  }

  /** Its tasks that are not yet over. */
  tasks(name: string): readonly TaskState[] {
    return this.controller.liveTasks(this.#arn(name));
  }

  /** All its tasks that are still shown, also stopped ones. */
  allTasks(name: string): readonly TaskState[] {
    return [...this.keeper.tasks()].filter((task) => task.serviceArn === this.#arn(name));
  }

  /** Those the scheduler counts as healthy now. */
  healthyTasks(name: string): readonly TaskState[] {
    const { healthCheckGracePeriodMs } = this.service(name);
    const now = this.clock.now();
    return this.tasks(name).filter(
      (task) => verdictOn(task, this.plan(task.taskDefinitionArn), healthCheckGracePeriodMs, now, faithfulSettings).type === "healthy",
    );
  }

  /** How many healthy targets the service's groups have. */
  healthyTargets(name: string): number {
    let healthy = 0;
    for (const group of [`${name}-targets`, `${name}-others`])
      for (const { state } of this.targetGroups.states(group)) if (state === "healthy") healthy++;
    return healthy;
  }

  launchError(taskDefinitionArn: string): string | undefined {
    return this.#options.launchError?.(taskDefinitionArn);
  }

  plan(taskDefinitionArn: string): TaskPlan {
    return this.#taskDefinitions.plan(taskDefinitionArn);
  }

  /** Messages of the service's events, oldest first, without their `(service …)` prefix and with task ids shortened. */
  story(name: string): string[] {
    return [...this.service(name).events].reverse().map((event) =>
      event.message
        .replace(`(service ${name}) `, "")
        .replace(/\(task [0-9a-f]{32}\)/g, "(task)")
        .replace(/ecs-svc\/\d+/g, "ecs-svc/N"),
    );
  }

  /** Kills the platform: processes and unwritten thoughts are gone, what was committed stays; then starts it again. */
  restart(): void {
    this.controller.stop();
    this.runtime.die();
    this.controller = this.#newController();
    this.controller.start();
  }

  advance(ms: number): void {
    this.clock.advanceBy(ms);
  }

  /** Steps until `condition` holds; answers whether it did within `withinMs`. */
  until(condition: () => boolean, withinMs = 3_600_000): boolean {
    const deadline = this.clock.now() + withinMs;
    while (!condition()) {
      const due = this.clock.nextDue();
      if (due === undefined || due > deadline) return false;
      this.clock.step();
    }
    return true;
  }

  #newController(): Controller {
    return new Controller({
      keeper: this.keeper,
      plans: this.#taskDefinitions,
      runtime: this.runtime,
      targetGroups: this.targetGroups,
      registries: { register: () => undefined, setHealth: () => undefined, deregister: () => undefined },
      images: { digest: this.#options.digest ?? ((reference) => `sha256:${reference}`) },
      listenerRules: { setWeights: (rule, weights) => void this.weights.set(rule, weights) },
      hooks: { call: (hook) => void this.hookCalls.push(hook) },
      roles: { launchError: (arn) => this.launchError(arn) },
      alarms: { find: (_region, alarmName) => this.alarm(alarmName) },
      ...(this.#options.limits === undefined ? {} : { limits: this.#options.limits }),
      clock: this.clock,
      wallClock: this.clock,
      ids: this.random,
      settings: { ...faithfulSettings, ...this.#options.settings },
      wallMs: (engineMs) => engineMs,
      reconcile: this.reconcile,
    });
  }

  /** A revision of its version; in the target group given, or in the service's two that take turns. */
  newRevision(service: SimulatedService, targetGroupArn?: string): ServiceRevision {
    const plan = this.#taskDefinitions.register(service.name, service.version);
    const zones = Array.from({ length: service.availabilityZones ?? 2 }, (_, index) => index);
    return {
      serviceRevisionArn: `${ACCOUNT}:service-revision/sim/${service.name}/${++this.#revisions}`,
      serviceArn: this.#arn(service.name),
      clusterArn: CLUSTER,
      taskDefinitionArn: plan.taskDefinitionArn,
      platformVersion: "1.4.0",
      capacityProviderStrategy: service.capacityProviderStrategy ?? [],
      network: {
        subnets: zones.map((zone) => ({ subnetId: `subnet-${zone}`, availabilityZone: `us-east-1${"abcdef"[zone] ?? "f"}` })),
        securityGroups: [],
        assignPublicIp: false,
      },
      loadBalancers:
        service.targetGroup === undefined
          ? []
          : [
              {
                targetGroupArn: targetGroupArn ?? `${service.name}-targets`,
                containerName: plan.containers[0]?.name ?? "app",
                containerPort: 8000,
                ...(targetGroupArn === undefined ? { advanced: turns(service.name) } : {}),
              },
            ],
      serviceRegistries: [],
      createdAt: this.clock.now(),
    };
  }

  #names(name: string): { deploymentId: string; serviceDeploymentArn: string } {
    return {
      deploymentId: `ecs-svc/${this.random.digits(19)}`,
      serviceDeploymentArn: `${ACCOUNT}:service-deployment/sim/${name}/${this.random.hex(20)}`,
    };
  }

  #arn(name: string): string {
    return `${ACCOUNT}:service/sim/${name}`;
  }
}

function turns(name: string): RevisionLoadBalancer["advanced"] {
  return {
    alternateTargetGroupArn: `${name}-others`,
    productionListenerRule: `${name}-production`,
    testListenerRule: `${name}-test`,
  };
}
