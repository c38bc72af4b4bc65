/**
 * The working copy of one task while a trigger is decided on: the task as it will be, and what has been decided so
 * far. It knows how to change a task and nothing of when.
 */
import { type EngineSettings, earlier, type Moment } from "./moment.ts";
import type { TaskDecision, TaskHappening } from "./task-decision.ts";
import type { ContainerPlan, TaskPlan } from "./task-plan.ts";
import type { ContainerState, TaskState, TaskStatus } from "./task-state.ts";

/** What becomes of a task. `task` is the same object when nothing changed. */
export interface TaskOutcome {
  readonly task: TaskState;
  readonly decisions: readonly TaskDecision[];
  readonly happenings: readonly TaskHappening[];
  /** Engine time at which `due` is to be triggered; undefined when only events can change anything. */
  readonly wakeAt: number | undefined;
}

type Writable = { -readonly [Key in keyof TaskState]: TaskState[Key] };
type Optional = { [Key in keyof TaskState]-?: undefined extends TaskState[Key] ? Key : never }[keyof TaskState];

export class TaskDraft {
  /** The task as it was. */
  readonly before: TaskState;
  readonly plan: TaskPlan;
  readonly now: Moment;
  readonly settings: EngineSettings;
  readonly #task: Writable;
  readonly #decisions: TaskDecision[] = [];
  readonly #happenings: TaskHappening[] = [];
  #changed = false;
  #wakeAt: number | undefined;

  constructor(task: TaskState, plan: TaskPlan, now: Moment, settings: EngineSettings) {
    this.before = task;
    this.plan = plan;
    this.now = now;
    this.settings = settings;
    this.#task = { ...task };
  }

  /** The task as decided so far. */
  get task(): TaskState {
    return this.#task;
  }

  get changed(): boolean {
    return this.#changed;
  }

  outcome(): TaskOutcome {
    const task: TaskState = this.#changed ? { ...this.#task, version: this.before.version + 1 } : this.before;
    return { task, decisions: this.#decisions, happenings: this.#happenings, wakeAt: this.#wakeAt };
  }

  change(change: Partial<TaskState>): void {
    Object.assign(this.#task, change);
    this.#changed = true;
  }

  forget(...keys: readonly Optional[]): void {
    for (const key of keys) delete this.#task[key];
    this.#changed = true;
  }

  enter(status: TaskStatus, also: Partial<TaskState> = {}): void {
    this.change({ ...also, lastStatus: status });
  }

  /** Changes the container of that name if it is in one of these phases. */
  changeContainer(
    name: string,
    phases: readonly ContainerState["phase"][],
    change: (state: ContainerState) => Partial<ContainerState>,
  ): void {
    const containers = this.#task.containers.map((container) =>
      container.name === name && phases.includes(container.phase) ? { ...container, ...change(container) } : container,
    );
    if (containers.some((container, index) => container !== this.#task.containers[index])) this.change({ containers });
  }

  decide(decision: TaskDecision): void {
    this.#decisions.push(decision);
  }

  /** Stop signal now, SIGKILL after the container's stop timeout. */
  decideStop(container: string): void {
    const timeoutMs = this.settings.limit(this.containerPlan(container)?.stopTimeoutMs ?? 30_000);
    this.decide({ type: "stop", container, timeoutMs });
  }

  tell(happening: TaskHappening): void {
    this.#happenings.push(happening);
  }

  wake(time: number | undefined): void {
    this.#wakeAt = earlier(this.#wakeAt, time);
  }

  containerPlan(name: string): ContainerPlan | undefined {
    return this.plan.containers.find((container) => container.name === name);
  }

  containerState(name: string): ContainerState | undefined {
    return this.#task.containers.find((container) => container.name === name);
  }

  isEssential(name: string): boolean {
    return this.containerPlan(name)?.essential === true;
  }
}
