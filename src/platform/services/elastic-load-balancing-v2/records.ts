/** What Elastic Load Balancing keeps: plain JSON, keyed by ARN (which begins with the region), instants in ms since the epoch. */
import type {
  Action,
  AvailabilityZone,
  IpAddressType,
  LoadBalancerSchemeEnum,
  Matcher,
  ProtocolEnum,
  RuleCondition,
  RuleTransform,
  TargetTypeEnum,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Collection, Store } from "../../persistence/store.ts";

export interface LoadBalancerRecord {
  readonly arn: string;
  readonly name: string;
  readonly dnsName: string;
  readonly hostedZoneId: string;
  readonly createdAt: number;
  readonly scheme: LoadBalancerSchemeEnum;
  readonly vpcId: string;
  readonly availabilityZones: readonly AvailabilityZone[];
  readonly securityGroups: readonly string[];
  readonly ipAddressType: IpAddressType;
  /** Those that differ from the defaults. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface TargetGroupRecord {
  readonly arn: string;
  readonly name: string;
  readonly protocol: ProtocolEnum;
  readonly protocolVersion: string;
  readonly port: number;
  readonly vpcId: string;
  readonly targetType: TargetTypeEnum;
  readonly healthCheckEnabled: boolean;
  readonly healthCheckProtocol: ProtocolEnum;
  /** A number, or `traffic-port`. */
  readonly healthCheckPort: string;
  readonly healthCheckPath: string;
  readonly healthCheckIntervalSeconds: number;
  readonly healthCheckTimeoutSeconds: number;
  readonly healthyThresholdCount: number;
  readonly unhealthyThresholdCount: number;
  readonly matcher: Matcher;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface ListenerRecord {
  readonly arn: string;
  readonly loadBalancerArn: string;
  readonly port: number;
  readonly protocol: ProtocolEnum;
  readonly sslPolicy?: string;
  /** The default one first. */
  readonly certificateArns: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
}

/** The default rule, too, is a rule: its actions are the listener's default actions. */
export interface RuleRecord {
  readonly arn: string;
  readonly listenerArn: string;
  readonly priority: number | "default";
  readonly conditions: readonly RuleCondition[];
  /** Without a client's secret. */
  readonly actions: readonly Action[];
  /** Of an `authenticate-oidc` action. */
  readonly sealedClientSecret?: string;
  readonly transforms: readonly RuleTransform[];
}

/** A registered target; what drains is not kept, for a restart ends every request in flight. */
export interface TargetRecord {
  readonly targetGroupArn: string;
  readonly ip: string;
  readonly port: number;
  readonly availabilityZone?: string;
}

export type Tags = Readonly<Record<string, string>>;

export interface Records {
  readonly loadBalancers: Collection<LoadBalancerRecord>;
  readonly targetGroups: Collection<TargetGroupRecord>;
  readonly listeners: Collection<ListenerRecord>;
  readonly rules: Collection<RuleRecord>;
  /** By `<target group ARN>|<ip>:<port>`. */
  readonly targets: Collection<TargetRecord>;
  /** By the ARN of what is tagged. */
  readonly tags: Collection<Tags>;
}

export function elasticLoadBalancingRecords(store: Store): Records {
  return {
    loadBalancers: store.collection("elastic-load-balancing-v2.load-balancer"),
    targetGroups: store.collection("elastic-load-balancing-v2.target-group"),
    listeners: store.collection("elastic-load-balancing-v2.listener"),
    rules: store.collection("elastic-load-balancing-v2.rule"),
    targets: store.collection("elastic-load-balancing-v2.target"),
    tags: store.collection("elastic-load-balancing-v2.tags"),
  };
}

export function rulesOf(records: Records, listenerArn: string): RuleRecord[] {
  return records.rules
    .list(`${listenerArn.replace(":listener/", ":listener-rule/")}/`)
    .sort((a, b) => (a.priority === "default" ? Infinity : a.priority) - (b.priority === "default" ? Infinity : b.priority));
}

export function defaultRuleOf(records: Records, listenerArn: string): RuleRecord | undefined {
  return rulesOf(records, listenerArn).find(({ priority }) => priority === "default");
}

export function listenersOf(records: Records, loadBalancerArn: string): ListenerRecord[] {
  return records.listeners.list(`${loadBalancerArn.replace(":loadbalancer/", ":listener/")}/`);
}

export function targetsOf(records: Records, targetGroupArn: string): TargetRecord[] {
  return records.targets.list(`${targetGroupArn}|`);
}

/** Every target group that an action sends requests to. */
export function targetGroupsOf(actions: readonly Action[]): string[] {
  return actions.flatMap(({ Type, TargetGroupArn, ForwardConfig }) => {
    if (Type !== "forward") return [];
    const listed = ForwardConfig?.TargetGroups?.flatMap(({ TargetGroupArn: arn }) => (arn === undefined ? [] : [arn])) ?? [];
    return listed.length > 0 ? listed : TargetGroupArn === undefined ? [] : [TargetGroupArn];
  });
}

/** The load balancer whose rules name the target group; a target group serves one at most. */
export function loadBalancerOf(records: Records, targetGroupArn: string): LoadBalancerRecord | undefined {
  const rule = records.rules.list().find(({ actions }) => targetGroupsOf(actions).includes(targetGroupArn));
  const listener = rule === undefined ? undefined : records.listeners.get(rule.listenerArn);
  return listener === undefined ? undefined : records.loadBalancers.get(listener.loadBalancerArn);
}

/** `app/name/0123456789abcdef` of a load balancer, `targetgroup/name/0123456789abcdef` of a target group: their CloudWatch dimensions. */
export function dimensionOf(arn: string): string {
  const resource = arn.split(":").slice(5).join(":");
  return resource.startsWith("loadbalancer/") ? resource.slice("loadbalancer/".length) : resource;
}

export function subnetsOf(zones: readonly AvailabilityZone[]): string[] {
  return zones.flatMap(({ SubnetId }) => SubnetId ?? []);
}
