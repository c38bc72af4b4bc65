/**
 * A target group in the data plane: who is registered, how each is doing, and who takes the next request. Every
 * visible change of a target's health leaves as a `TargetEvent`.
 */
import type { Target, TargetEvent } from "../../controller/ports.ts";
import { type HealthMatcher, parseHealthMatcher } from "../../engine/balancing/health-matcher.ts";
import type { TargetStickiness } from "../../engine/balancing/stickiness.ts";
import {
  type BalancingAlgorithm,
  routableTargets,
  TargetChoice,
  type UnhealthyStateRouting,
} from "../../engine/balancing/target-choice.ts";
import {
  afterProbe,
  draining,
  type HealthThresholds,
  initial,
  looksDifferent,
  notInUse,
  notRegistered,
  type ProbeOutcome,
  type TargetHealth,
  unchecked,
} from "../../engine/balancing/target-health.ts";
import type { Clock } from "../../kit/clock.ts";
import type { Dialer } from "../runtime/dialer.ts";
import type { TimeScale } from "../time-scale.ts";
import { startHealthChecks } from "./health-checks.ts";
import { ProxiedTarget, targetKey } from "./proxied-target.ts";
import type { TargetProtocol } from "./target-protocol.ts";
import { type GroupTraffic, groupTraffic } from "./traffic.ts";

export interface HealthCheckConfig extends HealthThresholds {
  readonly enabled: boolean;
  readonly tls: boolean;
  readonly path: string;
  readonly port: number | "traffic-port";
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** `200`, `200-299,301` …; gRPC statuses where that is spoken. */
  readonly matcher: string;
}

export interface TargetGroupConfig {
  readonly arn: string;
  readonly region: string;
  /** `targetgroup/name/0123456789abcdef`, the CloudWatch dimension. */
  readonly dimension: string;
  /** `app/name/0123456789abcdef` of the load balancer the group serves; absent while it serves none. */
  readonly loadBalancerDimension?: string;
  readonly protocol: TargetProtocol;
  readonly healthCheck: HealthCheckConfig;
  readonly algorithm: BalancingAlgorithm;
  readonly slowStartMs: number;
  readonly deregistrationDelayMs: number;
  readonly stickiness?: TargetStickiness;
  readonly unhealthyStateRouting: UnhealthyStateRouting;
}

export interface GroupDependencies {
  /** Engine time. */
  readonly clock: Clock;
  readonly scale: TimeScale;
  readonly dialer: Dialer;
  /** Evenly distributed in [0, 1). */
  readonly random: () => number;
  readonly emit: (event: TargetEvent) => void;
}

export interface ObservedTarget {
  readonly target: Target;
  readonly health: TargetHealth;
}

export class ProxiedGroup {
  config: TargetGroupConfig;
  readonly traffic: GroupTraffic = groupTraffic();
  readonly #with: GroupDependencies;
  readonly #targets = new Map<string, ProxiedTarget>();
  readonly #stopChecks = new Map<ProxiedTarget, () => void>();
  readonly #choice: TargetChoice<ProxiedTarget>;
  #accepts: HealthMatcher;
  /** Who may take requests; recomputed whenever a target's health changes, never per request. */
  #routable: readonly ProxiedTarget[] = [];

  constructor(config: TargetGroupConfig, dependencies: GroupDependencies) {
    this.config = config;
    this.#with = dependencies;
    this.#choice = new TargetChoice(dependencies.random);
    this.#accepts = matcherOf(config);
  }

