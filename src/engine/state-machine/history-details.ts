/** Parts of a history's events that several types share. */
import type { Json } from "../../kit/json.ts";

/** `error` and `cause` as events of failures carry them; neither when it is not known. */
export function failureDetails(error: string | undefined, cause: string | undefined): Readonly<Record<string, Json>> {
  return { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
}

/** `arn:aws:states:::ecs:runTask.sync` → `ecs`, `runTask.sync`; `…:::aws-sdk:ecs:listTasks` → `aws-sdk:ecs`, `listTasks`. */
export function resourceWords(resource: string): [resourceType: string, resource: string] {
  const words = resource.split(":").slice(5);
  const last = words.pop() ?? "";
  return [words.join(":"), last];
}

/** The region an ARN names. */
export function regionOf(arn: string): string {
  return arn.split(":")[3] ?? "";
}
