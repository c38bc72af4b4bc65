/**
 * The working copy of one reconcile: the service as it will be, what has been decided so far, and the counts that
 * follow from both. It knows how deployments end; when they end is decided elsewhere.
 */
import { breakerThreshold } from "./circuit-breaker.ts";
import { detectors, type Failure } from "./failure.ts";
import { type EngineSettings, earlier, type Moment } from "./moment.ts";
import type { ServiceDecision, ServiceOutcome } from "./service-decision.ts";
import { rolloutReason, serviceEvent } from "./service-events.ts";
import type {
  CircuitBreaker,
  DeploymentState,
  ServiceDeploymentState,
  ServiceEvent,
  ServiceState,
  TrafficWeight,
} from "./service-state.ts";
import type { NewIds, ServiceWorld } from "./service-world.ts";
import type { TaskState } from "./task-state.ts";
import { type Verdict, verdictOn } from "./task-verdict.ts";

const KEPT_EVENTS = 100;
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

  get breaker(): CircuitBreaker {
    return this.#service.deploymentConfiguration.circuitBreaker;
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

  /** Gives a listener rule its weights, unless it has them. */
  setWeights(listenerRuleArn: string, weights: readonly TrafficWeight[], reason: "test-traffic" | "production-traffic"): void {
    const known = this.#service.traffic[listenerRuleArn];
    const same = known?.every(
      (each, index) => each.targetGroupArn === weights[index]?.targetGroupArn && each.weight === weights[index]?.weight,
    );
    if (same === true) return;
    this.change({ traffic: { ...this.#service.traffic, [listenerRuleArn]: weights } });
    this.#traffic.push({ type: "set-weights", listenerRuleArn, weights, reason });
  }

  callHook(decision: Omit<Extract<ServiceDecision, { type: "call-hook" }>, "type">): void {
    this.#traffic.push({ type: "call-hook", ...decision });
  }

  start(decision: Omit<StartTask, "type" | "taskId">): void {
    this.#starts.push({ type: "start-task", taskId: this.ids.hex(32), ...decision });
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

  tell(message: string): void {
    this.#events.push({ id: this.ids.uuid(), createdAt: this.now.wall, message });
  }

  /** Tells it unless the same was told less than `repeatAfterMs` ago. */
  complain(message: string, repeatAfterMs: number): void {
    const last = this.#service.complaints[message];
    if (last !== undefined && this.now.time < last + repeatAfterMs) return;
    this.change({ complaints: { ...this.#service.complaints, [message]: this.now.time } });
    this.tell(message);
  }

  wake(time: number | undefined): void {
    if (time !== undefined && time > this.now.time) this.#wakeAt = earlier(this.#wakeAt, time);
  }

  change(change: Partial<ServiceState>): void {
    this.#service = { ...this.#service, ...change };
  }

  forget(key: "steadyToldTime" | "stuckSinceTime" | "lastCompleted"): void {
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

  /** The deployment has arrived: it is proven, and the one a later failure goes back to. */
  complete(deployment: DeploymentState): void {
    const wasRollback = deployment.rollback;
    this.changeDeployment(deployment.id, {
      rolloutState: "COMPLETED",
      rolloutStateReason: rolloutReason.completed(deployment.id),
      proven: true,
      rollback: false,
    });
    const completed = this.deployment(deployment.id) ?? deployment;
    this.change({ lastCompleted: completed });
    this.#closing.push({
      type: "complete-deployment",
      deploymentId: deployment.id,
      reason: this.#service.desiredCount === 0 ? "nothing-desired" : "all-tasks-healthy",
    });
    const arn = wasRollback ? this.#rollingBack()?.serviceDeploymentArn : deployment.serviceDeploymentArn;
    if (arn !== undefined) {
      this.changeServiceDeployment(arn, {
        status: wasRollback ? "ROLLBACK_SUCCESSFUL" : "SUCCESSFUL",
        finishedAt: this.now.wall,
        ...(wasRollback ? {} : this.#monitoringComplete(arn)),
      });
    }
    this.tell(serviceEvent.completed(this.#service.serviceName, deployment.id));
  }

  /**
   * The deployment has failed. With `rollback`, the most recent completed deployment becomes PRIMARY again; without
   * one (the first deployment, or the failure of a rollback itself) the deployment stalls where it is.
   */
  fail(deployment: DeploymentState, failure: Failure): void {
    const name = this.#service.serviceName;
    const { cause, reason } = failure;
    this.changeDeployment(deployment.id, { rolloutState: "FAILED", rolloutStateReason: reason });
    this.#closing.push({ type: "fail-deployment", deploymentId: deployment.id, reason: cause });
    this.tell(serviceEvent.failed(name, deployment.id, failure.told));
    if (deployment.rollback) {
      const arn = this.#rollingBack()?.serviceDeploymentArn;
      if (arn !== undefined)
        this.changeServiceDeployment(arn, { status: "ROLLBACK_FAILED", finishedAt: this.now.wall, statusReason: reason });
      return;
    }
    const arn = deployment.serviceDeploymentArn;
    const monitors = this.#triggered(deployment, failure);
    const target = this.#service.lastCompleted;
    if (!failure.rollback || target === undefined || target.id === deployment.id) {
      const { wall } = this.now;
      this.changeServiceDeployment(arn, { status: "STOPPED", stoppedAt: wall, finishedAt: wall, statusReason: reason, ...monitors });
      return;
    }
    const rollbackReason = rolloutReason.rollingBack(detectors[cause], target.id);
    this.#bringBack(target, rollbackReason);
    this.#closing.push({ type: "roll-back", deploymentId: deployment.id, toDeploymentId: target.id, reason: cause });
    this.tell(serviceEvent.rollingBack(name, target.id));
    this.changeServiceDeployment(arn, {
      status: "ROLLBACK_IN_PROGRESS",
      statusReason: reason,
      rollback: { reason: rollbackReason, startedAt: this.now.wall, serviceRevisionArn: target.serviceRevisionArn },
      ...monitors,
    });
  }

  #triggered(deployment: DeploymentState, { cause, triggeredAlarmNames = [] }: Failure): Partial<ServiceDeploymentState> {
    const known = this.#service.serviceDeployments.find((each) => each.serviceDeploymentArn === deployment.serviceDeploymentArn);
    if (cause === "circuit-breaker") {
      const circuitBreaker = this.#monitor(deployment.serviceDeploymentArn);
      return { circuitBreaker: { ...circuitBreaker, status: "TRIGGERED", failureCount: deployment.failedTasks } };
    }
    if (cause === "alarm" && known?.alarms !== undefined) return { alarms: { ...known.alarms, status: "TRIGGERED", triggeredAlarmNames } };
    return {};
  }

  #bringBack(target: DeploymentState, rolloutStateReason: string): void {
    const current = this.deployment(target.id) ?? target;
    const { bakingSinceTime: _baked, staged: _staged, ...proven } = current;
    const primary: DeploymentState = {
      ...proven,
      status: "PRIMARY",
      rolloutState: "IN_PROGRESS",
      rolloutStateReason,
      desiredCount: this.#service.desiredCount,
      failedTasks: 0,
      startFailures: 0,
      rollback: true,
      alarmsMonitored: false,
      updatedAt: this.now.wall,
    };
    const others = this.deployments.filter((each) => each.id !== target.id).map((each) => ({ ...each, status: "ACTIVE" as const }));
    this.change({ deployments: [primary, ...others] });
    // Not eligible as a target of another rollback until it is COMPLETED again.
    this.forget("lastCompleted");
  }

  retire(deployment: DeploymentState): void {
    this.change({ deployments: this.deployments.filter((each) => each.id !== deployment.id) });
    this.#closing.push({ type: "retire-deployment", deploymentId: deployment.id, reason: "no-tasks-left" });
  }

  finish(): void {
    this.change({ status: "INACTIVE", deployments: [] });
    this.#closing.push({ type: "finish-service", reason: "no-tasks-left" });
  }

  #monitoringComplete(arn: string): Partial<ServiceDeploymentState> {
    const circuitBreaker = this.#monitor(arn);
    const alarms = this.#service.serviceDeployments.find((each) => each.serviceDeploymentArn === arn)?.alarms;
    const complete = { status: "MONITORING_COMPLETE" as const };
    return {
      ...(circuitBreaker.status === "MONITORING" ? { circuitBreaker: { ...circuitBreaker, ...complete } } : {}),
      ...(alarms?.status === "MONITORING" ? { alarms: { ...alarms, ...complete } } : {}),
    };
  }

  #rollingBack(): ServiceDeploymentState | undefined {
    return this.#service.serviceDeployments.find((each) => each.status === "ROLLBACK_IN_PROGRESS");
  }

  #monitor(arn: string): ServiceDeploymentState["circuitBreaker"] {
    const known = this.#service.serviceDeployments.find((each) => each.serviceDeploymentArn === arn);
    return known?.circuitBreaker ?? { status: "DISABLED", failureCount: 0, threshold: 0 };
  }

  #tellActs(): void {
    const name = this.#service.serviceName;
    if (this.#stops.length > 0) {
      const byArn = new Map(this.world.tasks.map((task) => [task.taskArn, task.taskId]));
      this.tell(
        serviceEvent.stopped(
          name,
          this.#stops.map((stop) => byArn.get(stop.taskArn) ?? stop.taskArn),
        ),
      );
    }
    if (this.#starts.length > 0) {
      const replacing = this.#starts.filter((start) => start.reason === "replaces-unhealthy").length;
      this.tell(
        serviceEvent.started(
          name,
          this.#starts.map((start) => start.taskId),
          replacing,
        ),
      );
    }
  }

  /** Keeps the service deployment under way in step with its deployment. */
  #followDeployment(): void {
    const { primary } = this;
    const current = this.#service.serviceDeployments[0];
    if (primary === undefined || current === undefined || current.deploymentId !== primary.id) return;
    if (current.status !== "PENDING" && current.status !== "IN_PROGRESS") return;
    const threshold = breakerThreshold(this.breaker.threshold, this.#service.desiredCount);
    const { circuitBreaker } = current;
    const stage = primary.staged?.stage;
    if (stage !== undefined && stage !== current.lifecycleStage) {
      this.changeServiceDeployment(current.serviceDeploymentArn, { lifecycleStage: stage });
    }
    if (current.status === "PENDING") {
      this.changeServiceDeployment(current.serviceDeploymentArn, { status: "IN_PROGRESS", startedAt: this.now.wall });
    }
    if (circuitBreaker.failureCount !== primary.failedTasks || circuitBreaker.threshold !== threshold) {
      this.changeServiceDeployment(current.serviceDeploymentArn, {
        circuitBreaker: { ...circuitBreaker, failureCount: primary.failedTasks, threshold },
      });
    }
  }

  outcome(): ServiceOutcome {
    this.#tellActs();
    this.#followDeployment();
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
