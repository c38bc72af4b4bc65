/**
 * `deployment.monitor`: after a deployment fsd watches the service's alarms for a while. It watches those of
 * `deployment.alarms`, or all of the service's when none are named there. What burnt before the deployment is not
 * held against it, unless it went out and starts again.
 */
import type { CloudWatch } from "../../aws/cloud-watch.ts";
import { pause } from "../../kit/pause.ts";
import type { ResolvedEnvironment, ResolvedService } from "../../manifest/resolved.ts";
import { alarmName } from "../../synth/names.ts";
import { Countdown, lengthText } from "../countdown.ts";
import type { StackTools } from "../stack/stack.ts";

/** By the alarm's full name; one that does not exist is not in it. */
export type AlarmStates = ReadonlyMap<string, { readonly state: string; readonly reason: string }>;

/** CloudWatch evaluates most alarms once a minute; this is often enough to lose little of it. */
const lookMs = 15_000;

/** The full names of the alarms that are watched. */
export function watchedAlarms({ name, service }: ResolvedService, environment: ResolvedEnvironment): readonly string[] {
  const { deployment, observability } = service;
  const keys = deployment.alarms.length > 0 ? deployment.alarms : Object.keys(observability.alarms);
  return keys.map((key) => alarmName(environment.name, name, key));
}

export async function alarmStates(cloudWatch: CloudWatch, names: readonly string[]): Promise<AlarmStates> {
  const { MetricAlarms = [] } = await cloudWatch.describeAlarms({ AlarmNames: [...names], MaxRecords: 100 });
  return new Map(
    MetricAlarms.map(({ AlarmName = "", StateValue = "", StateReason = "" }) => [AlarmName, { state: StateValue, reason: StateReason }]),
  );
}

/** The first alarm that is in ALARM now and was not at the look before. */
export function wentOff(before: AlarmStates, now: AlarmStates): string | undefined {
  return [...now].find(([name, { state }]) => state === "ALARM" && before.get(name)?.state !== "ALARM")?.[0];
}

export type WatchEnd =
  | { readonly kind: "quiet" }
  | { readonly kind: "interrupted" }
  | { readonly kind: "alarm"; readonly alarm: string; readonly reason: string };

export interface Watch {
  /** Whose alarms they are. */
  readonly subject: string;
  readonly cloudWatch: CloudWatch;
  readonly names: readonly string[];
  /** As they were before the deployment. */
  readonly before: AlarmStates;
  /** Of the manifest, on the environment's own time. */
  readonly seconds: number;
  /** How many times faster than AWS the environment's time passes. */
  readonly speed: number;
}

/** Watches until the time is up, an alarm goes off, or the signal is aborted; tells now and then how long it still will. */
export async function watchAlarms(watch: Watch, { clock, signal, tell }: StackTools): Promise<WatchEnd> {
  const { subject, cloudWatch, names, seconds, speed } = watch;
  const told = (state: "running" | "done" | "failed", text: string): void => tell({ type: "step", subject, step: "monitor", state, text });
  const lengthMs = (seconds * 1000) / speed;
  const end = clock.now() + lengthMs;
  const count = `${names.length} alarm${names.length === 1 ? "" : "s"}`;
  const countdown = new Countdown(lengthMs);
  let { before } = watch;
  for (;;) {
    const now = await alarmStates(cloudWatch, names);
    const alarm = wentOff(before, now);
    if (alarm !== undefined) {
      told("failed", `${alarm} went off`);
      return { kind: "alarm", alarm, reason: now.get(alarm)?.reason ?? "" };
    }
    before = now;
    const leftMs = end - clock.now();
    if (leftMs <= 0) {
      told("done", `no alarm went off within ${lengthText(lengthMs)} (${count})`);
      return { kind: "quiet" };
    }
    if (signal.aborted) return { kind: "interrupted" };
    const left = countdown.next(leftMs);
    if (left !== undefined) told("running", `watching ${count} for ${left}`);
    await pause(clock, Math.min(leftMs, lookMs / speed), signal);
  }
}