  /** Takes new settings over. A group that begins or ceases to serve a listener begins or ceases to check its targets. */
  configure(config: TargetGroupConfig): void {
    const before = this.config;
    this.config = config;
    this.#accepts = matcherOf(config);
    const checksChanged =
      (before.loadBalancerDimension === undefined) !== (config.loadBalancerDimension === undefined) ||
      before.healthCheck.enabled !== config.healthCheck.enabled;
    if (checksChanged) {
      for (const target of this.#targets.values()) if (target.health.state !== "draining") this.#admit(target);
    }
    this.#route();
  }

  /** Idempotent; a target that drains comes back. Its state is told in any case, so that a repeated call gets its answer. */
  register(address: Target): void {
    const known = this.#targets.get(targetKey(address));
    if (known !== undefined && known.health.state !== "draining") {
      this.#tell(known, known.health);
      return;
    }
    known?.stopDraining();
    const target = known ?? new ProxiedTarget(address, this.config.protocol, this.#with.dialer);
    this.#targets.set(target.key, target);
    this.#admit(target);
  }

  /** Idempotent; a target that is not registered is told to be unused. */
  deregister(address: Target): void {
    const target = this.#targets.get(targetKey(address));
    if (target === undefined) {
      this.#tell({ address }, notRegistered);
      return;
    }
    if (target.health.state === "draining") return;
    const idle = target.health.state === "unused";
    this.#stopChecking(target);
    this.#become(target, draining);
    target.drain(this.#with.clock, idle ? 0 : this.#with.scale.limit(this.config.deregistrationDelayMs), () => {
      this.#targets.delete(target.key);
      target.destroy();
      this.#tell(target, notRegistered);
    });
  }

  /** The target the next request goes to, preferably the one its cookie names; undefined when there is none. */
  choose(stickyKey: string | undefined): ProxiedTarget | undefined {
    if (stickyKey !== undefined) {
      const target = this.#targets.get(stickyKey);
      if (target !== undefined && this.#routable.includes(target)) return target;
    }
    const { algorithm, slowStartMs } = this.config;
    return this.#choice.next(this.#routable, algorithm, slowStartMs, slowStartMs > 0 ? this.#with.clock.now() : 0);
  }

  /** Every target that is registered or still draining. */
  observe(): ObservedTarget[] {
    return [...this.#targets.values()].map(({ address, health }) => ({ target: address, health }));
  }

  /** Healthy and unhealthy targets, as the host-count metrics tell them: a target still in its first checks is neither. */
  hostCounts(): { healthy: number; unhealthy: number } {
    let healthy = 0;
    let unhealthy = 0;
    for (const { health } of this.#targets.values()) {
      if (health.state === "healthy") healthy++;
      else if (health.state === "unhealthy") unhealthy++;
    }
    return { healthy, unhealthy };
  }

  close(): void {
    for (const target of this.#targets.values()) {
      this.#stopChecking(target);
      target.stopDraining();
      target.destroy();
    }
    this.#targets.clear();
    this.#routable = [];
  }

  #admit(target: ProxiedTarget): void {
    this.#stopChecking(target);
    target.healthySince = undefined;
    if (this.config.loadBalancerDimension === undefined) {
      this.#become(target, notInUse, true);
    } else if (!this.config.healthCheck.enabled) {
      this.#become(target, unchecked, true);
    } else {
      this.#become(target, initial, true);
      target.checkedSince = this.#with.clock.now();
      const settings = () => {
        const { path, port, tls, intervalMs, timeoutMs } = this.config.healthCheck;
        const protocol = { tls, version: this.config.protocol.version };
        const probed = port === "traffic-port" ? target.address : { ip: target.address.ip, port };
        return { target: probed, protocol, path, intervalMs, timeoutMs: this.#with.scale.limit(timeoutMs), accepts: this.#accepts };
      };
      this.#stopChecks.set(
        target,
        startHealthChecks(settings, this.#with.dialer, this.#with.clock, (outcome) => this.#probed(target, outcome)),
      );
    }
  }

  #probed(target: ProxiedTarget, outcome: ProbeOutcome): void {
    const { intervalMs, healthyThreshold, unhealthyThreshold } = this.config.healthCheck;
    // How long a program may take to listen is a limit on a real program: checks that come faster than AWS's must not call it unhealthy sooner.
    const patienceMs = this.#with.scale.limit(intervalMs * (unhealthyThreshold - 1));
    const starting = target.health.state === "initial" && this.#with.clock.now() - target.checkedSince < patienceMs;
    this.#become(
      target,
      afterProbe(target.health, outcome, {
        healthyThreshold,
        unhealthyThreshold: starting ? Number.POSITIVE_INFINITY : unhealthyThreshold,
      }),
    );
  }

  #become(target: ProxiedTarget, health: TargetHealth, isNews = looksDifferent(target.health, health)): void {
    target.health = health;
    if (!isNews) return;
    if (health.state === "healthy") target.healthySince ??= this.#with.clock.now();
    this.#route();
    this.#tell(target, health);
  }

  #route(): void {
    const registered: ProxiedTarget[] = [];
    const healthy: ProxiedTarget[] = [];
    for (const target of this.#targets.values()) {
      const { state } = target.health;
      if (state === "draining" || state === "unused") continue;
      registered.push(target);
      if (state === "healthy" || state === "unavailable") healthy.push(target);
    }
    this.#routable = routableTargets(registered, healthy, this.config.unhealthyStateRouting);
  }

  #stopChecking(target: ProxiedTarget): void {
    this.#stopChecks.get(target)?.();
    this.#stopChecks.delete(target);
  }

  #tell({ address }: Pick<ProxiedTarget, "address">, { state, reason, description }: TargetHealth): void {
    this.#with.emit({
      type: "target-health",
      targetGroupArn: this.config.arn,
      target: address,
      state,
      ...(reason === undefined ? {} : { reason }),
      ...(description === undefined ? {} : { description }),
    });
  }
}

function matcherOf({ healthCheck, protocol }: TargetGroupConfig): HealthMatcher {
  const matcher = protocol.version === "GRPC" ? parseHealthMatcher(healthCheck.matcher, 0, 99) : parseHealthMatcher(healthCheck.matcher);
  return matcher ?? ((code) => code === 200);
}
