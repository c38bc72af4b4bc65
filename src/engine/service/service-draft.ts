/**
 * The working copy of one reconcile: the service as it will be, what has been decided so far, and the counts that
 * follow from both. It decides nothing itself.
 */
import { configurationInForce } from "./configuration-in-force.ts";
import { type EngineSettings, earlier, type Moment } from "./moment.ts";
import { sameWeights } from "./same-weights.ts";
import type { ServiceDecision, ServiceOutcome } from "./service-decision.ts";
import { serviceEvent } from "./service-events.ts";
import type { ServiceNotice } from "./service-notice.ts";
import type {
  CircuitBreaker,
  DeploymentConfiguration,
  DeploymentState,
  ServiceDeploymentState,
  ServiceEvent,
  ServiceState,
  SlotShares,
  TrafficWeight,
} from "./service-state.ts";
import type { NewIds, ServiceWorld } from "./service-world.ts";
import type { TaskState } from "./task-state.ts";
import { type Verdict, verdictOn } from "./task-verdict.ts";

const KEPT_EVENTS = 100;
/** What persists is told again after this long (`ecs-semantics`: the same message within 6 h is told once). */
export const TELL_AGAIN_AFTER_MS = 6 * 3_600_000;
type Marks = { firstHealthyTime?: number; accounted?: boolean; sickAnnounced?: boolean };
type StartTask = Extract<ServiceDecision, { type: "start-task" }>;
type StopTask = Extract<ServiceDecision, { type: "stop-task" }>;
export class ServiceDraft {
  readonly world: ServiceWorld;
  readonly now: Moment;
  readonly ids: NewIds;
  readonly settings: EngineSettings;
  readonly #verdicts = new Map<string, Verdict>();
  readonly #marks = new Map<string, Marks>();
  readonly #live = new Map<string, TaskState[]>();
  readonly #starts: StartTask[] = [];
  readonly #stops: StopTask[] = [];
  readonly #traffic: ServiceDecision[] = [];
  readonly #closing: ServiceDecision[] = [];
  readonly #events: ServiceEvent[] = [];
  #service: ServiceState;
  #wakeAt: number | undefined;

  constructor(world: ServiceWorld, now: Moment, ids: NewIds, settings: EngineSettings) {
    this.world = world;
    this.now = now;
    this.ids = ids;
    this.settings = settings;
    this.#service = world.service;
    for (const task of world.tasks) {
      const revision = task.serviceRevisionArn;
      const grace = revision === undefined ? 0 : world.service.healthCheckGracePeriodMs;
      const verdict = verdictOn(task, world.plan(task.taskDefinitionArn), grace, now.time, settings);
      this.#verdicts.set(task.taskArn, verdict);
      if (verdict.type === "leaving") continue;
      if (verdict.type === "starting") this.wake(verdict.untilTime);
      const id = task.deploymentId ?? "";
      const tasks = this.#live.get(id);
      if (tasks === undefined) this.#live.set(id, [task]);
      else tasks.push(task);
    }
  }

  get service(): ServiceState {
    return this.#service;
  }

  /** Newest first; the first is PRIMARY. */
  get deployments(): readonly DeploymentState[] {
    return this.#service.deployments;
  }

  get primary(): DeploymentState | undefined {
    return this.#service.deployments[0];
  }

