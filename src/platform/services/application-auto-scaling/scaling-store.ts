/** Scalable targets, their policies, scheduled actions and activities, as they are kept. */
import type { StepScalingPolicyConfiguration, TargetTrackingScalingPolicyConfiguration } from "@aws-sdk/client-application-auto-scaling";
import type { Collection, Store } from "../../persistence/store.ts";

/** Which service a record is about. */
export interface TargetIdentity {
  readonly region: string;
  /** `service/<cluster>/<service>` */
  readonly resourceId: string;
}

export interface TargetRecord extends TargetIdentity {
  readonly id: string;
  readonly minCapacity: number;
  readonly maxCapacity: number;
  readonly suspended: { readonly in: boolean; readonly out: boolean; readonly scheduled: boolean };
  /** Wall time, ms. */
  readonly createdAt: number;
  readonly tags: Readonly<Record<string, string>>;
}

export interface PolicyRecord extends TargetIdentity {
  readonly name: string;
  readonly arn: string;
  /** Wall time, ms. */
  readonly createdAt: number;
  readonly configuration:
    | {
        readonly type: "TargetTrackingScaling";
        readonly tracking: TargetTrackingScalingPolicyConfiguration;
        readonly alarms: TrackingAlarms;
      }
    | { readonly type: "StepScaling"; readonly step: StepScalingPolicyConfiguration };
}

/** Names of the two alarms target tracking keeps. */
export interface TrackingAlarms {
  readonly high: string;
  readonly low: string;
}

export interface ScheduledActionRecord extends TargetIdentity {
  readonly name: string;
  readonly arn: string;
  readonly schedule: string;
  readonly timezone?: string;
  /** Wall time, ms. */
  readonly startTime?: number;
  readonly endTime?: number;
  readonly minCapacity?: number;
  readonly maxCapacity?: number;
  readonly createdAt: number;
  /** Up to when occurrences have been carried out or passed over; wall time, ms. */
  readonly doneUntil: number;
}

export interface ActivityRecord extends TargetIdentity {
  readonly id: string;
  readonly description: string;
  readonly cause: string;
  readonly status: "InProgress" | "Successful" | "Overridden" | "Unfulfilled" | "Failed";
  readonly message?: string;
  readonly from: number;
  readonly to: number;
  /** Present when a policy did it: its cooldown follows. */
  readonly policy?: string;
  /** Wall time, ms. */
  readonly startedAt: number;
  readonly endedAt?: number;
}

/** What a policy did last: the ground its cooldown stands on. */
export interface PastRecord {
  readonly policy: string;
  readonly activityId: string;
  readonly from: number;
  readonly to: number;
  /** Where the period of the datapoint it acted on began; wall time, ms. */
  readonly datapointAt?: number;
  /** Engine time, ms; absent while the service has not reached it. */
  readonly endedAt?: number;
}

const KEPT_ACTIVITIES = 200;

export class ScalingStore {
  readonly targets: Collection<TargetRecord>;
  readonly policies: Collection<PolicyRecord>;
  readonly actions: Collection<ScheduledActionRecord>;
  readonly #activities: Collection<ActivityRecord>;
  readonly #past: Collection<PastRecord>;
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
    this.targets = store.collection("scaling.targets");
    this.policies = store.collection("scaling.policies");
    this.actions = store.collection("scaling.scheduled-actions");
    this.#activities = store.collection("scaling.activities");
    this.#past = store.collection("scaling.past");
  }

  target(identity: TargetIdentity): TargetRecord | undefined {
    return this.targets.get(targetKey(identity));
  }

  policiesOf(identity: TargetIdentity): PolicyRecord[] {
    return this.policies.list(`${targetKey(identity)}|`);
  }

  actionsOf(identity: TargetIdentity): ScheduledActionRecord[] {
    return this.actions.list(`${targetKey(identity)}|`);
  }

  /** Oldest first. */
  activities(region: string, resourceId?: string): ActivityRecord[] {
    return this.#activities
      .list(resourceId === undefined ? `${region}|` : `${targetKey({ region, resourceId })}|`)
      .sort((a, b) => a.startedAt - b.startedAt);
  }

  inProgress(): ActivityRecord[] {
    return this.#activities.list().filter(({ status }) => status === "InProgress");
  }

  saveActivity(activity: ActivityRecord): void {
    const prefix = `${targetKey(activity)}|`;
    this.#store.transaction(() => {
      this.#activities.put(activityKey(activity), activity);
      const old = this.#activities.entries(prefix);
      for (const [key] of old.slice(0, Math.max(0, old.length - KEPT_ACTIVITIES))) this.#activities.delete(key);
    });
  }

  past(identity: TargetIdentity): PastRecord[] {
    return this.#past.list(`${targetKey(identity)}|`);
  }

  savePast(identity: TargetIdentity, past: PastRecord): void {
    this.#past.put(`${targetKey(identity)}|${past.policy}`, past);
  }

  deletePolicy(policy: PolicyRecord): void {
    this.#store.transaction(() => {
      this.policies.delete(policyKey(policy));
      this.#past.delete(policyKey(policy));
    });
  }

  /** Removes the target with its policies and scheduled actions; its activities stay to be read. */
  deleteTarget(identity: TargetIdentity): void {
    this.#store.transaction(() => {
      for (const policy of this.policiesOf(identity)) this.deletePolicy(policy);
      for (const action of this.actionsOf(identity)) this.actions.delete(policyKey(action));
      this.targets.delete(targetKey(identity));
    });
  }
}

export function targetKey({ region, resourceId }: TargetIdentity): string {
  return `${region}|${resourceId}`;
}

/** Also of a scheduled action. */
export function policyKey(record: TargetIdentity & { readonly name: string }): string {
  return `${targetKey(record)}|${record.name}`;
}

function activityKey(activity: ActivityRecord): string {
  return `${targetKey(activity)}|${String(activity.startedAt).padStart(15, "0")}|${activity.id}`;
}

/** Cluster and service a resource id names. */
export function serviceOf(resourceId: string): { readonly cluster: string; readonly service: string } | undefined {
  const match = /^service\/([^/]+)\/([^/]+)$/.exec(resourceId);
  return match === null ? undefined : { cluster: match[1] as string, service: match[2] as string };
}
