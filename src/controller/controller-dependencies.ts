/** What the controller works with: the ports to the world, clocks, and what the engine is set to. */
import type { EngineSettings } from "../engine/service/moment.ts";
import type { reconcileService } from "../engine/service/reconcile-service.ts";
import type { ServiceRevision } from "../engine/service/service-state.ts";
import type { TaskPlan } from "../engine/service/task-plan.ts";
import type { TaskState } from "../engine/service/task-state.ts";
import type { Clock } from "../kit/clock.ts";
import type { Ids } from "../kit/ids.ts";
import type { TaskLaunch } from "../model/task-launch.ts";
import type { ImageResolver } from "./pinned-images.ts";
import type {
  Alarms,
  LifecycleHooks,
  ListenerRules,
  RateLimits,
  ServiceRegistries,
  TargetGroups,
  TaskRoles,
  TaskRuntime,
} from "./ports.ts";
import type { StateKeeper } from "./state-keeper.ts";

/** What a task is made of, worked out from its task definition. */
export interface TaskPlans {
  plan(taskDefinitionArn: string): TaskPlan;
  launch(task: TaskState, revision: ServiceRevision | undefined): TaskLaunch;
}

export interface ControllerDependencies {
  readonly keeper: StateKeeper;
  readonly plans: TaskPlans;
  readonly runtime: TaskRuntime;
  readonly targetGroups: TargetGroups;
  readonly registries: ServiceRegistries;
  readonly images: ImageResolver;
  /** Absent: every role can be assumed. */
  readonly roles?: TaskRoles;
  /** Absent: no deployment is failed by an alarm. */
  readonly alarms?: Alarms;
  /** Absent: no call is ever refused. */
  readonly limits?: RateLimits;
  /** Absent: traffic cannot be moved, and only ROLLING deployments have an effect. */
  readonly listenerRules?: ListenerRules;
  /** Absent: hooks stay unanswered until they time out. */
  readonly hooks?: LifecycleHooks;
  /** Engine time. */
  readonly clock: Clock;
  /** Wall time, for what the API shows. */
  readonly wallClock: Pick<Clock, "now">;
  readonly ids: Ids;
  readonly settings: EngineSettings;
  /** Turns engine milliseconds into the runtime's wall milliseconds. */
  readonly wallMs: (engineMs: number) => number;
  /** The scheduler; the engine's unless the simulator hands in a broken one, to see that its checkers notice. */
  readonly reconcile?: typeof reconcileService;
}
