/**
 * One node of a load balancer before one target group. A load balancer has a node in every enabled zone; each probes every
 * target by itself and sends requests to those it has found healthy, whatever the other nodes find; while it has found none, to
 * those that others have (ALB, "Health checks for your target groups"). Cross-zone load balancing is always on, so a node knows the targets of all zones.
 */
import { routableTargets, type UnhealthyStateRouting } from "../../engine/balancing/target-choice.ts";
import type { ProbeOutcome, TargetHealth } from "../../engine/balancing/target-health.ts";
import { initial } from "../../engine/balancing/target-health.ts";
import type { Clock } from "../../kit/clock.ts";
import type { Dialer } from "../runtime/dialer.ts";
import { type CheckSettings, startHealthChecks } from "./health-checks.ts";
import type { ProxiedTarget } from "./proxied-target.ts";

export class BalancerNode {
  /** Who may take requests; recomputed whenever a target's health changes, never per request. */
  routable: readonly ProxiedTarget[] = [];
  readonly #found = new Map<ProxiedTarget, TargetHealth>();
  readonly #stopChecks = new Map<ProxiedTarget, () => void>();

  /** Begins to probe a target, at once. Other arguments as of `startHealthChecks`. */
  check(
    target: ProxiedTarget,
    settings: () => CheckSettings,
    dialer: Dialer,
    clock: Clock,
    firstGap: number,
    observe: (outcome: ProbeOutcome) => void,
  ): void {
    this.forget(target);
    this.#found.set(target, initial);
    this.#stopChecks.set(target, startHealthChecks(settings, dialer, clock, firstGap, observe));
  }

  /** What this node holds of a target; of one that it does not probe, what is so for all nodes. */
  health(target: ProxiedTarget): TargetHealth {
    return this.#found.get(target) ?? target.health;
  }

  found(target: ProxiedTarget, health: TargetHealth): void {
    this.#found.set(target, health);
  }

  /** Probes a target no more. */
  forget(target: ProxiedTarget): void {
    this.#stopChecks.get(target)?.();
    this.#stopChecks.delete(target);
    this.#found.delete(target);
  }

  /** Whether this node sends requests to a target for what it has found of it. */
  serves(target: ProxiedTarget): boolean {
    const { state } = this.health(target);
    return state === "healthy" || state === "unavailable";
  }

  /** `registered`: the targets that are neither draining nor unused. `served`: those of them that any node has found healthy. */
  route(registered: readonly ProxiedTarget[], served: readonly ProxiedTarget[], unhealthyStateRouting: UnhealthyStateRouting): void {
    const own = registered.filter((target) => this.serves(target));
    this.routable = routableTargets(registered, own, unhealthyStateRouting, served);
  }
}
