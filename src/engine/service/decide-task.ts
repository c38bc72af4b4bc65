/**
 * The life of one task, decided: PROVISIONING → PENDING → ACTIVATING → RUNNING → DEACTIVATING → STOPPING →
 * DEPROVISIONING → STOPPED, as on Fargate. A stop only flips `desiredStatus`; `lastStatus` follows, step by step, as
 * the runtime and the load balancer tell what happened. Nothing is RUNNING before its containers run.
 */
import { healthAtStart, probeAnswered, probeSent } from "./container-health.ts";
import { mayStop, readiness } from "./container-order.ts";
import { type EngineSettings, earlier, type Moment } from "./moment.ts";
import { stopReason } from "./stop-reason.ts";
import type { TaskDecision, TaskHappening } from "./task-decision.ts";
import type { ContainerPlan, TaskPlan } from "./task-plan.ts";
import type { ContainerState, StopCode, TaskState, TaskStatus } from "./task-state.ts";
import type { TaskTrigger } from "./task-trigger.ts";

/** What becomes of a task. `task` is the same object when nothing changed. */
export interface TaskOutcome {
  readonly task: TaskState;
  readonly decisions: readonly TaskDecision[];
  readonly happenings: readonly TaskHappening[];
  /** Engine time at which `due` is to be triggered; undefined when only events can change anything. */
  readonly wakeAt: number | undefined;
}

/** Longest configurable deregistration delay, and a minute: after that a drain nobody reports on is over. */
const LONGEST_DRAIN_MS = 3_660_000;

/** Decides what a trigger means for a task. A trigger that no longer applies (an answer that comes late or twice) changes nothing. */
export function decideTask(task: TaskState, plan: TaskPlan, trigger: TaskTrigger, now: Moment, settings: EngineSettings): TaskOutcome {
  if (task.lastStatus === "STOPPED") return { task, decisions: [], happenings: [], wakeAt: undefined };
  const life = new TaskLife(task, plan, now, settings);
  life.take(trigger);
  life.proceed();
  life.watchForSilence();
  return life.outcome();
}

type Draft = { -readonly [Key in keyof TaskState]: TaskState[Key] };

class TaskLife {
  readonly #before: TaskState;
  readonly #task: Draft;
  readonly #plan: TaskPlan;
  readonly #now: Moment;
  readonly #settings: EngineSettings;
  readonly #decisions: TaskDecision[] = [];
  readonly #happenings: TaskHappening[] = [];
  #changed = false;
  #wakeAt: number | undefined;

  constructor(task: TaskState, plan: TaskPlan, now: Moment, settings: EngineSettings) {
    this.#before = task;
    this.#task = { ...task };
    this.#plan = plan;
    this.#now = now;
    this.#settings = settings;
  }

