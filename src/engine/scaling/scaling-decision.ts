/**
 * What a scalable target does next, from the alarms of its policies ("How multiple scaling policies work together",
 * Application Auto Scaling; "Automatically scale your Amazon ECS service"). Pure: the world of one service goes in,
 * at most one change of its desired count comes out.
 *
 * - It scales out when any policy wants to, and in only when every target tracking policy with scale-in enabled is
 *   ready to; where several want something, the largest capacity wins.
 * - While a policy's scale-out or its cooldown lasts, only a larger scale-out goes on top, less what was added
 *   already: running 4 → 6 (+2); then +3 is asked for, so it becomes 7.
 * - A scale-in cooldown holds back further scale-in, never a scale-out, which ends it.
 * - No scale-in while a deployment runs. Nothing happens on missing data.
 */
import type { AlarmState } from "../alarm/alarm-evaluation.ts";
import { type StepRule, stepFor, steppedCapacity } from "./step-scaling.ts";
import { trackedCapacity } from "./target-tracking.ts";

/** An alarm as a policy sees it: its state, and the newest value it was judged by. */
export interface AlarmView {
  readonly state: AlarmState;
  readonly value?: number;
}

export interface TargetTrackingView {
  readonly kind: "target-tracking";
  readonly name: string;
  readonly target: number;
  readonly disableScaleIn: boolean;
  readonly scaleOutCooldownMs: number;
  readonly scaleInCooldownMs: number;
  readonly high: AlarmView;
  readonly low: AlarmView;
}

export interface StepView extends StepRule {
  readonly kind: "step";
  readonly name: string;
  readonly cooldownMs: number;
  readonly alarms: readonly (AlarmView & { readonly name: string; readonly threshold: number })[];
}

export type PolicyView = TargetTrackingView | StepView;

/** The last thing a policy did. */
export interface PastScaling {
  readonly policy: string;
  readonly from: number;
  readonly to: number;
  /** When the service had reached it; absent while it has not. Engine time, ms. */
  readonly endedAt?: number;
}

export interface ScalingWorld {
  /** Engine time, ms. */
  readonly now: number;
  readonly minCapacity: number;
  readonly maxCapacity: number;
  readonly desired: number;
  readonly running: number;
  readonly isDeploying: boolean;
  readonly suspended: { readonly in: boolean; readonly out: boolean };
  readonly policies: readonly PolicyView[];
  /** The last scaling of each policy that had one. */
  readonly past: readonly PastScaling[];
}

export interface ScalingDecision {
  readonly desired: number;
  readonly policy: string;
  readonly direction: "out" | "in";
}

interface Proposal {
  readonly policy: PolicyView;
  readonly capacity: number;
}

/** The change to make now; undefined when there is none. */
export function decideScaling(world: ScalingWorld): ScalingDecision | undefined {
  return world.suspended.out ? scaleInUnlessWantedOut(world) : (scaleOut(world) ?? scaleInUnlessWantedOut(world));
}

function scaleOut(world: ScalingWorld): ScalingDecision | undefined {
  const allowed = proposals(world, "out").flatMap((proposal) => {
    const past = lastOf(world, proposal.policy, "out");
    if (past === undefined) return [proposal];
    const added = past.to - past.from;
    // Tasks that are desired and do not run yet are counted once, as desired.
    const larger = proposal.capacity - Math.max(world.desired, world.running + added);
    return larger > 0 ? [{ ...proposal, capacity: world.desired + larger }] : [];
  });
  return decision(world, "out", largest(allowed), (capacity) => capacity > world.desired);
}

function scaleInUnlessWantedOut(world: ScalingWorld): ScalingDecision | undefined {
  if (world.suspended.in || world.isDeploying || proposals(world, "out").length > 0) return undefined;
  const tracking = world.policies.filter((policy) => policy.kind === "target-tracking").filter(({ disableScaleIn }) => !disableScaleIn);
  const areReady = tracking.every(({ low }) => low.state === "ALARM" && low.value !== undefined);
  const wanted = proposals(world, "in").filter(({ policy }) => policy.kind === "step" || areReady);
  if (wanted.some(({ policy }) => lastOf(world, policy, "in") !== undefined)) return undefined;
  return decision(world, "in", largest(wanted), (capacity) => capacity < world.desired);
}

/** What each policy asks for in one direction, before cooldowns and bounds. */
function proposals(world: ScalingWorld, direction: "out" | "in"): Proposal[] {
  return world.policies.flatMap((policy) => {
    const capacity = policy.kind === "step" ? stepped(world, policy, direction) : tracked(world, policy, direction);
    return capacity === undefined ? [] : [{ policy, capacity }];
  });
}

function tracked({ running }: ScalingWorld, policy: TargetTrackingView, direction: "out" | "in"): number | undefined {
  const alarm = direction === "out" ? policy.high : policy.low;
  if (alarm.state !== "ALARM" || alarm.value === undefined || (direction === "in" && policy.disableScaleIn)) return undefined;
  const capacity = trackedCapacity(running, alarm.value, policy.target);
  return direction === "out" ? (capacity > running ? capacity : undefined) : Math.min(capacity, running);
}

function stepped({ running }: ScalingWorld, policy: StepView, direction: "out" | "in"): number | undefined {
  const capacities = policy.alarms.flatMap((alarm) => {
    const step = alarm.state === "ALARM" && alarm.value !== undefined ? stepFor(policy.steps, alarm.value - alarm.threshold) : undefined;
    return step === undefined ? [] : [steppedCapacity(running, policy, step)];
  });
  const wanted = capacities.filter((capacity) => (direction === "out" ? capacity > running : capacity < running));
  return wanted.length === 0 ? undefined : Math.max(...wanted);
}

function largest(proposals: readonly Proposal[]): Proposal | undefined {
  return proposals.reduce<Proposal | undefined>(
    (best, proposal) => (best === undefined || proposal.capacity > best.capacity ? proposal : best),
    undefined,
  );
}

function decision(
  { minCapacity, maxCapacity }: ScalingWorld,
  direction: "out" | "in",
  proposal: Proposal | undefined,
  isChange: (capacity: number) => boolean,
): ScalingDecision | undefined {
  if (proposal === undefined) return undefined;
  const desired = Math.min(maxCapacity, Math.max(minCapacity, proposal.capacity));
  return isChange(desired) ? { desired, policy: proposal.policy.name, direction } : undefined;
}

/** The policy's last scaling in that direction, as long as it is under way or its cooldown runs. */
function lastOf(world: ScalingWorld, policy: PolicyView, direction: "out" | "in"): PastScaling | undefined {
  return world.past.find(({ policy: name, from, to, endedAt }) => {
    if (name !== policy.name || to > from !== (direction === "out")) return false;
    return endedAt === undefined || world.now < endedAt + cooldownOf(policy, direction);
  });
}

function cooldownOf(policy: PolicyView, direction: "out" | "in"): number {
  if (policy.kind === "step") return policy.cooldownMs;
  return direction === "out" ? policy.scaleOutCooldownMs : policy.scaleInCooldownMs;
}
