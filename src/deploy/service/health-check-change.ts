/**
 * What a deployment changes of the load balancer's health check, and what becomes of the targets under the new one.
 * CloudFormation updates a target group and waits for none of its targets, and they stay healthy by the old check until
 * `UnhealthyThresholdCount` probes in a row have failed: until then nothing tells a good path from a wrong one.
 *
 * Example: every 30 s, three failures, 5 s for an answer: whoever fails is unhealthy 95 s after the change at the latest.
 */
import type { StackEvent } from "@aws-sdk/client-cloudformation";
import type { Template } from "../../synth/template.ts";

const targetGroup = "AWS::ElasticLoadBalancingV2::TargetGroup";
const isOfHealthCheck = /^(HealthCheck|HealthyThreshold|UnhealthyThreshold|Matcher$)/;

/** How long a target may take until the new check has judged it, in seconds of AWS. */
export interface Judgement {
  /** `UnhealthyThresholdCount` intervals. */
  readonly probingSeconds: number;
  /** How long the last of these probes waits for its answer. */
  readonly timeoutSeconds: number;
}

/** By the logical names of target groups. */
export type ChangedHealthChecks = ReadonlyMap<string, Judgement>;

/** The groups that stay and whose check changes. The targets of a new group are judged before the rollout ends. */
export function changedHealthChecks(before: Template, after: Template): ChangedHealthChecks {
  const changed = new Map<string, Judgement>();
  for (const [name, { Type, Properties = {} }] of Object.entries(after.Resources)) {
    const old = before.Resources[name];
    if (Type !== targetGroup || old?.Type !== targetGroup) continue;
    if (checkOf(old.Properties ?? {}) !== checkOf(Properties)) changed.set(name, judgement(Properties));
  }
  return changed;
}

function checkOf(properties: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(
    Object.entries(properties)
      .filter(([name]) => isOfHealthCheck.test(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** The values that Elastic Load Balancing takes where the template gives none (CreateTargetGroup, target type `ip`). */
function judgement(properties: Readonly<Record<string, unknown>>): Judgement {
  const { HealthCheckIntervalSeconds = 30, HealthCheckTimeoutSeconds = 5, UnhealthyThresholdCount = 2 } = properties;
  return {
    probingSeconds: Number(HealthCheckIntervalSeconds) * Number(UnhealthyThresholdCount),
    timeoutSeconds: Number(HealthCheckTimeoutSeconds),
  };
}

/** The path of the first target group's check, when it is written there as it is. */
export function healthPathIn({ Resources }: Template): string | undefined {
  const path = Object.values(Resources).find(({ Type }) => Type === targetGroup)?.Properties?.HealthCheckPath;
  return typeof path === "string" ? path : undefined;
}

/** A target group that a stack's update has really changed. */
export interface ChangedGroup extends Judgement {
  readonly arn: string;
  /** When fsd saw the change. */
  readonly changedAtMs: number;
}

/** The groups of `changed` among a stack's events, with their ARNs. */
export function groupsIn(events: readonly StackEvent[], changed: ChangedHealthChecks, nowMs: number): ChangedGroup[] {
  return events.flatMap(({ LogicalResourceId = "", PhysicalResourceId = "", ResourceStatus }) => {
    const within = changed.get(LogicalResourceId);
    return within === undefined || ResourceStatus !== "UPDATE_COMPLETE" ? [] : [{ arn: PhysicalResourceId, changedAtMs: nowMs, ...within }];
  });
}

/**
 * Which targets the changed check has failed. One that was unhealthy before the change is none of them: a check that is
 * mended finds all of its targets so, and they need time to be found healthy. What ECS starts in their place counts.
 */
export class TargetsSinceChange {
  readonly #isJudged: boolean;
  readonly #trusted = new Set<string>();
  readonly #failed = new Set<string>();

  /** `isJudged`: at the first look the changed check has had its time already, so that whoever is unhealthy is so by it. */
  constructor(isJudged: boolean) {
    this.#isJudged = isJudged;
  }

  look(targets: readonly { readonly ip: string; readonly port: number; readonly state: string }[]): void {
    for (const { ip, port, state } of targets) {
      const target = `${ip}:${port}`;
      if (state !== "unhealthy") this.#trusted.add(target);
      else if (this.#isJudged || this.#trusted.has(target)) this.#failed.add(target);
    }
  }

  /** How many different targets have failed it so far. */
  get failed(): number {
    return this.#failed.size;
  }
}

export interface TargetsSeen {
  /** How many tasks the service wants. */
  readonly desired: number;
  readonly healthy: number;
  /** How many different targets the changed check has failed. */
  readonly failed: number;
  /** Every target has been probed often enough to be judged. */
  readonly isJudged: boolean;
  /** Nothing is waited for any longer. */
  readonly isTimeUp: boolean;
}

/**
 * Well when all of the service's targets are healthy once they could be judged; failed as soon as half of them were not,
 * or when time is up. One that fails alone may be a task that ended at this moment: ECS replaces it, which is waited for.
 */
export function judgeTargets({ desired, healthy, failed, isJudged, isTimeUp }: TargetsSeen): "well" | "failed" | "open" {
  if (desired === 0) return "well";
  if (failed >= Math.ceil(desired / 2)) return "failed";
  if (isJudged && healthy >= desired) return "well";
  return isTimeUp ? "failed" : "open";
}
