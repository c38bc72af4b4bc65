/**
 * Which target of a group takes a request: among the healthy ones, or, when fewer are healthy than the group's
 * `unhealthy_state_routing` asks for, among all that are registered (the load balancer "fails open"). Draining and
 * unused targets never take new requests.
 */

export type BalancingAlgorithm = "round_robin" | "least_outstanding_requests" | "weighted_random";

export interface BalancedTarget {
  /** Requests the target has not answered yet. */
  readonly inFlight: number;
  /** When the target became healthy for the first time, on the balancer's clock; decides its slow start. */
  readonly healthySince: number | undefined;
}

/** When a group with some unhealthy targets stops telling them apart. */
export interface UnhealthyStateRouting {
  /** At least this many targets must be healthy; 1 unless configured. */
  readonly minimumCount: number;
  /** At least this share of targets must be healthy, 1–100; 0 when off. */
  readonly minimumPercentage: number;
}

/**
 * The targets that may take requests. `registered` are those neither draining nor unused; `healthy` a subset of them. A node
 * that has found too few healthy goes by what all nodes together found (`elsewhere`), to whom clients of such a zone are led on AWS,
 * and fails open only where those are too few as well. None is always too few.
 */
export function routableTargets<Target>(
  registered: readonly Target[],
  healthy: readonly Target[],
  { minimumCount, minimumPercentage }: UnhealthyStateRouting,
  elsewhere: readonly Target[] = [],
): readonly Target[] {
  const least = Math.max(1, minimumCount, (registered.length * minimumPercentage) / 100);
  return [healthy, elsewhere].find((found) => found.length >= least) ?? registered;
}

/** Chooses among routable targets, one group at a time. It keeps the place of the round. */
export class TargetChoice<Target extends BalancedTarget> {
  #place = 0;
  #ramping = 0;
  readonly #random: () => number;

  /** `random`: evenly distributed in [0, 1). */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** `slowStartMs`: how long a target takes up to its full share; 0 when off. */
  next(targets: readonly Target[], algorithm: BalancingAlgorithm, slowStartMs: number, now: number): Target | undefined {
    if (targets.length === 0) return undefined;
    switch (algorithm) {
      case "round_robin":
        return slowStartMs > 0 && targets.some((target) => rampOf(target, slowStartMs, now) < 1)
          ? this.#byShare(targets, slowStartMs, now)
          : targets[this.#advance(targets.length)];
      case "weighted_random":
        return targets[Math.floor(this.#random() * targets.length)];
      case "least_outstanding_requests":
        return this.#leastOutstanding(targets);
    }
  }

  #advance(length: number): number {
    this.#place = (this.#place + 1) % length;
    return this.#place;
  }

  /** Equals are taken in turn, so that an idle group does not send everything to its first target. */
  #leastOutstanding(targets: readonly Target[]): Target | undefined {
    const start = this.#advance(targets.length);
    let best: Target | undefined;
    for (let step = 0; step < targets.length; step++) {
      const target = targets[(start + step) % targets.length];
      if (target !== undefined && (best === undefined || target.inFlight < best.inFlight)) best = target;
    }
    return best;
  }

  /** Shares during slow start, walked evenly rather than by chance: the golden ratio visits every part of [0, 1). */
  #byShare(targets: readonly Target[], slowStartMs: number, now: number): Target | undefined {
    this.#ramping = (this.#ramping + 0.618_033_988_749_895) % 1;
    const shares = targets.map((target) => rampOf(target, slowStartMs, now));
    let left = this.#ramping * shares.reduce((sum, share) => sum + share, 0);
    for (const [index, share] of shares.entries()) {
      left -= share;
      if (left < 0) return targets[index];
    }
    return targets.at(-1);
  }
}

/** 0.05 up to 1, linear from the first healthy moment. A target that was never healthy counts as ramped: it only serves when the group fails open. */
function rampOf(target: BalancedTarget, slowStartMs: number, now: number): number {
  if (target.healthySince === undefined) return 1;
  return Math.min(1, Math.max(0.05, (now - target.healthySince) / slowStartMs));
}
