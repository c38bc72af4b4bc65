/**
 * The one loop between the pure engine and the world: it gathers what happened, reconciles only the tasks and services
 * concerned, commits the outcome, and then carries it out through its ports. It holds no rule of ECS itself. The
 * local platform and the simulator run this same class; an idle service costs it nothing until its wake-up time.
 */
import { answerHook } from "../engine/service/change-service.ts";
import { decideTask } from "../engine/service/decide-task.ts";
import type { Moment } from "../engine/service/moment.ts";
import { reconcileService } from "../engine/service/reconcile-service.ts";
import type { ServiceDecision } from "../engine/service/service-decision.ts";
import type { ServiceEvent, ServiceRevision, ServiceState, TrafficWeight } from "../engine/service/service-state.ts";
import type { TaskDecision, TaskHappening } from "../engine/service/task-decision.ts";
import type { TaskOutcome } from "../engine/service/task-draft.ts";
import type { TaskPlan } from "../engine/service/task-plan.ts";
import type { TaskState } from "../engine/service/task-state.ts";
import type { TaskTrigger } from "../engine/service/task-trigger.ts";
import { calledService } from "../engine/service/throttled-calls.ts";
import { answerShift } from "../engine/service/traffic-shift.ts";
import type { Cancel } from "../kit/clock.ts";
import { parseArn } from "../model/arn.ts";
import type { TaskLaunch } from "../model/task-launch.ts";
import { carryOut } from "./carry-out.ts";
import type { ControllerDependencies } from "./controller-dependencies.ts";
import { concernsService } from "./decisive-change.ts";
import { describeAlarms } from "./describe-alarms.ts";
import { pinImages } from "./pinned-images.ts";
import type { HookEvent, RuntimeEvent, TargetEvent } from "./ports.ts";
import { serviceTask } from "./service-task.ts";
import { StoppedTasks } from "./stopped-tasks.ts";
import { TaskIndex } from "./task-index.ts";
import { WakeUps } from "./wake-ups.ts";

export interface ServiceChange {
  readonly serviceArn: string;
  readonly service: ServiceState;
  readonly events: readonly ServiceEvent[];
  readonly decisions: readonly ServiceDecision[];
}

type Listener<Change> = (change: Change) => void;
/** A hook that is still at work is asked again after this long. */
const CALL_BACK_DELAY_MS = 30_000;
/** What one turn of the loop may take in rounds; decisions that still contradict one another then wait, so that the platform never hangs. */
const MOST_ROUNDS = 100;
const PAUSE_MS = 1_000;

export class Controller {
  readonly #world: ControllerDependencies;
  readonly #index = new TaskIndex();
  readonly #triggers: { readonly taskArn: string; readonly trigger: TaskTrigger }[] = [];
  readonly #dirty = new Set<string>();
  readonly #happenings = new Map<string, TaskHappening[]>();
  readonly #wakeUps: WakeUps;
  readonly #serviceListeners = new Set<Listener<ServiceChange>>();
  readonly #taskListeners = new Set<Listener<TaskState>>();
  readonly #stopped = new StoppedTasks();
  #cancelFlush: Cancel | undefined;
  #running = false;

  constructor(dependencies: ControllerDependencies) {
    this.#world = dependencies;
    this.#wakeUps = new WakeUps(dependencies.clock);
  }

  /**
   * Begins (again) with what the keeper remembers. Tasks in `survivors` are still run by the runtime and go on; every
   * other unfinished task has lost its processes with the former platform.
   */
  start(survivors: ReadonlySet<string> = new Set()): void {
    this.#running = true;
    for (const task of this.#world.keeper.tasks()) {
      if (task.lastStatus === "STOPPED") {
        if (!task.accounted) this.#index.add(task);
        continue;
      }
      this.#index.add(task);
      this.#triggers.push({ taskArn: task.taskArn, trigger: { type: survivors.has(task.taskArn) ? "resume" : "runtime-lost" } });
    }
    this.#stopped.recall(this.#world.keeper.tasks());
    this.#giveWeightsAgain();
    for (const service of this.#world.keeper.services()) {
      if (service.status === "INACTIVE") continue;
      this.#dirty.add(service.serviceArn);
    }
    this.#flushSoon();
  }

  /** Stops deciding. Tasks are left to the runtime; what the keeper remembers is what `start` continues with. */
  stop(): void {
    this.#running = false;
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    this.#wakeUps.cancelAll();
  }

