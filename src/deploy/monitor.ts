/** What `deployment.monitor` does around a deployment: keeps the release before, watches the alarms, and goes back when one goes off. */
import type { Alarms } from "../aws/alarms.ts";
import type { ResolvedEnvironment, ResolvedService } from "../manifest/resolved.ts";
import type { Diagnosis } from "./diagnosis/cause.ts";
import type { Outcome, OutcomeEvent } from "./events.ts";
import { alarmStates, type Watch, watchAlarms, watchedAlarms } from "./service/alarm-watch.ts";
import { liveDeployment, observeService } from "./service/service-view.ts";
import { liveWeights } from "./service/traffic-weights.ts";
import { applyStack } from "./stack/apply-stack.ts";
import { type KeptRelease, keepRelease } from "./stack/kept-release.ts";
import type { StackTools, StackView } from "./stack/stack.ts";

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
  alarms: () => Promise<Alarms>,
  { aws, tell }: StackTools,
): Promise<Monitor | undefined> {
  const { name: subject } = service;
  const seconds = service.service.deployment.monitor;
  if (seconds === 0) return undefined;
  const nothing = (why: string): undefined => tell({ type: "note", subject, text: `monitor: ${why}` }) as undefined;
  const names = watchedAlarms(service, environment);
  if (names.length === 0) return nothing("the service has no alarms, so nothing is watched after the deployment");
  const release = await keepRelease(aws, stackName);
  if (release === undefined) return nothing("there is no release to go back to, so nothing is watched after the deployment");
  const client = await alarms();
  return { stackName, release, watch: { subject, alarms: client, names, before: await alarmStates(client, names), seconds, speed } };
}

interface WentBack {
  readonly outcome: Outcome;
  readonly stack: StackView;
  readonly seen: Pick<OutcomeEvent, "liveRevision" | "running">;
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
  tell({ type: "diagnosis", subject, diagnosis: alarmDiagnosis(end.alarm, end.reason) });
  tell({ type: "step", subject, step: "stack", state: "running", text: `stack ${stackName} goes back to the release before` });
  const result = await applyStack(
    {
      subject,
      name: stackName,
      template: release.text,
      // What scaling chose, and where traffic goes by now, hold on.
      parameters: async (existing) => ({
        ...release.parameters,
        ...("DesiredCount" in release.parameters ? { DesiredCount: "" } : {}),
        ...(await liveWeights(aws, release.template, existing)),
      }),
      tags: release.tags,
      roleArn: environment.roles.cloudFormationRoleArn,
    },
    tools,
  );
  if (result.kind === "interrupted") return { outcome: "interrupted", stack: result.stack, seen: {} };
  const { ClusterName = environment.cluster.name, ServiceName = subject } = result.stack.outputs;
  const view = await observeService(aws, ClusterName, ServiceName);
  const live = view === undefined ? undefined : liveDeployment(view);
  const { TaskDefinitionArn = live?.taskDefinition } = result.stack.outputs;
  const back = result.kind !== "failed" && live !== undefined && live.taskDefinition === TaskDefinitionArn;
  const text = back
    ? `stack ${stackName} is as before: ${live.revision} is the release before`
    : `stack ${stackName} could not go back: it is ${result.stack.status}`;
  tell({ type: "step", subject, step: "stack", state: back ? "done" : "failed", text });
  const seen = live === undefined ? {} : { liveRevision: live.revision, running: live.running };
  return { outcome: back ? "rolled-back" : "failed", stack: result.stack, seen };
}

function alarmDiagnosis(alarm: string, reason: string): Diagnosis {
  return {
    causes: [
      {
        kind: "alarm-rang",
        summary: `the alarm ${alarm} went off after the deployment`,
        evidence: reason === "" ? [] : [reason],
        fix: "the alarm's reason says what it measured; mend the release, then deploy it again",
        command: `aws cloudwatch describe-alarm-history --alarm-name ${alarm}`,
      },
    ],
  };
}
