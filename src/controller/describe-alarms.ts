import type { AlarmSnapshot } from "../engine/service/service-world.ts";
import type { Alarms, RateLimits } from "./ports.ts";

/** Those of the alarms that exist, or CloudWatch's refusal to tell. */
export function describeAlarms(
  alarms: Alarms | undefined,
  limits: RateLimits | undefined,
  region: string,
  alarmNames: readonly string[],
): readonly AlarmSnapshot[] | "throttled" {
  if (alarms === undefined) return [];
  return limits?.admits("cloudwatch") === false ? "throttled" : alarmNames.flatMap((alarmName) => alarms.find(region, alarmName) ?? []);
}