  outcome(): TaskOutcome {
    const task: TaskState = this.#changed ? { ...this.#task, version: this.#before.version + 1 } : this.#before;
    return { task, decisions: this.#decisions, happenings: this.#happenings, wakeAt: this.#wakeAt };
  }

  take(trigger: TaskTrigger): void {
    const task = this.#task;
    switch (trigger.type) {
      case "task-provisioned": {
        if (task.attachment !== undefined) return;
        const { attachmentId, privateIp, macAddress } = trigger;
        this.#set({ attachment: { attachmentId, privateIp, macAddress }, connectivityAt: this.#now.wall });
        return;
      }
      case "task-provision-failed":
        if (task.lastStatus === "PROVISIONING") this.#stop("TaskFailedToStart", trigger.reason);
        return;
      case "container-pulled":
        this.#inPhase(trigger.container, ["pulling"], () => ({
          phase: "pulled",
          ...(trigger.imageDigest === undefined ? {} : { imageDigest: trigger.imageDigest }),
        }));
        return;
      case "container-pull-failed":
        this.#failedToStart(trigger.container, ["pulling"], trigger.reason);
        return;
      case "container-started": {
        const check = this.#containerPlan(trigger.container)?.healthCheck;
        this.#inPhase(trigger.container, ["starting"], () => ({
          phase: "running",
          runtimeId: trigger.runtimeId,
          startedTime: this.#now.time,
          health: healthAtStart(check, this.#now),
        }));
        return;
      }
      case "container-start-failed":
        this.#failedToStart(trigger.container, ["starting"], trigger.reason);
        return;
      case "container-exited":
        this.#exited(trigger.container, trigger.exitCode, trigger.reason);
        return;
      case "container-probed":
        this.#probed(trigger.container, trigger.passed);
        return;
      case "task-deprovisioned":
        if (task.lastStatus === "DEPROVISIONING") this.#enter("STOPPED", { stoppedAt: this.#now.wall });
        return;
      case "target-health": {
        const { targetGroupArn, state, reason, description } = trigger;
        const targets = task.targets.map((target) => {
          if (target.targetGroupArn !== targetGroupArn || target.state === "none") return target;
          const { reason: _reason, description: _description, ...rest } = target;
          return {
            ...rest,
            state,
            ...(reason === undefined ? {} : { reason }),
            ...(description === undefined ? {} : { description }),
          };
        });
        this.#set({ targets });
        return;
      }
      case "stop":
        this.#stop(trigger.stopCode, trigger.stoppedReason);
        return;
      case "spot-interrupted":
        this.#interrupt();
        return;
      case "runtime-lost":
        this.#lose();
        return;
      case "resume":
        this.#issueAgain();
        return;
      case "due":
        if (task.silentUntilTime !== undefined && this.#now.time >= task.silentUntilTime) {
          delete task.silentUntilTime;
          this.#changed = true;
          this.#issueAgain();
        }
        return;
    }
  }

  /** Notes until when an effect under way may stay unanswered before it is issued again. */
  watchForSilence(): void {
    const { reissueAfterMs } = this.#settings;
    if (reissueAfterMs === undefined) return;
    const task = this.#task;
    const waits =
      ["PROVISIONING", "DEACTIVATING", "DEPROVISIONING"].includes(task.lastStatus) ||
      task.containers.some((container) => ["pulling", "starting", "stopping"].includes(container.phase));
    if (!waits || task.lastStatus === "STOPPED") {
      if (task.silentUntilTime !== undefined) {
        delete task.silentUntilTime;
        this.#changed = true;
      }
      return;
    }
    if (task.silentUntilTime === undefined || this.#changed) this.#set({ silentUntilTime: this.#now.time + reissueAfterMs });
    this.#wakeAt = earlier(this.#wakeAt, task.silentUntilTime);
  }

  /** Takes every step that is open now. */
  proceed(): void {
    for (let before: TaskStatus | undefined; before !== this.#task.lastStatus; ) {
      before = this.#task.lastStatus;
      switch (before) {
        case "PROVISIONING":
          this.#provisioning();
          break;
        case "PENDING":
          this.#pending();
          break;
        case "ACTIVATING":
          this.#activating();
          break;
        case "RUNNING":
          this.#running();
          break;
        case "DEACTIVATING":
          this.#deactivating();
          break;
        case "STOPPING":
          this.#stopping();
          break;
        case "DEPROVISIONING":
        case "STOPPED":
          break;
      }
    }
  }

  #provisioning(): void {
    // A newborn's own provision decision is made by whoever gives birth to it (`birthDecisions`).
    if (this.#task.attachment === undefined) return;
    this.#enter("PENDING", { pullStartedAt: this.#now.wall });
    for (const container of this.#plan.containers) {
      this.#inPhase(container.name, ["waiting"], () => ({ phase: "pulling" }));
      this.#decisions.push({ type: "pull", container: container.name });
    }
  }

  #pending(): void {
    const task = this.#task;
    if (task.pullStoppedAt === undefined && task.containers.every((container) => !["waiting", "pulling"].includes(container.phase))) {
      this.#set({ pullStoppedAt: this.#now.wall });
    }
    this.#startWhatMay();
    this.#probeWhatIsDue();
    if (task.desiredStatus === "STOPPED") return;
    const allStarted = this.#task.containers.every(
      (container) => container.startedTime !== undefined || (container.phase === "stopped" && !this.#isEssential(container.name)),
    );
    if (allStarted) this.#enter("ACTIVATING");
  }

  #activating(): void {
    const { attachment, targets, registries } = this.#task;
    if (attachment === undefined) return;
    const ip = attachment.privateIp;
    for (const { targetGroupArn, port } of targets) {
      this.#decisions.push({ type: "register-target", targetGroupArn, ip, port });
      this.#happenings.push({ type: "target-registered", taskArn: this.#task.taskArn, targetGroupArn });
    }
    for (const { registryArn, port } of registries) {
      this.#decisions.push({ type: "register-instance", registryArn, ip, ...(port === undefined ? {} : { port }) });
    }
    this.#set({
      targets: targets.map((target) => ({ ...target, state: "initial" as const })),
      registries: registries.map((registry) => ({ ...registry, registered: true })),
    });
    this.#enter("RUNNING", { startedAt: this.#now.wall, runningTime: this.#now.time });
  }

  #running(): void {
    this.#startWhatMay();
    this.#probeWhatIsDue();
  }

  #deactivating(): void {
    const { drainDeadlineTime } = this.#task;
    this.#probeWhatIsDue();
    if (this.#isDrained()) this.#enter("STOPPING");
    else this.#wakeAt = earlier(this.#wakeAt, drainDeadlineTime);
  }

  #stopping(): void {
    for (const container of this.#task.containers) {
      if (container.phase === "waiting") this.#inPhase(container.name, ["waiting"], () => ({ phase: "stopped" }));
    }
    // Reverse order of start: each round stops what nothing that is still up depends on.
    for (const container of this.#task.containers) {
      if (container.phase === "stopped" || container.phase === "stopping" || !mayStop(container.name, this.#plan, this.#task)) continue;
      this.#inPhase(container.name, [container.phase], (state) => ({ phase: "stopping", health: { ...state.health, probing: false } }));
      this.#decideStop(container.name);
    }
    if (!this.#task.containers.every((container) => container.phase === "stopped")) return;
    if (this.#task.executionStoppedAt === undefined && this.#task.pullStartedAt !== undefined) {
      this.#set({ executionStoppedAt: this.#now.wall });
    }
    if (!this.#isDrained()) {
      this.#wakeAt = earlier(this.#wakeAt, this.#task.drainDeadlineTime);
      return;
    }
    this.#enter("DEPROVISIONING");
    this.#decisions.push({ type: "deprovision" });
  }

  #isDrained(): boolean {
    const { targets, drainDeadlineTime, lost } = this.#task;
    // Nothing is left that a drain could spare, and the address may soon be another task's.
    if (lost) return true;
    if (targets.every((target) => target.state === "none" || target.state === "unused")) return true;
    return drainDeadlineTime !== undefined && this.#now.time >= drainDeadlineTime;
  }

  /** Starts every pulled container whose dependencies allow it, and fails the task when one never will. */
  #startWhatMay(): void {
    if (this.#task.desiredStatus === "STOPPED") return;
    for (const container of this.#plan.containers) {
      const state = this.#containerNow(container.name);
      if (state?.phase !== "pulled" && state?.phase !== "pulling") continue;
      const ready = readiness(container, this.#plan, this.#task, this.#now.time, this.#settings.limit);
      if (ready.type === "waiting") {
        this.#wakeAt = earlier(this.#wakeAt, ready.untilTime);
      } else if (ready.type === "failed") {
        const { dependency, condition, timeoutMs } = ready;
        this.#stop(
          "TaskFailedToStart",
          timeoutMs === undefined
            ? stopReason.dependencyFailed(container.name, dependency, condition)
            : stopReason.dependencyTimedOut(container.name, dependency, condition, timeoutMs / 1000),
        );
        return;
      } else if (state.phase === "pulled") {
        this.#inPhase(container.name, ["pulled"], () => ({ phase: "starting" }));
        this.#decisions.push({ type: "start", container: container.name });
      }
    }
  }

  #probeWhatIsDue(): void {
    for (const container of this.#plan.containers) {
      const check = container.healthCheck;
      const state = this.#containerNow(container.name);
      if (check === undefined || state?.phase !== "running" || state.health.dueTime === undefined) continue;
      if (state.health.dueTime <= this.#now.time) {
        if (state.health.probing) {
          this.#probed(container.name, false);
        } else {
          this.#inPhase(container.name, ["running"], () => ({ health: probeSent(state.health, check, this.#now, this.#settings) }));
          const timeoutMs = this.#settings.limit(check.timeoutMs);
          this.#decisions.push({ type: "probe", container: container.name, command: check.command, timeoutMs });
        }
      }
      this.#wakeAt = earlier(this.#wakeAt, this.#containerNow(container.name)?.health.dueTime);
    }
  }

  #probed(name: string, passed: boolean): void {
    const check = this.#containerPlan(name)?.healthCheck;
    if (check === undefined || this.#containerNow(name)?.health.probing !== true) return;
    this.#inPhase(name, ["running"], (state) => ({ health: probeAnswered(state, check, passed, this.#now, this.#settings) }));
    this.#reportInstanceHealth();
  }

  /** Cloud Map's custom health follows the containers' (its failure threshold is fixed at one). */
  #reportInstanceHealth(): void {
    const before = this.#before.containers.some((container) => container.health.status === "UNHEALTHY");
    const after = this.#task.containers.some((container) => container.health.status === "UNHEALTHY");
    if (before === after) return;
    for (const registry of this.#task.registries) {
      if (registry.registered) this.#decisions.push({ type: "report-instance-health", registryArn: registry.registryArn, healthy: !after });
    }
  }

  #exited(name: string, exitCode: number | undefined, reason: string | undefined): void {
    const container = this.#containerPlan(name);
    const state = this.#containerNow(name);
    if (container === undefined || state === undefined || state.phase === "stopped") return;
    const wasStopping = state.phase === "stopping" || this.#task.desiredStatus === "STOPPED";
    if (!wasStopping && this.#restarts(container, state, exitCode)) {
      this.#inPhase(name, [state.phase], () => ({
        phase: "starting",
        restartCount: state.restartCount + 1,
        health: healthAtStart(undefined, this.#now),
        ...(exitCode === undefined ? {} : { exitCode }),
      }));
      this.#decisions.push({ type: "start", container: name });
      return;
    }
    this.#inPhase(name, [state.phase], () => ({
      phase: "stopped",
      health: { ...state.health, probing: false },
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(reason === undefined ? {} : { reason }),
    }));
    if (container.essential && !wasStopping) {
      const started = state.startedTime !== undefined;
      this.#stop(
        started ? "EssentialContainerExited" : "TaskFailedToStart",
        started ? stopReason.essentialContainerExited : (reason ?? stopReason.essentialContainerExited),
      );
    }
  }

  #restarts(container: ContainerPlan, state: ContainerState, exitCode: number | undefined): boolean {
    const policy = container.restartPolicy;
    if (policy === undefined || state.startedTime === undefined) return false;
    if (exitCode !== undefined && policy.ignoredExitCodes.includes(exitCode)) return false;
    return this.#now.time - state.startedTime >= policy.restartAttemptPeriodMs;
  }

  #failedToStart(name: string, phases: readonly ContainerState["phase"][], reason: string): void {
    const state = this.#containerNow(name);
    if (state === undefined || !phases.includes(state.phase)) return;
    this.#inPhase(name, phases, () => ({ phase: "stopped", reason }));
    // A container whose restart fails had reached RUNNING with its task: that is an exit.
    if (this.#isEssential(name))
      this.#stop(this.#task.runningTime === undefined ? "TaskFailedToStart" : "EssentialContainerExited", reason);
  }

  #stop(stopCode: StopCode, stoppedReason: string): void {
    const task = this.#task;
    if (task.desiredStatus === "STOPPED") return;
    this.#set({ desiredStatus: "STOPPED", stopCode, stoppedReason, stoppingAt: this.#now.wall });
    if (task.lastStatus === "RUNNING" || task.lastStatus === "ACTIVATING") {
      this.#deregister();
      this.#enter("DEACTIVATING");
    } else {
      this.#enter("STOPPING");
    }
  }

  #interrupt(): void {
    if (this.#task.desiredStatus === "RUNNING") {
      this.#set({
        desiredStatus: "STOPPED",
        stopCode: "SpotInterruption",
        stoppedReason: stopReason.spotInterrupted,
        stoppingAt: this.#now.wall,
      });
      if (this.#task.lastStatus === "RUNNING") this.#deregister();
    }
    if (["DEPROVISIONING", "STOPPED"].includes(this.#task.lastStatus)) return;
    this.#enter("STOPPING");
  }

  /** Its processes are gone with the platform: a task that had not started begins anew, any other has ended. */
  #lose(): void {
    const task = this.#task;
    const started = task.containers.some((container) => container.startedTime !== undefined);
    if (!started && task.desiredStatus === "RUNNING" && ["PROVISIONING", "PENDING"].includes(task.lastStatus)) {
      for (const key of ["attachment", "connectivityAt", "pullStartedAt", "pullStoppedAt"] as const) delete task[key];
      const containers = task.containers.map((container) => ({ ...container, phase: "waiting" as const }));
      this.#set({ lastStatus: "PROVISIONING", containers });
      this.#decisions.push({ type: "provision" });
      return;
    }
    this.#set({
      lost: true,
      containers: task.containers.map((container) =>
        container.phase === "stopped"
          ? container
          : container.startedTime === undefined
            ? { ...container, phase: "stopped" as const }
            : { ...container, phase: "stopped" as const, exitCode: 137, reason: "The local platform stopped" },
      ),
    });
    if (task.desiredStatus === "RUNNING") {
      this.#stop("EssentialContainerExited", stopReason.essentialContainerExited);
      return;
    }
    if (task.lastStatus === "DEPROVISIONING") this.#decisions.push({ type: "deprovision" });
    else this.#deregister();
  }

  /** What was decided and may not have been carried out, once more; every port is idempotent. */
  #issueAgain(): void {
    const task = this.#task;
    const ip = task.attachment?.privateIp;
    if (task.lastStatus === "PROVISIONING" && ip === undefined) this.#decisions.push({ type: "provision" });
    for (const container of task.containers) {
      if (container.phase === "pulling") this.#decisions.push({ type: "pull", container: container.name });
      if (container.phase === "starting") this.#decisions.push({ type: "start", container: container.name });
      if (container.phase === "stopping") this.#decideStop(container.name);
    }
    if (ip !== undefined && task.lastStatus === "RUNNING") {
      for (const { targetGroupArn, port } of task.targets) this.#decisions.push({ type: "register-target", targetGroupArn, ip, port });
      for (const { registryArn, port } of task.registries) {
        this.#decisions.push({ type: "register-instance", registryArn, ip, ...(port === undefined ? {} : { port }) });
      }
    }
    if (task.lastStatus === "DEACTIVATING" || task.lastStatus === "STOPPING") this.#deregister();
    if (task.lastStatus === "DEPROVISIONING") this.#decisions.push({ type: "deprovision" });
  }

  #deregister(): void {
    const { attachment, targets, registries, taskArn } = this.#task;
    if (attachment === undefined) return;
    for (const { targetGroupArn, port, state } of targets) {
      if (state === "none" || state === "unused") continue;
      this.#decisions.push({ type: "deregister-target", targetGroupArn, ip: attachment.privateIp, port });
      if (state !== "draining") this.#happenings.push({ type: "target-deregistered", taskArn, targetGroupArn });
    }
    for (const registry of registries) {
      if (registry.registered) this.#decisions.push({ type: "deregister-instance", registryArn: registry.registryArn });
    }
    this.#set({
      drainDeadlineTime: this.#task.drainDeadlineTime ?? this.#now.time + LONGEST_DRAIN_MS,
      targets: targets.map((target) =>
        target.state === "none" || target.state === "unused" ? target : { ...target, state: "draining" as const },
      ),
      registries: registries.map((registry) => ({ ...registry, registered: false })),
    });
  }

  #decideStop(container: string): void {
    const timeoutMs = this.#settings.limit(this.#containerPlan(container)?.stopTimeoutMs ?? 30_000);
    this.#decisions.push({ type: "stop", container, timeoutMs });
  }

  #containerPlan(name: string): ContainerPlan | undefined {
    return this.#plan.containers.find((container) => container.name === name);
  }

  #containerNow(name: string): ContainerState | undefined {
    return this.#task.containers.find((container) => container.name === name);
  }

  #isEssential(name: string): boolean {
    return this.#containerPlan(name)?.essential === true;
  }

  #inPhase(name: string, phases: readonly ContainerState["phase"][], change: (state: ContainerState) => Partial<ContainerState>): void {
    const containers = this.#task.containers.map((container) =>
      container.name === name && phases.includes(container.phase) ? { ...container, ...change(container) } : container,
    );
    if (containers.some((container, index) => container !== this.#task.containers[index])) this.#set({ containers });
  }

  #enter(status: TaskStatus, also: Partial<TaskState> = {}): void {
    this.#set({ ...also, lastStatus: status });
  }

  #set(change: Partial<TaskState>): void {
    Object.assign(this.#task, change);
    this.#changed = true;
  }
}
