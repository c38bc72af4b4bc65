/**
 * The data plane of Elastic Load Balancing on this machine: listeners on real ports, target groups with health
 * checks and drains, and their metrics. It knows nothing of the API; the provider hands it configurations and hears
 * of targets through events. Nothing here is durable but the listeners' host ports.
 */
import type { Target, TargetEvent } from "../../controller/ports.ts";
import type { Clock } from "../../kit/clock.ts";
import type { Ids } from "../../kit/ids.ts";
import type { Seal } from "../persistence/seal.ts";
import type { Store } from "../persistence/store.ts";
import type { Dialer } from "../runtime/dialer.ts";
import type { MetricSink } from "../services/cloudwatch/metric-sink.ts";
import type { TimeScale } from "../time-scale.ts";
import { CertificateAuthority } from "./certificate-authority.ts";
import { ClaimsSigner } from "./claims-signer.ts";
import { HostPorts } from "./host-ports.ts";
import { JwtVerifier } from "./jwt-verifier.ts";
import type { ListenerConfig, LoadBalancerConfig } from "./listener-config.ts";
import { LoginSeals } from "./login-seals.ts";
import { type ObservedTarget, ProxiedGroup, type TargetGroupConfig } from "./proxied-group.ts";
import { ProxiedListener } from "./proxied-listener.ts";
import type { Authenticators } from "./rule-authentication.ts";
import { TraceIds } from "./trace-ids.ts";
import { type LoadBalancerTraffic, loadBalancerTraffic } from "./traffic.ts";
import { publishTraffic } from "./traffic-metrics.ts";
import { UserAuthenticator } from "./user-authenticator.ts";

export interface DataPlaneDependencies {
  /** Keeps the host ports. */
  readonly store: Store;
  /** For what of users' sessions leaves this process. */
  readonly seal: Seal;
  /** Engine time: intervals between probes, drains, slow start, the minute of the metrics. */
  readonly clock: Clock;
  /** The machine's time: cookies, dates, response times, the metrics' timestamps. */
  readonly wallClock: Clock;
  readonly ids: Ids;
  readonly dialer: Dialer;
  readonly scale: TimeScale;
  readonly metrics: MetricSink;
  readonly emit: (event: TargetEvent) => void;
  /** Whether the address is a load balancer's own. */
  readonly isUnusable: (targetGroupArn: string, ip: string) => boolean;
  /** Told of a defect that a request met; the request is answered 500. */
  readonly report: (defect: unknown) => void;
  /** Where listeners listen. */
  readonly host: string;
  /** Where the certificate of HTTPS listeners' authority is written (PEM), for clients that want to trust it. */
  readonly authorityFile?: string;
}

/** Engine time between two looks at the counters, and looks in a minute: alarms look at minutes of engine time, and a sample should lie in its own. */
const METRICS_PERIOD_MS = 5_000;
const METRICS_PERIODS_A_MINUTE = 12;

export class DataPlane {
  readonly #with: DataPlaneDependencies;
  readonly #hostPorts: HostPorts;
  readonly #listeners = new Map<string, ProxiedListener>();
  /** Deleted, but with requests in flight. */
  readonly #retiring = new Set<ProxiedListener>();
  readonly #groups = new Map<string, ProxiedGroup>();
  readonly #traffic = new Map<string, { config: LoadBalancerConfig; readonly traffic: LoadBalancerTraffic }>();
  readonly #traces: TraceIds;
  readonly #authority: CertificateAuthority;
  readonly #claimsSigner: ClaimsSigner;
  readonly #authenticators: Authenticators;
  readonly #random: () => number;
  #cancelMetrics: (() => void) | undefined;
  #metricsPeriod = 0;
  #closed = false;

