/**
 * A target group in the data plane: who is registered, how each is doing, and who takes the next request. Each node of
 * the load balancer checks by itself and sends requests by its own findings (`balancer-node.ts`); every visible change of
 * what they find together leaves as a `TargetEvent`.
 */
import type { Target, TargetEvent } from "../../controller/ports.ts";
import { type HealthMatcher, parseHealthMatcher } from "../../engine/balancing/health-matcher.ts";
import type { TargetStickiness } from "../../engine/balancing/stickiness.ts";
import { type BalancingAlgorithm, TargetChoice, type UnhealthyStateRouting } from "../../engine/balancing/target-choice.ts";
import {
  afterProbe,
  draining,
  type HealthThresholds,
  initial,
  ipUnusable,
  looksDifferent,
  notInUse,
  notRegistered,
  type ProbeOutcome,
  type TargetHealth,
  unchecked,
  wholeHealth,
} from "../../engine/balancing/target-health.ts";
import type { Clock } from "../../kit/clock.ts";
import type { Dialer } from "../runtime/dialer.ts";
import type { TimeScale } from "../time-scale.ts";
import { BalancerNode } from "./balancer-node.ts";
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
  /** The zones of that load balancer, each of which has a node of it; none while the group serves none. */
  readonly zones: readonly string[];
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
  /** Whether the address is a load balancer's own, which can be no target of the group. */
  readonly isUnusable: (targetGroupArn: string, ip: string) => boolean;
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
  /** By zone. */
  readonly #nodes = new Map<string, BalancerNode>();
  readonly #choice: TargetChoice<ProxiedTarget>;
  #accepts: HealthMatcher;

  constructor(config: TargetGroupConfig, dependencies: GroupDependencies) {
    this.config = config;
    this.#with = dependencies;
    this.#choice = new TargetChoice(dependencies.random);
    this.#accepts = matcherOf(config);
    this.#openNodes();
  }

  /** Takes new settings over. A group that begins or ceases to serve a listener begins or ceases to check its targets. */
  configure(config: TargetGroupConfig): void {
    const before = this.config;
    this.config = config;
    this.#accepts = matcherOf(config);
    const checksChanged =
      (before.loadBalancerDimension === undefined) !== (config.loadBalancerDimension === undefined) ||
      before.healthCheck.enabled !== config.healthCheck.enabled;
    const opened = this.#openNodes();
    if (checksChanged) {
      for (const target of this.#targets.values()) if (target.health.state !== "draining") this.#admit(target);
    } else {
      // A zone that was added: its node asks for itself, while the others know already.
      for (const target of this.#targets.values()) if (isChecked(target)) for (const node of opened) this.#check(node, target);
    }
    this.#route();
  }

  /** Load balancers have taken addresses or given them back: targets become unusable, or are checked at last. */
  reconsider(): void {
    for (const target of this.#targets.values()) {
      if (target.health.state === "draining") continue;
      const wasUnusable = target.health.reason === ipUnusable.reason;
      if (this.#with.isUnusable(this.config.arn, target.address.ip) !== wasUnusable) this.#admit(target);
    }
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

  /** The target to which the node of a zone sends the next request, preferably the one its cookie names; undefined when there is none. */
  choose(zone: string | undefined, stickyKey: string | undefined): ProxiedTarget | undefined {
    const [first] = this.#nodes.values();
    const routable = (this.#nodes.get(zone ?? "") ?? first)?.routable ?? [];
    if (stickyKey !== undefined) {
      const target = this.#targets.get(stickyKey);
      if (target !== undefined && routable.includes(target)) return target;
    }
    const { algorithm, slowStartMs } = this.config;
    return this.#choice.next(routable, algorithm, slowStartMs, slowStartMs > 0 ? this.#with.clock.now() : 0);
  }

  /** Every target that is registered or still draining. */
  observe(): ObservedTarget[] {
    return [...this.#targets.values()].map(({ address, health }) => ({ target: address, health }));
  }

  /** Healthy and unhealthy targets as each node counts them for the metrics: a target still in its first checks is neither. */
  hostCounts(): { healthy: number; unhealthy: number }[] {
    const targets = [...this.#targets.values()];
    return [...this.#nodes.values()].map((node) => ({
      healthy: targets.filter((target) => node.health(target).state === "healthy").length,
      unhealthy: targets.filter((target) => node.health(target).state === "unhealthy").length,
    }));
  }

  close(): void {
    for (const target of this.#targets.values()) {
      this.#stopChecking(target);
      target.stopDraining();
      target.destroy();
    }
    this.#targets.clear();
    this.#nodes.clear();
  }

  /** A node for each zone of the load balancer; answers those that are new. */
  #openNodes(): BalancerNode[] {
    const { zones } = this.config;
    for (const [zone, node] of this.#nodes) {
      if (zones.includes(zone)) continue;
      this.#nodes.delete(zone);
      for (const target of this.#targets.values()) {
        node.forget(target);
        if (isChecked(target)) this.#look(target);
      }
    }
    return zones.flatMap((zone) => {
      if (this.#nodes.has(zone)) return [];
      const node = new BalancerNode();
      this.#nodes.set(zone, node);
      return [node];
    });
  }

  #admit(target: ProxiedTarget): void {
    this.#stopChecking(target);
    target.healthySince = undefined;
    if (this.#with.isUnusable(this.config.arn, target.address.ip)) {
      this.#become(target, ipUnusable, true);
    } else if (this.config.loadBalancerDimension === undefined) {
      this.#become(target, notInUse, true);
    } else if (!this.config.healthCheck.enabled) {
      this.#become(target, unchecked, true);
    } else {
      this.#become(target, initial, true);
      target.checkedSince = this.#with.clock.now();
      for (const node of this.#nodes.values()) this.#check(node, target);
    }
  }

  #check(node: BalancerNode, target: ProxiedTarget): void {
    const settings = () => {
      const { path, port, tls, intervalMs, timeoutMs } = this.config.healthCheck;
      const protocol = { tls, version: this.config.protocol.version };
      const probed = port === "traffic-port" ? target.address : { ip: target.address.ip, port };
      return { target: probed, protocol, path, intervalMs, timeoutMs: this.#with.scale.limit(timeoutMs), accepts: this.#accepts };
    };
    const { dialer, clock } = this.#with;
    const nodes = [...this.#nodes.values()];
    const firstGap = 1 - nodes.indexOf(node) / nodes.length;
    node.check(target, settings, dialer, clock, firstGap, (outcome) => this.#probed(node, target, outcome));
  }

  #probed(node: BalancerNode, target: ProxiedTarget, outcome: ProbeOutcome): void {
    const { intervalMs, healthyThreshold, unhealthyThreshold } = this.config.healthCheck;
    const before = node.health(target);
    // How long a program may take to listen is a limit on a real program: checks that come faster than AWS's must not call it unhealthy sooner.
    const patienceMs = this.#with.scale.limit(intervalMs * (unhealthyThreshold - 1));
    const starting = before.state === "initial" && this.#with.clock.now() - target.checkedSince < patienceMs;
    const patient = starting ? Number.POSITIVE_INFINITY : unhealthyThreshold;
    const after = afterProbe(before, outcome, { healthyThreshold, unhealthyThreshold: patient });
    node.found(target, after);
    if (after.state !== before.state) this.#route();
    this.#look(target);
  }

  /** Tells what the nodes find together. */
  #look(target: ProxiedTarget): void {
    const [first, ...others] = [...this.#nodes.values()].map((node) => node.health(target));
    if (first !== undefined) this.#become(target, wholeHealth([first, ...others]));
  }

  #become(target: ProxiedTarget, health: TargetHealth, isNews = looksDifferent(target.health, health)): void {
    target.health = health;
    if (!isNews) return;
    if (health.state === "healthy") target.healthySince ??= this.#with.clock.now();
    this.#route();
    this.#tell(target, health);
  }

  #route(): void {
    const registered = [...this.#targets.values()].filter(({ health: { state } }) => state !== "draining" && state !== "unused");
    const nodes = [...this.#nodes.values()];
    const served = registered.filter((target) => nodes.some((node) => node.serves(target)));
    for (const node of nodes) node.route(registered, served, this.config.unhealthyStateRouting);
  }

  #stopChecking(target: ProxiedTarget): void {
    for (const node of this.#nodes.values()) node.forget(target);
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

function isChecked({ health: { state } }: ProxiedTarget): boolean {
  return state === "initial" || state === "healthy" || state === "unhealthy";
}

function matcherOf({ healthCheck, protocol }: TargetGroupConfig): HealthMatcher {
  const matcher = protocol.version === "GRPC" ? parseHealthMatcher(healthCheck.matcher, 0, 99) : parseHealthMatcher(healthCheck.matcher);
  return matcher ?? ((code) => code === 200);
}