  /** Engine and wall time, for the changes callers make. */
  now(): Moment {
    return { time: this.#world.clock.now(), wall: this.#world.wallClock.now() };
  }

  /** When, on the wall, engine time will be at `engineTime`; not before now. */
  wallTimeOf(engineTime: number): number {
    const { time, wall } = this.now();
    return wall + this.#world.wallMs(Math.max(0, engineTime - time));
  }

  /** Stores a service as a user's change left it; durable on return, acted upon soon after. */
  putService(service: ServiceState, revision?: ServiceRevision): void {
    this.#world.keeper.commit(() => {
      if (revision !== undefined) this.#world.keeper.putRevision(revision);
      this.#world.keeper.putService(service);
    });
    this.#touch(service.serviceArn);
    this.#announce({ serviceArn: service.serviceArn, service, events: [], decisions: [] });
  }

  /** Takes on a standalone task (RunTask); durable on return. */
  addTask(task: TaskState): void {
    this.#world.keeper.commit(() => this.#world.keeper.putTask(task));
    this.#index.add(task);
    this.#trigger(task.taskArn, { type: "resume" });
  }

  /** StopTask: the task's desired status is STOPPED on return. */
  stopTask(taskArn: string, stoppedReason: string): void {
    this.#triggers.push({ taskArn, trigger: { type: "stop", stopCode: "UserInitiated", stoppedReason } });
    this.#flush();
  }

  /** Reclaims a Spot task with ECS's two-minute notice. */
  interruptSpot(taskArn: string): void {
    this.#trigger(taskArn, { type: "spot-interrupted" });
  }

  /** What the ports' other ends report. */
  receive(event: RuntimeEvent | TargetEvent | HookEvent): void {
    if (event.type === "hook-answered") {
      this.answerHook(event.serviceArn, event.hookId, event.status, event.callBackDelayMs);
      return;
    }
    if (event.type === "target-health") {
      const taskArn = this.#index.byTarget(event.targetGroupArn, event.target);
      if (taskArn !== undefined) this.#trigger(taskArn, event);
      return;
    }
    this.#trigger(event.taskArn, event);
  }

  /** A hook's answer, or a user's word on a PAUSE. */
  answerHook(serviceArn: string, hookId: string, status: HookEvent["status"], callBackDelayMs = CALL_BACK_DELAY_MS): void {
    const service = this.#world.keeper.service(serviceArn);
    if (service !== undefined) this.putService(answerHook(service, hookId, status, callBackDelayMs, this.now()));
  }

  /** The service's tasks that count in any way: not those both STOPPED and settled. */
  liveTasks(serviceArn: string): TaskState[] {
    return this.#index
      .ofService(serviceArn)
      .map((taskArn) => this.#world.keeper.task(taskArn))
      .filter((task) => task !== undefined);
  }

  /** Calls back after each change of a service or of its tasks. Returns how to stop listening. */
  onServiceChanged(listener: Listener<ServiceChange>): () => void {
    this.#serviceListeners.add(listener);
    return () => this.#serviceListeners.delete(listener);
  }

  /** Calls back after each change of a task. Returns how to stop listening. */
  onTaskChanged(listener: Listener<TaskState>): () => void {
    this.#taskListeners.add(listener);
    return () => this.#taskListeners.delete(listener);
  }

  #trigger(taskArn: string, trigger: TaskTrigger): void {
    this.#triggers.push({ taskArn, trigger });
    this.#flushSoon();
  }

  #touch(serviceArn: string): void {
    this.#dirty.add(serviceArn);
    this.#flushSoon();
  }

  #flushSoon(afterMs = 0): void {
    if (!this.#running || this.#cancelFlush !== undefined) return;
    this.#cancelFlush = this.#world.clock.at(this.#world.clock.now() + afterMs, () => {
      this.#cancelFlush = undefined;
      this.#flush();
    });
  }

  /** One turn of the loop: decide all that is open, commit it, then carry it out and tell those who wait. */
  #flush(): void {
    if (!this.#running) return;
    const effects: { task: TaskState; decision: TaskDecision }[] = [];
    const changes: ServiceChange[] = [];
    const tasks = new Map<string, TaskState>();
    this.#world.keeper.commit(() => {
      const now = this.now();
      for (let round = 0; ; round++) {
        if (round === MOST_ROUNDS) {
          this.#flushSoon(PAUSE_MS);
          break;
        }
        while (this.#triggers.length > 0) {
          for (const { taskArn, trigger } of this.#triggers.splice(0)) this.#decideTask(taskArn, trigger, now, effects, tasks);
        }
        if (this.#dirty.size === 0) break;
        const services = [...this.#dirty];
        this.#dirty.clear();
        for (const serviceArn of services) this.#reconcile(serviceArn, now, effects, tasks, changes);
      }
      for (const taskArn of this.#stopped.takeOld(now.wall)) this.#world.keeper.forgetTask(taskArn);
    });
    for (const { serviceArn, decisions } of changes) this.#carryOutService(serviceArn, decisions);
    for (const { task, decision } of effects) this.#carryOutTask(task, decision);
    for (const task of tasks.values()) for (const listener of this.#taskListeners) listener(task);
    for (const change of changes) this.#announce(change);
  }

  #carryOutService(serviceArn: string, decisions: readonly ServiceDecision[]): void {
    for (const decision of decisions) {
      if (decision.type === "set-weights") {
        this.#giveWeights(serviceArn, decision.listenerRuleArn, decision.weights);
      } else if (decision.type === "call-hook") {
        const { type: _type, reason: _reason, ...hook } = decision;
        this.#world.hooks?.call({ ...hook, serviceArn });
      }
    }
  }

  #giveWeights(serviceArn: string, listenerRuleArn: string, weights: readonly TrafficWeight[]): void {
    const admitted = this.#world.limits?.admits("elastic-load-balancing") !== false;
    if (admitted) this.#world.listenerRules?.setWeights(listenerRuleArn, weights);
    const service = this.#world.keeper.service(serviceArn);
    if (service === undefined) return;
    const answered = answerShift(service, listenerRuleArn, weights, admitted ? "taken" : "throttled", this.now());
    if (answered !== service) this.putService(answered);
  }

  /** Whether the last weights were given before the platform went, nobody knows. */
  #giveWeightsAgain(): void {
    for (const { serviceArn, status, deployments, traffic, shifting } of [...this.#world.keeper.services()]) {
      if (status === "INACTIVE" || (deployments[0]?.rolloutState !== "IN_PROGRESS" && shifting === undefined)) continue;
      for (const [rule, weights] of Object.entries(traffic)) this.#giveWeights(serviceArn, rule, weights);
    }
  }

  #carryOutTask(task: TaskState, decision: TaskDecision): void {
    const service = calledService(decision);
    if (service !== undefined && this.#world.limits?.admits(service, task.capacityProviderName) === false) {
      this.#trigger(task.taskArn, { type: "throttled", call: decision });
      return;
    }
    carryOut(decision, task, () => this.#launch(task), this.#world);
    if (decision.type === "deregister-instance") {
      this.#trigger(task.taskArn, { type: "instance-deregistered", registryArn: decision.registryArn });
    }
  }

  #decideTask(
    taskArn: string,
    trigger: TaskTrigger,
    now: Moment,
    effects: { task: TaskState; decision: TaskDecision }[],
    tasks: Map<string, TaskState>,
  ): void {
    const before = this.#world.keeper.task(taskArn);
    if (before === undefined) return;
    const outcome: TaskOutcome = decideTask(before, this.#world.plans.plan(before.taskDefinitionArn), trigger, now, this.#world.settings);
    const { task } = outcome;
    for (const decision of outcome.decisions) effects.push({ task, decision });
    this.#wake(taskArn, outcome.wakeAt, () => this.#trigger(taskArn, { type: "due" }));
    if (task === before) return;
    this.#world.keeper.putTask(task);
    tasks.set(taskArn, task);
    this.#index.update(before, task);
    if (task.lastStatus === "STOPPED") {
      this.#stopped.add(taskArn, now.wall);
      if (task.serviceArn === undefined || task.accounted) this.#index.remove(task);
    }
    if (task.serviceArn === undefined) return;
    if (concernsService(before, task) || outcome.happenings.length > 0) this.#dirty.add(task.serviceArn);
    if (outcome.happenings.length > 0) {
      this.#happenings.set(task.serviceArn, [...(this.#happenings.get(task.serviceArn) ?? []), ...outcome.happenings]);
    }
  }

  #reconcile(
    serviceArn: string,
    now: Moment,
    effects: { task: TaskState; decision: TaskDecision }[],
    tasks: Map<string, TaskState>,
    changes: ServiceChange[],
  ): void {
    const { keeper, plans, ids, settings } = this.#world;
    const before = keeper.service(serviceArn);
    if (before === undefined) return;
    const outcome = (this.#world.reconcile ?? reconcileService)(
      {
        service: before,
        tasks: this.liveTasks(serviceArn),
        happenings: this.#happenings.get(serviceArn) ?? [],
        plan: (arn) => plans.plan(arn),
        launchError: (arn) => this.#world.roles?.launchError(arn),
        revision: (arn) => this.#revision(arn),
        alarms: (alarmNames) => describeAlarms(this.#world.alarms, this.#world.limits, parseArn(serviceArn)?.region ?? "", alarmNames),
      },
      now,
      ids,
      settings,
    );
    this.#happenings.delete(serviceArn);
    this.#wake(serviceArn, outcome.wakeAt, () => this.#touch(serviceArn));
    if (outcome.service !== before) keeper.putService(outcome.service);
    for (const decision of outcome.decisions) {
      if (decision.type === "mark-task") {
        const { type: _type, taskArn, ...marks } = decision;
        this.#markTask(taskArn, marks, tasks);
      } else if (decision.type === "stop-task") {
        const { taskArn, stopCode, stoppedReason } = decision;
        this.#triggers.push({ taskArn, trigger: { type: "stop", stopCode, stoppedReason } });
      } else if (decision.type === "start-task") {
        const task = this.#giveBirth(outcome.service, decision, now);
        tasks.set(task.taskArn, task);
        effects.push({ task, decision: { type: "provision" } });
      }
      // The remaining decisions are already part of `outcome.service`.
    }
    // A start may complete or stall the deployment, and a stop makes room: what follows is decided in the same turn.
    if (outcome.decisions.some((decision) => decision.type !== "mark-task")) this.#dirty.add(serviceArn);
    changes.push({ serviceArn, service: outcome.service, events: outcome.events, decisions: outcome.decisions });
  }

  #markTask(taskArn: string, marks: Partial<TaskState>, tasks: Map<string, TaskState>): void {
    const task = this.#world.keeper.task(taskArn);
    if (task === undefined) return;
    const marked = { ...task, ...marks };
    this.#world.keeper.putTask(marked);
    tasks.set(taskArn, marked);
    if (marked.lastStatus === "STOPPED" && marked.accounted) this.#index.remove(marked);
  }

  #giveBirth(service: ServiceState, decision: Extract<ServiceDecision, { type: "start-task" }>, now: Moment): TaskState {
    const plan = this.#world.plans.plan(decision.taskDefinitionArn);
    const revision = this.#pin(this.#revision(decision.serviceRevisionArn), plan, now);
    const { reissueAfterMs } = this.#world.settings;
    const born = serviceTask(service, decision, revision, plan, now);
    const task = reissueAfterMs === undefined ? born : { ...born, silentUntilTime: now.time + reissueAfterMs };
    this.#wake(task.taskArn, task.silentUntilTime, () => this.#trigger(task.taskArn, { type: "due" }));
    this.#world.keeper.putTask(task);
    this.#index.add(task);
    return task;
  }

  #pin(revision: ServiceRevision, plan: TaskPlan, now: Moment): ServiceRevision {
    const pinned = pinImages(revision, plan, this.#world.images, now.time);
    if (pinned !== revision) this.#world.keeper.putRevision(pinned);
    return pinned;
  }

  #revision(serviceRevisionArn: string): ServiceRevision {
    const revision = this.#world.keeper.revision(serviceRevisionArn);
    if (revision === undefined) throw new Error(`The service revision ${serviceRevisionArn} is not kept: a defect.`);
    return revision;
  }

  #launch(task: TaskState): TaskLaunch {
    return this.#world.plans.launch(task, task.serviceRevisionArn === undefined ? undefined : this.#revision(task.serviceRevisionArn));
  }

  #wake(key: string, time: number | undefined, callback: () => void): void {
    if (this.#running) this.#wakeUps.set(key, time, callback);
  }

  #announce(change: ServiceChange): void {
    for (const listener of this.#serviceListeners) listener(change);
  }
}