  constructor(dependencies: DataPlaneDependencies) {
    this.#with = dependencies;
    this.#hostPorts = new HostPorts(dependencies.store);
    this.#authority = new CertificateAuthority(dependencies.store, dependencies.wallClock, dependencies.authorityFile);
    this.#claimsSigner = new ClaimsSigner(dependencies);
    this.#authenticators = {
      tokens: new JwtVerifier(dependencies.wallClock),
      users: new UserAuthenticator({ ...dependencies, seals: new LoginSeals(dependencies.seal), signer: this.#claimsSigner }),
    };
    this.#traces = new TraceIds(dependencies.wallClock, dependencies.ids);
    this.#random = seededRandom(Number.parseInt(dependencies.ids.hex(8), 16));
  }

  /** Opens the listener's port; resolves with it. */
  async openListener(config: ListenerConfig): Promise<number> {
    const listener = new ProxiedListener(config, this.#trafficOf(config.loadBalancer), {
      wallClock: this.#with.wallClock,
      dialer: this.#with.dialer,
      traces: this.#traces,
      authority: this.#authority,
      authenticators: this.#authenticators,
      report: this.#with.report,
      hostPortOf: (loadBalancerArn, port) =>
        [...this.#listeners.values()].find((other) => other.config.loadBalancer.arn === loadBalancerArn && other.config.port === port)
          ?.hostPort,
      group: (arn) => this.#groups.get(arn),
    });
    const port = await this.#hostPorts.open(config.arn, config.port, (candidate) => listener.listen(this.#with.host, candidate));
    if (this.#closed) await listener.close();
    else this.#listeners.set(config.arn, listener);
    this.#scheduleMetrics();
    return port;
  }

  /** New rules or attributes for an open listener; requests in flight keep the rule they met. */
  configureListener(config: ListenerConfig): void {
    this.#trafficOf(config.loadBalancer);
    this.#listeners.get(config.arn)?.configure(config);
  }

  /** Takes no new connection at the listener's port and lets requests in flight finish. `forget`: the port may be given to another. */
  closeListener(listenerArn: string, { forget }: { readonly forget: boolean } = { forget: true }): void {
    const listener = this.#listeners.get(listenerArn);
    if (listener !== undefined) {
      this.#listeners.delete(listenerArn);
      this.#retiring.add(listener);
      void listener.retire().then(() => this.#retiring.delete(listener));
    }
    if (forget) this.#hostPorts.forget(listenerArn);
  }

  /** The port of this machine that stands for a listener, also while it is not open. */
  hostPort(listenerArn: string): number | undefined {
    return this.#listeners.get(listenerArn)?.hostPort ?? this.#hostPorts.get(listenerArn);
  }

  /** A key that signs users' claims, PEM; undefined for one that there is not. */
  claimsKey(kid: string): string | undefined {
    return this.#claimsSigner.publicKey(kid);
  }

  /** Makes a target group known, or changes its settings. */
  configureGroup(config: TargetGroupConfig): void {
    const group = this.#groups.get(config.arn);
    if (group === undefined) {
      const { clock, scale, dialer, isUnusable } = this.#with;
      const hands = { clock, scale, dialer, random: this.#random, emit: this.#emit, isUnusable };
      this.#groups.set(config.arn, new ProxiedGroup(config, hands));
    } else {
      group.configure(config);
    }
  }

  removeGroup(targetGroupArn: string): void {
    this.#groups.get(targetGroupArn)?.close();
    this.#groups.delete(targetGroupArn);
  }

  removeLoadBalancer(loadBalancerArn: string): void {
    this.#traffic.delete(loadBalancerArn);
  }

  /** Which addresses load balancers have is another than before. */
  reconsiderTargets(): void {
    for (const group of this.#groups.values()) group.reconsider();
  }

  /** → target-health, in any case */
  register(targetGroupArn: string, target: Target): void {
    this.#groups.get(targetGroupArn)?.register(target);
  }

  /** → target-health: `draining`, then `unused`; `unused` at once for a target or group that is not known. */
  deregister(targetGroupArn: string, target: Target): void {
    const group = this.#groups.get(targetGroupArn);
    if (group !== undefined) group.deregister(target);
    else this.#emit({ type: "target-health", targetGroupArn, target, state: "unused", reason: "Target.NotRegistered" });
  }

  /** The targets of a group, draining ones included. */
  observe(targetGroupArn: string): ObservedTarget[] {
    return this.#groups.get(targetGroupArn)?.observe() ?? [];
  }

  /** Cuts every connection, stops every probe and frees every port. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelMetrics?.();
    for (const group of this.#groups.values()) group.close();
    await Promise.all([...this.#listeners.values(), ...this.#retiring].map((listener) => listener.close()));
    this.#listeners.clear();
    this.#groups.clear();
  }

  /** Events leave one after another, never while the call that caused them still runs. */
  readonly #emit = (event: TargetEvent): void => {
    queueMicrotask(() => {
      if (!this.#closed) this.#with.emit(event);
    });
  };

  #trafficOf(config: LoadBalancerConfig): LoadBalancerTraffic {
    const known = this.#traffic.get(config.arn);
    if (known !== undefined) {
      known.config = config;
      return known.traffic;
    }
    const traffic = loadBalancerTraffic();
    this.#traffic.set(config.arn, { config, traffic });
    return traffic;
  }

  #scheduleMetrics(): void {
    if (this.#cancelMetrics !== undefined || this.#closed) return;
    const { clock, wallClock, metrics } = this.#with;
    this.#cancelMetrics = clock.at(clock.now() + METRICS_PERIOD_MS, () => {
      this.#cancelMetrics = undefined;
      const withHosts = this.#metricsPeriod++ % METRICS_PERIODS_A_MINUTE === 0;
      publishTraffic(this.#traffic.values(), this.#groups.values(), metrics, { now: wallClock.now(), withHosts });
      if (this.#listeners.size > 0) this.#scheduleMetrics();
    });
  }
}

/** mulberry32: small, fast, and the same for the same seed. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
