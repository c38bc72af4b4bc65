/** Puts on the event bus what ECS tells of its tasks and services, durable together with the change that is told. */
import { noticesOf } from "../../../engine/service/notices-of-change.ts";
import type { ServiceState } from "../../../engine/service/service-state.ts";
import { isTaskStateChange } from "../../../engine/service/task-change.ts";
import type { TaskState } from "../../../engine/service/task-state.ts";
import type { Clock } from "../../../kit/clock.ts";
import { parseArn } from "../../../model/arn.ts";
import type { EventBus } from "../eventbridge/event-bus.ts";
import type { EcsState } from "./ecs-state.ts";
import { serviceNoticeEvent } from "./service-notice-event.ts";
import type { StateWitness } from "./store-keeper.ts";
import { taskEvent } from "./task-event.ts";

export interface EcsEventsDependencies {
  readonly state: EcsState;
  readonly bus: Pick<EventBus, "put" | "hasRules">;
  /** The wall clock. */
  readonly clock: Pick<Clock, "now">;
}

export class EcsEvents implements StateWitness {
  readonly #dependencies: EcsEventsDependencies;

  constructor(dependencies: EcsEventsDependencies) {
    this.#dependencies = dependencies;
  }

  taskChanges(before: TaskState | undefined, after: TaskState): void {
    const { state, bus, clock } = this.#dependencies;
    if (!bus.hasRules || !isTaskStateChange(before, after)) return;
    bus.put(parseArn(after.taskArn)?.region ?? "", taskEvent(after, state, clock.now()));
  }

  serviceChanges(before: ServiceState | undefined, after: ServiceState): void {
    const { bus, clock } = this.#dependencies;
    if (!bus.hasRules) return;
    for (const notice of noticesOf(before, after))
      bus.put(parseArn(after.serviceArn)?.region ?? "", serviceNoticeEvent(after, notice, clock.now()));
  }
}
