/**
 * Carries scaling out: listens to the alarms, asks the pure decision, sets the desired count, and follows each
 * activity until the service has reached it. One target is worked on at a time; targets go side by side.
 */
import type { AlarmState, Datapoint } from "../../../engine/alarm/alarm-evaluation.ts";
import { withinBounds } from "../../../engine/scaling/capacity-bounds.ts";
import { decideScaling, type PolicyView, type ScalingWorld } from "../../../engine/scaling/scaling-decision.ts";
import type { Cancel, Clock } from "../../../kit/clock.ts";
import type { Ids } from "../../../kit/ids.ts";
import type { Call } from "../../gateway/operations.ts";
import type { AlarmBoard, AlarmEvent } from "../cloudwatch/alarm-board.ts";
import { type AlarmRecord, alarmKey } from "../cloudwatch/alarm-record.ts";
import { ScaledService, type ServiceCapacity } from "./scaled-service.ts";
import {
  type ActivityRecord,
  type PastRecord,
  type PolicyRecord,
  type ScalingStore,
  type TargetIdentity,
  type TargetRecord,
  targetKey,
} from "./scaling-store.ts";

export interface ScalerDependencies {
  readonly store: ScalingStore;
  /** Wall time, for the timestamps of activities. */
  readonly clock: Clock;
  /** Engine time, for cooldowns. */
  readonly engineClock: Clock;
  readonly ids: Ids;
  readonly alarms: AlarmBoard;
  readonly call: Call;
  /** A defect: a failure that is no answer of ECS. */
  readonly report: (defect: unknown, operation: string) => void;
}

const FIRST_LOOK_MS = 5_000;
const LONGEST_LOOK_MS = 60_000;
/** How long a service may take to reach a capacity before the activity is given up as unfulfilled; engine time. */
const FULFILMENT_LIMIT_MS = 30 * 60_000;
const DEFAULT_COOLDOWN_SECONDS = 300;

export class Scaler {
  readonly #dependencies: ScalerDependencies;
  readonly #service: ScaledService;
  /** The newest datapoint each alarm was judged by, since the start. */
  readonly #newest = new Map<string, Datapoint>();
  /** What is being done for each target, in order. */
  readonly #work = new Map<string, Promise<void>>();
  readonly #due = new Set<string>();
  readonly #looks = new Map<string, Cancel>();
  readonly #stopListening: () => void;
  #isClosed = false;

  constructor(dependencies: ScalerDependencies) {
    this.#dependencies = dependencies;
    this.#service = new ScaledService(dependencies.call);
    this.#stopListening = dependencies.alarms.subscribe((event) => this.#heard(event));
  }

