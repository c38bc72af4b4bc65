/**
 * What must never happen, whatever the workload does. A checker looks at a world after each step and knows nothing of
 * what caused it; it says the broken rule in one sentence.
 */
import { configurationInForce } from "../engine/service/configuration-in-force.ts";
import { deploymentBounds } from "../engine/service/deployment-bounds.ts";
import { faithfulSettings } from "../engine/service/moment.ts";
import type { ServiceDecision } from "../engine/service/service-decision.ts";
import type { ServiceState, TrafficWeight } from "../engine/service/service-state.ts";
import type { TaskState } from "../engine/service/task-state.ts";
import { verdictOn } from "../engine/service/task-verdict.ts";
import { SeededRandom } from "./random.ts";
import type { RoutedRequest, SimulatedWorld } from "./simulated-world.ts";
import { brokenTaskSetRules, unsettledTaskSet } from "./task-set-rules.ts";

type StopTask = Extract<ServiceDecision, { type: "stop-task" }>;

export interface Violation {
  readonly time: number;
  readonly service: string;
  readonly rule: string;
}

/** Watches the safety of every service of a world. */
export class SafetyChecker {
  readonly #world: SimulatedWorld;
  readonly #violations: Violation[] = [];
  /** Each task as it last was while it was wanted RUNNING. */
  readonly #alive = new Map<string, TaskState>();
  /** What the load balancer last said of each target, by group and address, before it was taken out. */
  readonly #said = new Map<string, TaskState["targets"][number]["state"]>();
  /** The weights of each service's production rule when they were last looked at. */
  readonly #weights = new Map<string, readonly TrafficWeight[]>();
  #unsubscribe: () => void = () => undefined;

  constructor(world: SimulatedWorld) {
    this.#world = world;
    this.watch();
    world.onEvent((event) => {
      if (event.type !== "target-health" || event.state === "draining" || event.state === "unused") return;
      this.#said.set(`${event.targetGroupArn} ${event.target.ip}`, event.state);
    });
    world.onRequest((request) => this.#checkRequest(request));
  }

  get violations(): readonly Violation[] {
    return this.#violations;
  }

  /** Watches the world's present controller; call again after the world restarted. */
  watch(): void {
    this.#unsubscribe();
    for (const task of this.#world.keeper.tasks()) this.#note(task);
    const unsubscribe = this.#world.controller.onServiceChanged(({ service, decisions }) => {
      const stops = decisions.filter((decision) => decision.type === "stop-task");
      const started = new Set(decisions.flatMap((decision) => (decision.type === "start-task" ? [decision.deploymentId] : [])));
      const shifts = decisions.some((decision) => decision.type === "set-weights");
      if (stops.length === 0 && started.size === 0 && !shifts) return;
      if (service.taskSets !== undefined) {
        this.#checkTaskSets(service, stops, started);
        return;
      }
      const replaced = stops.filter(({ reason }) => reason === "replaced-by-deployment" || reason === "makes-room");
      if (stops.length > 0 || started.size > 0) this.#check(service, new Set(replaced.map(({ taskArn }) => taskArn)), started.size > 0);
      if (shifts) this.#checkShift(service);
    });
    const stopNoting = this.#world.controller.onTaskChanged((task) => this.#note(task));
    this.#unsubscribe = () => {
      unsubscribe();
      stopNoting();
    };
  }

  /** The task as it was when its stop was decided. */
  #justBefore(taskArn: string): TaskState | undefined {
    const task = this.#alive.get(taskArn);
    if (task === undefined) return undefined;
    const { attachment } = task;
    const targets = task.targets.map((target) => ({
      ...target,
      state: this.#said.get(`${target.targetGroupArn} ${attachment?.privateIp ?? ""}`) ?? target.state,
    }));
    return { ...task, targets, containers: this.#world.keeper.task(taskArn)?.containers ?? task.containers };
  }

  #note(task: TaskState): void {
    if (task.desiredStatus === "RUNNING") this.#alive.set(task.taskArn, task);
    else if (task.lastStatus === "STOPPED") this.#alive.delete(task.taskArn);
  }

  /**
   * A target that leaves or that the node finds ill takes a request only when the node knows no healthy one; one that no node
   * finds healthy only when there is none: then the load balancer fails open.
   */
  #checkRequest({ service, targetGroupArn, ip, node }: RoutedRequest): void {
    const targets = this.#world.targetGroups.states(targetGroupArn, node);
    const { state = "unused", served = false } = targets.find(({ target }) => target.ip === ip) ?? {};
    if (state === "healthy" || state === "unavailable") return;
    const better = targets.some((each) => each.state === "healthy")
      ? "a healthy one"
      : !served && targets.some((each) => each.served)
        ? "one that another node has found healthy"
        : undefined;
    if (better === undefined) return;
    this.#violations.push({ time: this.#world.clock.now(), service, rule: `a request went to a target that is ${state} beside ${better}` });
  }

  #checkTaskSets(service: ServiceState, stops: readonly StopTask[], started: ReadonlySet<string>): void {
    const chosen = stops.filter(({ reason }) => reason === "scale-in" || reason === "rebalances-zones");
    const broken = brokenTaskSetRules({
      service,
      tasks: this.#world.controller.liveTasks(service.serviceArn).filter((task) => task.desiredStatus === "RUNNING"),
      stopped: chosen.flatMap(({ taskArn }) => this.#justBefore(taskArn) ?? []),
      started,
      isHealthy: (task) => this.#isHealthy(service, task),
    });
    for (const rule of broken) this.#violations.push({ time: this.#world.clock.now(), service: service.serviceName, rule });
  }

  /** The decisions have been carried out when this is called. */
  #check(service: ServiceState, replaced: ReadonlySet<string>, starts: boolean): void {
    const { clock } = this.#world;
    const tasks = this.#world.controller.liveTasks(service.serviceArn).filter((task) => task.desiredStatus === "RUNNING");
    const { minimumHealthyPercent, maximumPercent, strategy } = configurationInForce(service);
    const { minHealthy, maxTasks } = deploymentBounds(service.desiredCount, minimumHealthyPercent, maximumPercent);
    const tell = (rule: string): void => {
      this.#violations.push({ time: clock.now(), service: service.serviceName, rule });
    };
    const healthy = this.#serving(service, tasks).filter((task) => this.#isHealthy(service, task)).length;
    const lost = this.#serving(
      service,
      [...replaced].flatMap((taskArn) => this.#justBefore(taskArn) ?? []),
    ).filter((task) => this.#isHealthy(service, task)).length;
    if (healthy < minHealthy && healthy + lost >= minHealthy) {
      tell(`a deployment's stop of ${lost} healthy tasks left ${healthy} of at least ${minHealthy}`);
    }
    // Blue and green stand side by side, each at the desired count, so only ROLLING has this bound.
    if (starts && strategy === "ROLLING" && tasks.length > maxTasks)
      tell(`a start makes ${tasks.length} tasks wanted RUNNING, at most ${maxTasks} may be`);
    if (service.desiredCount === 1 && strategy === "ROLLING" && maximumPercent === 100 && tasks.length > 1)
      tell("a singleton has two tasks with desired status RUNNING");
  }

  /** Traffic is not taken from healthy targets to where there is none. */
  #checkShift(service: ServiceState): void {
    const rule = `${service.serviceName}-production`;
    const weights = this.#world.weights.get(rule);
    const before = this.#weights.get(rule) ?? [ownGroup(service)];
    if (weights === undefined || weights === before) return;
    this.#weights.set(rule, weights);
    const tasks = this.#world.controller.liveTasks(service.serviceArn).filter((task) => task.desiredStatus === "RUNNING");
    const healthy = tasks.filter((task) => this.#isHealthy(service, task));
    const left = this.#serving(service, healthy).length;
    const had = this.#serving(service, healthy, before).length;
    if (left > 0 || had === 0) return;
    this.#violations.push({
      time: this.#world.clock.now(),
      service: service.serviceName,
      rule: `a shift took the traffic from ${had} healthy targets to none`,
    });
  }

  /** While traffic is divided by weights, only tasks in target groups with a weight serve. */
  #serving(
    service: ServiceState,
    tasks: readonly TaskState[],
    weights = this.#world.weights.get(`${service.serviceName}-production`) ?? [ownGroup(service)],
  ): readonly TaskState[] {
    const open = new Set(weights.filter(({ weight }) => weight > 0).map(({ targetGroupArn }) => targetGroupArn));
    return tasks.filter(({ targets }) => targets.length === 0 || targets.some(({ targetGroupArn }) => open.has(targetGroupArn)));
  }

  #isHealthy(service: ServiceState, task: TaskState): boolean {
    const plan = this.#world.plan(task.taskDefinitionArn);
    return verdictOn(task, plan, service.healthCheckGracePeriodMs, this.#world.clock.now(), faithfulSettings).type === "healthy";
  }
}

