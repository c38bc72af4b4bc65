/** What `deployment.monitor` does around a deployment: keeps the release before, watches the alarms, and goes back when one goes off. */
import type { CloudWatch } from "../aws/cloud-watch.ts";
import type { ResolvedEnvironment, ResolvedService } from "../manifest/resolved.ts";
import type { Diagnosis } from "./diagnosis/cause.ts";
import { goBack, type WentBack } from "./go-back.ts";
import { alarmStates, type Watch, watchAlarms, watchedAlarms } from "./service/alarm-watch.ts";
import type { KeptRelease } from "./stack/kept-release.ts";
import type { StackTools } from "./stack/stack.ts";

/** Whose deployment it is. */
export interface Monitored {
  readonly service: ResolvedService;
  readonly environment: ResolvedEnvironment;
  /** How many times faster than AWS the environment's time passes. */
  readonly speed: number;
}

export interface Monitor {
  readonly stackName: string;
  readonly release: KeptRelease;
  readonly watch: Watch;
}

/** Before anything changes; undefined when nothing will be watched, and why is told when the manifest asks for it. */
export async function prepareMonitor(
  { service, environment, speed }: Monitored,
  stackName: string,
  release: KeptRelease | undefined,
  cloudWatch: () => Promise<CloudWatch>,
  { tell }: StackTools,
): Promise<Monitor | undefined> {
  const { name: subject } = service;
  const seconds = service.service.deployment.monitor;
  if (seconds === 0) return undefined;
  const nothing = (why: string): undefined => tell({ type: "note", subject, text: `monitor: ${why}` }) as undefined;
  const names = watchedAlarms(service, environment);
  if (names.length === 0) return nothing("the service has no alarms, so nothing is watched after the deployment");
  if (release === undefined) return nothing("there is no release to go back to, so nothing is watched after the deployment");
  const client = await cloudWatch();
  return { stackName, release, watch: { subject, cloudWatch: client, names, before: await alarmStates(client, names), seconds, speed } };
}

/** Watches; undefined when the new release stays. */
export async function monitored(
  { stackName, release, watch }: Monitor,
  { environment }: Monitored,
  tools: StackTools,
): Promise<WentBack | undefined> {
  const { aws, tell } = tools;
  const { subject } = watch;
  const end = await watchAlarms(watch, tools);
  if (end.kind === "quiet") return undefined;
  if (end.kind === "interrupted") {
    tell({ type: "note", subject, text: "interrupted: its alarms are no longer watched, and the deployment stays" });
    return undefined;
  }
  tell({ type: "diagnosis", subject, diagnosis: alarmDiagnosis(end.alarm, end.reason, aws.cliFlags) });
  return goBack({ subject, stackName, release, environment }, tools);
}

function alarmDiagnosis(alarm: string, reason: string, cliFlags: string): Diagnosis {
  return {
    causes: [
      {
        kind: "alarm-rang",
        summary: `the alarm ${alarm} went off after the deployment`,
        evidence: reason === "" ? [] : [reason],
        fix: "the alarm's reason says what it measured; mend the release, then deploy it again",
        command: `aws cloudwatch describe-alarm-history --alarm-name ${alarm}${cliFlags}`,
      },
    ],
  };
}
