/** The context object of a state, `$$`: what an execution knows of itself (developer guide, "Context object"). */
import type { Json } from "../../kit/json.ts";
import type { ExecutionState, Thread } from "./execution-state.ts";

export interface Identity {
  readonly executionArn: string;
  readonly executionName: string;
  readonly stateMachineArn: string;
  readonly stateMachineName: string;
  readonly roleArn: string;
}

/** What `$$` is for a thread: the execution, its state, the machine and, within a Map, the item. Instants are wall time, ISO 8601. */
export function contextObject(
  thread: Thread,
  threadOf: (id: string) => Thread | undefined,
  { input, startDate }: Pick<ExecutionState, "input" | "startDate">,
  { executionArn, executionName, stateMachineArn, stateMachineName, roleArn }: Identity,
): Json {
  const item = itemOf(thread, threadOf);
  const RetryCount = thread.retries.reduce((sum, count) => sum + count, 0);
  return {
    Execution: { Id: executionArn, Input: input, Name: executionName, RoleArn: roleArn, StartTime: new Date(startDate).toISOString() },
    State: { EnteredTime: new Date(thread.enteredAt).toISOString(), Name: thread.state, RetryCount },
    StateMachine: { Id: stateMachineArn, Name: stateMachineName },
    ...(item === undefined ? {} : { Map: { Item: item } }),
  };
}

/** The item of the innermost Map that the thread is in. */
function itemOf(thread: Thread, threadOf: (id: string) => Thread | undefined): Json | undefined {
  if (thread.item !== undefined) return { Index: thread.index, Value: thread.item };
  const parent = thread.parent === undefined ? undefined : threadOf(thread.parent);
  return parent === undefined ? undefined : itemOf(parent, threadOf);
}
