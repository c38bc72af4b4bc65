/** `ECS Task State Change`: a task as DescribeTasks shows it, in the words of the event. */
import type { TaskState } from "../../../engine/service/task-state.ts";
import type { JsonObject } from "../../../kit/json.ts";
import type { EmittedEvent } from "../eventbridge/event-bus.ts";
import { describeTask } from "./describe-task.ts";
import type { EcsState } from "./ecs-state.ts";

/** `updatedAt`: wall time, ms. */
export function taskEvent(task: TaskState, state: EcsState, updatedAt: number): EmittedEvent {
  const { attachments = [], tags: _tags, healthStatus: _health, ...described } = describeTask(task, state);
  const detail = {
    ...described,
    // Events call the interface by another name than the API.
    attachments: attachments.map((attachment) => ({ ...attachment, type: "eni" })),
    updatedAt: new Date(updatedAt),
  };
  return {
    source: "aws.ecs",
    detailType: "ECS Task State Change",
    // Dates become ISO 8601, and what is absent falls out, as in the event.
    detail: JSON.parse(JSON.stringify(detail)) as JsonObject,
    resources: [task.taskArn],
    time: updatedAt,
  };
}
