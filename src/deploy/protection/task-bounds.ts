/** How many tasks a service's template lets run, and whether a change takes the last one away. Pure. */
import type { Template, Value } from "../../synth/template.ts";

export interface TaskBounds {
  /** The fewest that scaling, or a schedule, may leave. */
  readonly least: number;
  /** The most there may be. */
  readonly most: number;
}

const none: TaskBounds = { least: 0, most: 0 };

/** Of a template without a service (a job's): none. A number that the template does not say itself counts as one task. */
export function taskBounds({ Resources }: Pick<Template, "Resources">): TaskBounds {
  const resources = Object.values(Resources);
  const service = resources.find(({ Type }) => Type === "AWS::ECS::Service");
  if (service === undefined) return none;
  const target = resources.find(({ Type }) => Type === "AWS::ApplicationAutoScaling::ScalableTarget")?.Properties;
  if (target === undefined) {
    const count = numberIn(service.Properties?.DesiredCount) ?? 1;
    return { least: count, most: count };
  }
  const actions = listIn(target.ScheduledActions).map((action) => valueIn(action, "ScalableTargetAction"));
  const all = [target, ...actions];
  return {
    least: Math.min(...all.flatMap((bounds) => numberIn(valueIn(bounds, "MinCapacity")) ?? [])),
    most: Math.max(...all.flatMap((bounds) => numberIn(valueIn(bounds, "MaxCapacity")) ?? [])),
  };
}

/**
 * Whether the change may leave, or leaves, no task where there was always one. A service that may run without tasks
 * already is changed freely, except to one that can have none at all.
 * @param live undefined when nothing stands, "unknown" when what stands cannot be read
 */
export function takesLastTask(live: TaskBounds | "unknown" | undefined, next: TaskBounds): boolean {
  if (live === undefined) return false;
  if (live === "unknown") return next.least <= 0;
  return (live.least > 0 && next.least <= 0) || (live.most > 0 && next.most <= 0);
}

function valueIn(value: Value | undefined, name: string): Value | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, Value | undefined>>)[name]
    : undefined;
}

function listIn(value: Value | undefined): readonly Value[] {
  return Array.isArray(value) ? (value as readonly Value[]) : [];
}

function numberIn(value: Value | undefined): number | undefined {
  if (typeof value !== "number" && typeof value !== "string") return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}