  /** Follows the activities that were under way when the platform stopped. */
  start(): void {
    for (const activity of this.#dependencies.store.inProgress()) this.#lookAgain(activity, FIRST_LOOK_MS, 0);
  }

  /** Stops listening and waiting; resolves when what is being done is done. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopListening();
    for (const cancel of this.#looks.values()) cancel();
    this.#looks.clear();
    await Promise.all(this.#work.values());
  }

  /** The service as ECS tells it; undefined when there is none. */
  capacity(identity: TargetIdentity): Promise<ServiceCapacity | undefined> {
    return this.#service.capacity(identity);
  }

  /** Moves the desired count into the target's bounds, after they were set. `cause` as the activity tells it. */
  applyBounds(identity: TargetIdentity, cause: string): void {
    this.#enqueue(identity, async () => {
      const target = this.#dependencies.store.target(identity);
      const capacity = target === undefined ? undefined : await this.#service.capacity(identity);
      if (target === undefined || capacity === undefined) return;
      const desired = withinBounds(capacity.desired, target);
      if (desired !== capacity.desired) await this.#scale(identity, capacity, desired, cause);
    });
  }

  #heard({ alarm, actions, newest }: AlarmEvent): void {
    const key = alarmKey(alarm);
    if (newest === undefined) this.#newest.delete(key);
    else this.#newest.set(key, newest);
    if (alarm.state !== "ALARM") return;
    for (const arn of actions) {
      const identity = identityInArn(arn, alarm.region);
      if (identity === undefined || this.#dependencies.store.target(identity) === undefined) continue;
      this.#consider(identity, alarm.name);
    }
  }

  /** Decides once for all alarms that ring in the same moment. */
  #consider(identity: TargetIdentity, alarmName: string): void {
    const key = targetKey(identity);
    if (this.#due.has(key)) return;
    this.#due.add(key);
    this.#enqueue(identity, async () => {
      await Promise.resolve();
      this.#due.delete(key);
      const target = this.#dependencies.store.target(identity);
      const capacity = target === undefined ? undefined : await this.#service.capacity(identity);
      if (target === undefined || capacity === undefined) return;
      const world = this.#world(target, capacity);
      const decision = decideScaling(world);
      if (decision === undefined) return;
      const ringing = this.#ringing(identity, decision.policy, decision.direction) ?? alarmName;
      const cause = `monitor alarm ${ringing} in state ALARM triggered policy ${decision.policy}`;
      const newest = this.#newest.get(alarmKey({ region: identity.region, name: ringing }))?.timestamp;
      await this.#scale(identity, capacity, decision.desired, cause, decision.policy, newest);
    });
  }

  #world(target: TargetRecord, capacity: ServiceCapacity): ScalingWorld {
    const { store, engineClock } = this.#dependencies;
    const past = store.past(target);
    return {
      now: engineClock.now(),
      minCapacity: target.minCapacity,
      maxCapacity: target.maxCapacity,
      ...capacity,
      suspended: target.suspended,
      policies: store.policiesOf(target).map((policy) => this.#view(policy, past)),
      past,
    };
  }

  #view({ name, arn, region, configuration }: PolicyRecord, past: readonly PastRecord[]): PolicyView {
    const actedOn = past.find(({ policy }) => policy === name)?.datapointAt;
    if (configuration.type === "TargetTrackingScaling") {
      const { tracking, alarms } = configuration;
      return {
        kind: "target-tracking",
        name,
        target: tracking.TargetValue ?? 0,
        disableScaleIn: tracking.DisableScaleIn ?? false,
        scaleOutCooldownMs: (tracking.ScaleOutCooldown ?? DEFAULT_COOLDOWN_SECONDS) * 1000,
        scaleInCooldownMs: (tracking.ScaleInCooldown ?? DEFAULT_COOLDOWN_SECONDS) * 1000,
        high: this.#alarmView(this.#dependencies.alarms.get(region, alarms.high), actedOn),
        low: this.#alarmView(this.#dependencies.alarms.get(region, alarms.low), actedOn),
      };
    }
    const { step } = configuration;
    return {
      kind: "step",
      name,
      adjustmentType: step.AdjustmentType ?? "ChangeInCapacity",
      steps: (step.StepAdjustments ?? []).map(({ MetricIntervalLowerBound, MetricIntervalUpperBound, ScalingAdjustment = 0 }) => ({
        scalingAdjustment: ScalingAdjustment,
        ...(MetricIntervalLowerBound === undefined ? {} : { lowerBound: MetricIntervalLowerBound }),
        ...(MetricIntervalUpperBound === undefined ? {} : { upperBound: MetricIntervalUpperBound }),
      })),
      ...(step.MinAdjustmentMagnitude === undefined ? {} : { minAdjustmentMagnitude: step.MinAdjustmentMagnitude }),
      cooldownMs: (step.Cooldown ?? DEFAULT_COOLDOWN_SECONDS) * 1000,
      alarms: this.#alarmsActingOn(arn, region).map((alarm) => ({
        name: alarm.name,
        threshold: alarm.rule.threshold,
        ...this.#alarmView(alarm, actedOn),
      })),
    };
  }

  /** An alarm may outlast the flow of its data: the datapoint a policy acted on (`actedOn`) is not acted on twice. */
  #alarmView(alarm: AlarmRecord | undefined, actedOn: number | undefined): { state: AlarmState; value?: number } {
    if (alarm === undefined) return { state: "INSUFFICIENT_DATA" };
    const newest = this.#newest.get(alarmKey(alarm));
    return newest === undefined || newest.timestamp === actedOn ? { state: alarm.state } : { state: alarm.state, value: newest.value };
  }

  #alarmsActingOn(arn: string, region: string): AlarmRecord[] {
    return this.#dependencies.alarms
      .list(region)
      .filter(({ alarmActions, actionsEnabled }) => actionsEnabled && alarmActions.includes(arn));
  }

  /** The alarm behind a decision, for the activity's cause. */
  #ringing(identity: TargetIdentity, policyName: string, direction: "out" | "in"): string | undefined {
    const policy = this.#dependencies.store.policiesOf(identity).find(({ name }) => name === policyName);
    if (policy === undefined) return undefined;
    if (policy.configuration.type === "TargetTrackingScaling") return policy.configuration.alarms[direction === "out" ? "high" : "low"];
    return this.#alarmsActingOn(policy.arn, policy.region).find(({ state }) => state === "ALARM")?.name;
  }

  async #scale(
    identity: TargetIdentity,
    { desired }: ServiceCapacity,
    to: number,
    cause: string,
    policy?: string,
    datapointAt?: number,
  ): Promise<void> {
    const { store, clock, ids } = this.#dependencies;
    const activity: ActivityRecord = {
      region: identity.region,
      resourceId: identity.resourceId,
      id: ids.uuid(),
      description: `Setting desired count to ${to}.`,
      cause,
      status: "InProgress",
      message: `Successfully set desired count to ${to}. Waiting for change to be fulfilled by ecs.`,
      from: desired,
      to,
      ...(policy === undefined ? {} : { policy }),
      startedAt: clock.now(),
    };
    for (const other of store.activities(identity.region, identity.resourceId)) {
      if (other.status === "InProgress") this.#end(other, "Overridden", "A newer scaling activity took its place.");
    }
    store.saveActivity(activity);
    if (policy !== undefined) {
      const datapoint = datapointAt === undefined ? {} : { datapointAt };
      store.savePast(identity, { policy, activityId: activity.id, from: desired, to, ...datapoint });
    }
    try {
      await this.#service.setDesired(identity, to);
    } catch (failure) {
      this.#end(
        activity,
        "Failed",
        `Failed to set desired count to ${to}. Reason: ${failure instanceof Error ? failure.message : failure}`,
      );
      return;
    }
    this.#lookAgain(activity, FIRST_LOOK_MS, 0);
  }

  #lookAgain(activity: ActivityRecord, waitMs: number, waitedMs: number): void {
    if (this.#isClosed) return;
    const { engineClock } = this.#dependencies;
    const cancel = engineClock.at(engineClock.now() + waitMs, () => {
      this.#looks.delete(activity.id);
      this.#enqueue(activity, () => this.#look(activity, waitMs, waitedMs + waitMs));
    });
    this.#looks.set(activity.id, cancel);
  }

  async #look(activity: ActivityRecord, waitMs: number, waitedMs: number): Promise<void> {
    const { store } = this.#dependencies;
    const isOpen = store.inProgress().some(({ id }) => id === activity.id);
    if (!isOpen) return;
    const capacity = await this.#service.capacity(activity);
    if (capacity === undefined) this.#end(activity, "Failed", "The ECS service does not exist any more.");
    else if (capacity.desired !== activity.to) {
      this.#end(activity, "Overridden", `The desired count was set to ${capacity.desired} by someone else.`);
    } else if (capacity.running === activity.to) {
      this.#end(activity, "Successful", `Successfully set desired count to ${activity.to}. Change successfully fulfilled by ecs.`);
    } else if (waitedMs >= FULFILMENT_LIMIT_MS) {
      this.#end(activity, "Unfulfilled", `Successfully set desired count to ${activity.to}. Change was not fulfilled by ecs.`);
    } else this.#lookAgain(activity, Math.min(LONGEST_LOOK_MS, waitMs * 1.5), waitedMs);
  }

  #end(activity: ActivityRecord, status: ActivityRecord["status"], message: string): void {
    const { store, clock, engineClock } = this.#dependencies;
    this.#looks.get(activity.id)?.();
    this.#looks.delete(activity.id);
    store.saveActivity({ ...activity, status, message, endedAt: clock.now() });
    const past = store.past(activity).find(({ activityId }) => activityId === activity.id);
    // The cooldown begins when the capacity is there.
    if (past !== undefined) store.savePast(activity, { ...past, endedAt: engineClock.now() });
  }

  #enqueue(identity: TargetIdentity, work: () => Promise<void>): void {
    const key = targetKey(identity);
    const before = this.#work.get(key) ?? Promise.resolve();
    const mine = before
      .then(() => (this.#isClosed ? undefined : work()))
      .catch((defect: unknown) => this.#dependencies.report(defect, `scaling ${identity.resourceId}`))
      .finally(() => {
        if (this.#work.get(key) === mine) this.#work.delete(key);
      });
    this.#work.set(key, mine);
  }
}

/** The target in a policy's ARN: `…:scalingPolicy:<id>:resource/ecs/service/<cluster>/<service>:policyName/<name>`. */
function identityInArn(arn: string, region: string): TargetIdentity | undefined {
  const match = /^arn:[^:]+:autoscaling:([^:]*):\d{12}:scalingPolicy:[^:]+:resource\/ecs\/(service\/[^:]+):policyName\//.exec(arn);
  return match !== null && match[1] === region ? { region, resourceId: match[2] as string } : undefined;
}
