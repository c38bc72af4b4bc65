/**
 * Elastic Load Balancing between its durable records and its data plane: what is written here is what the proxy does,
 * now and after a restart. It is also the scheduler's `TargetGroups` port.
 */
import type { Target, TargetGroups } from "../../../controller/ports.ts";
import { parseArn } from "../../../model/arn.ts";
import type { Store } from "../../persistence/store.ts";
import { DataPlane, type DataPlaneDependencies } from "../../proxy/data-plane.ts";
import { LoginSeals } from "../../proxy/login-seals.ts";
import type { ObservedTarget } from "../../proxy/proxied-group.ts";
import type { NodeAddresses } from "./node-addresses.ts";
import {
  dimensionOf,
  elasticLoadBalancingRecords,
  type LoadBalancerRecord,
  type Records,
  type RuleRecord,
  subnetsOf,
  type Tags,
  type TargetRecord,
  targetsOf,
} from "./records.ts";
import { listenerConfig, targetGroupConfig } from "./routing.ts";
import type { GivenSecret, NewSecret } from "./user-authentication.ts";

export interface LoadBalancingDependencies extends Omit<DataPlaneDependencies, "isUnusable"> {
  /** Absent: load balancers have no addresses in their VPC. */
  readonly addresses?: NodeAddresses;
}

export class LoadBalancing implements TargetGroups {
  readonly records: Records;
  readonly #dataPlane: DataPlane;

  readonly #seals: LoginSeals;
  readonly #store: Store;
  readonly #addresses: NodeAddresses | undefined;

  constructor(dependencies: LoadBalancingDependencies) {
    this.#seals = new LoginSeals(dependencies.seal);
    this.records = elasticLoadBalancingRecords(dependencies.store);
    this.#store = dependencies.store;
    this.#addresses = dependencies.addresses;
    this.#dataPlane = new DataPlane({ ...dependencies, isUnusable: (targetGroupArn, ip) => this.#isOwnAddress(targetGroupArn, ip) });
  }

  /** Opens every listener on the port it had and begins to check every target. Call once, before the first request. */
  async start(): Promise<void> {
    for (const loadBalancer of this.records.loadBalancers.list()) this.#place(loadBalancer, loadBalancer);
    for (const group of this.records.targetGroups.list()) this.#dataPlane.configureGroup(targetGroupConfig(this.records, group));
    for (const { targetGroupArn, ip, port } of this.records.targets.list()) this.#dataPlane.register(targetGroupArn, { ip, port });
    await Promise.all(this.records.listeners.list().map(({ arn }) => this.openListener(arn)));
  }

  /** Cuts every connection and frees every port; the records stay. */
  close(): Promise<void> {
    return this.#dataPlane.close();
  }

  register(targetGroupArn: string, target: Target): void {
    this.registerTarget({ targetGroupArn, ...target });
  }

  deregister(targetGroupArn: string, { ip, port }: Target): void {
    this.records.targets.delete(targetKey(targetGroupArn, { ip, port }));
    this.#dataPlane.deregister(targetGroupArn, { ip, port });
  }

  /** A target group that is gone takes no target, and says so. */
  registerTarget(target: TargetRecord): void {
    const { targetGroupArn, ip, port } = target;
    if (!this.records.targetGroups.has(targetGroupArn)) {
      this.#dataPlane.deregister(targetGroupArn, { ip, port });
      return;
    }
    const key = targetKey(targetGroupArn, target);
    if (!this.records.targets.has(key)) this.records.targets.put(key, target);
    this.#dataPlane.register(targetGroupArn, { ip, port });
  }

  /** Registered and draining targets. */
  observeTargets(targetGroupArn: string): ObservedTarget[] {
    return this.#dataPlane.observe(targetGroupArn);
  }

  /** The port of this machine that stands for a listener. */
  hostPort(listenerArn: string): number | undefined {
    return this.#dataPlane.hostPort(listenerArn);
  }