  /** What the service is deployed by now: see `configurationInForce`. */
  get configuration(): DeploymentConfiguration {
    return configurationInForce(this.#service);
  }

  get breaker(): CircuitBreaker {
    return this.configuration.circuitBreaker;
  }

  /** Whether weights were decided of which it is not known that a listener rule has them: nothing that relies on them may be decided. */
  get awaitsWeights(): boolean {
    return this.#service.shifting !== undefined;
  }

  /** Whether this pass starts or stops tasks. */
  get acts(): boolean {
    return this.#starts.length > 0 || this.#stops.length > 0 || this.#traffic.length > 0;
  }

  get startsAnything(): boolean {
    return this.#starts.length > 0;
  }

  deployment(id: string | undefined): DeploymentState | undefined {
    return this.#service.deployments.find((deployment) => deployment.id === id);
  }

  verdict(task: TaskState): Verdict {
    return this.#verdicts.get(task.taskArn) ?? { type: "leaving" };
  }

  isHealthy(task: TaskState): boolean {
    return this.verdict(task).type === "healthy";
  }

  isSick(task: TaskState): boolean {
    return this.verdict(task).type === "sick";
  }

  /** Whether the task was ever counted healthy. */
  wasHealthy(task: TaskState): boolean {
    return task.firstHealthyTime !== undefined || this.isHealthy(task);
  }

  /** The deployment's tasks with desired status RUNNING that this pass does not stop; those it starts are in `starting`. */
  live(deploymentId: string): readonly TaskState[] {
    return this.#live.get(deploymentId) ?? [];
  }

  /** Every live task of the service. */
  allLive(): TaskState[] {
    return [...this.#live.values()].flat();
  }

  /** How many tasks this pass starts for the deployment, or for all. */
  starting(deploymentId?: string): readonly StartTask[] {
    return deploymentId === undefined ? this.#starts : this.#starts.filter((start) => start.deploymentId === deploymentId);
  }

  /** Tasks with desired status RUNNING after this pass. */
  get total(): number {
    let total = this.#starts.length;
    for (const tasks of this.#live.values()) total += tasks.length;
    return total;
  }

  get healthyTotal(): number {
    let total = 0;
    for (const tasks of this.#live.values()) for (const task of tasks) if (this.isHealthy(task)) total++;
    return total;
  }

  /** Gives a listener rule its weights, unless it has them; when calls pause after a refusal, with the next. */
  setWeights(listenerRuleArn: string, weights: readonly TrafficWeight[], reason: "test-traffic" | "production-traffic"): void {
    const { traffic, shifting } = this.#service;
    if (sameWeights(traffic[listenerRuleArn], weights)) return;
    const rules = [...(shifting?.rules ?? []).filter((rule) => rule !== listenerRuleArn), listenerRuleArn];
    this.change({ traffic: { ...traffic, [listenerRuleArn]: weights }, shifting: { refusals: 0, ...shifting, rules } });
    if (shifting?.againTime === undefined) this.#traffic.push({ type: "set-weights", listenerRuleArn, weights, reason });
  }

  /** Gives every rule whose call was refused the weights that are wanted now. */
  repeatShift(): void {
    const { traffic, shifting } = this.#service;
    if (shifting === undefined) return;
    const { againTime: _over, ...waiting } = shifting;
    this.change({ shifting: waiting });
    for (const listenerRuleArn of waiting.rules) {
      this.#traffic.push({ type: "set-weights", listenerRuleArn, weights: traffic[listenerRuleArn] ?? [], reason: "refused-before" });
    }
  }

  /** Divides Service Connect's requests. Nothing has to be carried out: its proxy goes by what is committed. */
  setSlotShares(shares: SlotShares): void {
    const known = this.#service.slotShares;
    const same = (["test", "production"] as const).every((kind) => known?.[kind].PRIMARY === shares[kind].PRIMARY);
    if (!same) this.change({ slotShares: shares });
  }

  callHook(decision: Omit<Extract<ServiceDecision, { type: "call-hook" }>, "type">): void {
    this.#traffic.push({ type: "call-hook", ...decision });
  }

  /** Answers the new task's id. */
  start(decision: Omit<StartTask, "type" | "taskId">): string {
    const taskId = this.ids.hex(32);
    this.#starts.push({ type: "start-task", taskId, ...decision });
    return taskId;
  }

  stop(task: TaskState, stoppedReason: string, reason: StopTask["reason"]): void {
    const id = task.deploymentId ?? "";
    this.#live.set(
      id,
      this.live(id).filter((each) => each !== task),
    );
    this.#verdicts.set(task.taskArn, { type: "leaving" });
    this.mark(task.taskArn, { accounted: true });
    this.#stops.push({ type: "stop-task", taskArn: task.taskArn, stopCode: "ServiceSchedulerInitiated", stoppedReason, reason });
  }

  mark(taskArn: string, marks: Marks): void {
    this.#marks.set(taskArn, { ...this.#marks.get(taskArn), ...marks });
  }

  /** A service event, and what EventBridge is told with it. */
  tell(message: string, notice?: ServiceNotice): void {
    this.#events.push({ id: this.ids.uuid(), createdAt: this.now.wall, message, ...(notice === undefined ? {} : { notice }) });
  }

  /** Tells it unless the same was told less than `TELL_AGAIN_AFTER_MS` ago; `cause` tells apart what is said in the same words. */
  complain(message: string, notice?: ServiceNotice, cause = ""): void {
    const key = `${message}${cause}`;
    const last = this.#service.complaints[key];
    if (last !== undefined && this.now.time < last + TELL_AGAIN_AFTER_MS) return;
    this.change({ complaints: { ...this.#service.complaints, [key]: this.now.time } });
    this.tell(message, notice);
  }

  wake(time: number | undefined): void {
    if (time !== undefined && time > this.now.time) this.#wakeAt = earlier(this.#wakeAt, time);
  }

  change(change: Partial<ServiceState>): void {
    this.#service = { ...this.#service, ...change };
  }

  forget(key: "steadyToldTime" | "stuckSinceTime" | "lastCompleted" | "rebalancing"): void {
    const { [key]: _forgotten, ...rest } = this.#service;
    this.#service = rest as ServiceState;
  }

  changeDeployment(id: string, change: Partial<DeploymentState>): void {
    this.change({
      deployments: this.deployments.map((deployment) =>
        deployment.id === id ? { ...deployment, ...change, updatedAt: this.now.wall } : deployment,
      ),
    });
  }

  changeServiceDeployment(arn: string, change: Partial<ServiceDeploymentState>): void {
    this.change({
      serviceDeployments: this.#service.serviceDeployments.map((each) =>
        each.serviceDeploymentArn === arn ? { ...each, ...change, updatedAt: this.now.wall } : each,
      ),
    });
  }

  /** A decision that is carried out by what it says: the draft's service has changed already. */
  conclude(decision: ServiceDecision): void {
    this.#closing.push(decision);
  }

  /** What was decided of a part of the service by itself. */
  adopt({ decisions, events, wakeAt }: Omit<ServiceOutcome, "service">): void {
    this.#closing.push(...decisions);
    this.#events.push(...events);
    this.wake(wakeAt);
  }

  #tellActs(): void {
    const name = this.#service.serviceName;
    // Rebalancing tells its own.
    const stops = this.#stops.filter((stop) => stop.reason !== "rebalances-zones");
    const starts = this.#starts.filter((start) => start.reason !== "rebalances-zones");
    if (stops.length > 0) {
      const byArn = new Map(this.world.tasks.map((task) => [task.taskArn, task.taskId]));
      this.tell(
        serviceEvent.stopped(
          name,
          stops.map((stop) => byArn.get(stop.taskArn) ?? stop.taskArn),
        ),
      );
    }
    if (starts.length > 0) {
      const replacing = starts.filter((start) => start.reason === "replaces-unhealthy").length;
      this.tell(
        serviceEvent.started(
          name,
          starts.map((start) => start.taskId),
          replacing,
        ),
      );
    }
  }

  outcome(): ServiceOutcome {
    this.#tellActs();
    if (this.#events.length > 0) {
      this.change({ events: [...this.#events.slice().reverse(), ...this.#service.events].slice(0, KEPT_EVENTS) });
    }
    const marks: ServiceDecision[] = [...this.#marks].map(([taskArn, change]) => ({ type: "mark-task", taskArn, ...change }));
    return {
      service: this.#service,
      decisions: [...marks, ...this.#traffic, ...this.#stops, ...this.#starts, ...this.#closing],
      events: this.#events,
      wakeAt: this.#wakeAt,
    };
  }
}