/** Who has the traffic before any was shifted. */
function ownGroup({ serviceName }: ServiceState): TrafficWeight {
  return { targetGroupArn: `${serviceName}-targets`, weight: 100 };
}

/** Whether the service stands: one completed deployment, or task sets that all stand, and nothing left to decide. Says what is missing. */
export function unsettled(world: SimulatedWorld, name: string): string | undefined {
  const service = world.service(name);
  if (service.taskSets !== undefined) return unsettledTaskSet(service, world.tasks(name));
  const [deployment, ...others] = service.deployments;
  if (deployment === undefined) return "no deployment";
  if (others.length > 0) return `${others.length} older deployments`;
  if (deployment.rolloutState !== "COMPLETED") return `deployment ${deployment.rolloutState}`;
  const tasks = world.tasks(name).filter((task) => task.desiredStatus === "RUNNING");
  if (tasks.length !== service.desiredCount) return `${tasks.length} tasks of ${service.desiredCount}`;
  if (tasks.some((task) => task.lastStatus !== "RUNNING")) return "tasks not RUNNING";
  if (service.steadyToldTime === undefined) return "not steady";
  return undefined;
}

/** A settled world decides nothing: what a reconcile now would do, or undefined. */
export function restless(world: SimulatedWorld, name: string): string | undefined {
  const service = world.service(name);
  const outcome = world.reconcile(
    {
      service,
      tasks: world.tasks(name),
      happenings: [],
      plan: (arn) => world.plan(arn),
      launchError: (arn) => world.launchError(arn),
      alarms: (alarmNames) => alarmNames.flatMap((alarmName) => world.alarm(alarmName) ?? []),
      revision: (arn) => {
        const revision = world.keeper.revision(arn);
        if (revision === undefined) throw new Error(`no revision ${arn}`);
        return revision;
      },
    },
    { time: world.clock.now(), wall: world.clock.now() },
    new SeededRandom(1),
    faithfulSettings,
  );
  if (outcome.decisions.length > 0) return outcome.decisions.map((decision) => decision.type).join(", ");
  return outcome.service === service ? undefined : "it changes without deciding";
}