  /** A rule with the client's secret it was given, kept sealed; without one where its actions need none. */
  withClientSecret(rule: RuleRecord, given: GivenSecret | undefined): RuleRecord {
    if (given === "existing") return rule;
    const { sealedClientSecret: _, ...rest } = rule;
    return given === undefined ? rest : { ...rest, sealedClientSecret: this.#seals.sealClientSecret(rule.arn, given.secret) };
  }

  /** Whether a rule's secret is the one that was given, or neither is there. */
  hasClientSecret(rule: RuleRecord | undefined, given: NewSecret | undefined): boolean {
    const sealed = rule?.sealedClientSecret;
    if (rule === undefined || sealed === undefined || given === undefined) return sealed === undefined && given === undefined;
    return this.#seals.openClientSecret(rule.arn, sealed) === given.secret;
  }

  /** A key that signs users' claims, PEM; undefined for one that there is not. */
  claimsKey(kid: string): string | undefined {
    return this.#dataPlane.claimsKey(kid);
  }

  /** Opens the port of a listener that was just created. */
  async openListener(listenerArn: string): Promise<void> {
    const listener = this.records.listeners.get(listenerArn);
    const loadBalancer = listener === undefined ? undefined : this.records.loadBalancers.get(listener.loadBalancerArn);
    if (listener === undefined || loadBalancer === undefined) return;
    await this.#dataPlane.openListener(listenerConfig(this.records, listener, loadBalancer));
    // It may have been deleted while its port was being opened.
    if (!this.records.listeners.has(listenerArn)) this.closeListener(listenerArn);
  }

  closeListener(listenerArn: string): void {
    this.#dataPlane.closeListener(listenerArn);
  }

  /** The rules of a listener, or attributes of its load balancer, have changed. */
  listenerChanged(listenerArn: string): void {
    const listener = this.records.listeners.get(listenerArn);
    const loadBalancer = listener === undefined ? undefined : this.records.loadBalancers.get(listener.loadBalancerArn);
    if (listener === undefined || loadBalancer === undefined) return;
    this.#dataPlane.configureListener(listenerConfig(this.records, listener, loadBalancer));
  }

  /** Keeps a load balancer that was created or changed, with an address for each of its nodes. */
  putLoadBalancer(loadBalancer: LoadBalancerRecord, tags?: Tags): void {
    const former = this.records.loadBalancers.get(loadBalancer.arn);
    const isMoved = this.#store.transaction(() => {
      this.records.loadBalancers.put(loadBalancer.arn, loadBalancer);
      if (tags !== undefined) this.records.tags.put(loadBalancer.arn, tags);
      return this.#place(loadBalancer, former);
    });
    if (isMoved) this.#dataPlane.reconsiderTargets();
  }

  /** Forgets a load balancer whose listeners are gone. */
  deleteLoadBalancer(loadBalancerArn: string): void {
    const hadAddresses = this.#store.transaction(() => {
      this.records.loadBalancers.delete(loadBalancerArn);
      this.records.tags.delete(loadBalancerArn);
      return this.#addresses?.release(parseArn(loadBalancerArn)?.region ?? "", dimensionOf(loadBalancerArn)) === true;
    });
    this.#dataPlane.removeLoadBalancer(loadBalancerArn);
    if (hadAddresses) this.#dataPlane.reconsiderTargets();
  }

  /** Whether an address was given or taken back. */
  #place({ arn, availabilityZones, securityGroups }: LoadBalancerRecord, former: LoadBalancerRecord | undefined): boolean {
    if (this.#addresses === undefined) return false;
    return this.#addresses.place(parseArn(arn)?.region ?? "", {
      name: dimensionOf(arn),
      subnetIds: subnetsOf(availabilityZones),
      formerSubnetIds: subnetsOf(former?.availabilityZones ?? []),
      securityGroupIds: securityGroups,
    });
  }

  #isOwnAddress(targetGroupArn: string, ip: string): boolean {
    const group = this.records.targetGroups.get(targetGroupArn);
    return group !== undefined && this.#addresses?.holds(parseArn(targetGroupArn)?.region ?? "", group.vpcId, ip) === true;
  }

  /** A target group was created or modified, or began or ceased to serve a listener. */
  targetGroupsChanged(targetGroupArns: Iterable<string>): void {
    for (const arn of new Set(targetGroupArns)) {
      const group = this.records.targetGroups.get(arn);
      if (group !== undefined) this.#dataPlane.configureGroup(targetGroupConfig(this.records, group));
    }
  }

  targetGroupDeleted(targetGroupArn: string): void {
    for (const { ip, port } of targetsOf(this.records, targetGroupArn))
      this.records.targets.delete(targetKey(targetGroupArn, { ip, port }));
    this.#dataPlane.removeGroup(targetGroupArn);
  }
}

function targetKey(targetGroupArn: string, { ip, port }: Target): string {
  return `${targetGroupArn}|${ip}:${port}`;
}
