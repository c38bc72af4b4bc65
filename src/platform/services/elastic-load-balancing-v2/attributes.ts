/**
 * Attributes of load balancers, target groups and listeners: their defaults, ranges and the errors for what is out of
 * them (Elastic Load Balancing API, `LoadBalancerAttribute`, `TargetGroupAttribute`, `ListenerAttribute`).
 */
import { AwsFault } from "../../gateway/aws-fault.ts";

interface AttributeRule {
  readonly default: string;
  readonly allows: (value: string) => boolean;
}

type AttributeRules = Readonly<Record<string, AttributeRule>>;

const flag = (value: boolean): AttributeRule => ({ default: String(value), allows: (text) => text === "true" || text === "false" });
const oneOf = (first: string, ...rest: string[]): AttributeRule => ({
  default: first,
  allows: (text) => text === first || rest.includes(text),
});
const text = (initial = ""): AttributeRule => ({ default: initial, allows: () => true });
const range = (initial: number, lowest: number, highest: number, ...also: string[]): AttributeRule => ({
  default: String(initial),
  allows: (value) => also.includes(value) || (/^\d+$/.test(value) && Number(value) >= lowest && Number(value) <= highest),
});
const countOrOff = (initial: string, highest: number): AttributeRule => ({
  default: initial,
  allows: (value) => value === "off" || (/^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= highest),
});

export const loadBalancerAttributes: AttributeRules = {
  "access_logs.s3.enabled": flag(false),
  "access_logs.s3.bucket": text(),
  "access_logs.s3.prefix": text(),
  "connection_logs.s3.enabled": flag(false),
  "connection_logs.s3.bucket": text(),
  "connection_logs.s3.prefix": text(),
  "health_check_logs.s3.enabled": flag(false),
  "health_check_logs.s3.bucket": text(),
  "health_check_logs.s3.prefix": text(),
  "idle_timeout.timeout_seconds": range(60, 1, 4000),
  "client_keep_alive.seconds": range(3600, 60, 604_800),
  "deletion_protection.enabled": flag(false),
  "routing.http2.enabled": flag(true),
  "routing.http.drop_invalid_header_fields.enabled": flag(false),
  "routing.http.xff_client_port.enabled": flag(false),
  "routing.http.preserve_host_header.enabled": flag(false),
  "routing.http.xff_header_processing.mode": oneOf("append", "preserve", "remove"),
  "routing.http.desync_mitigation_mode": oneOf("defensive", "monitor", "strictest"),
  "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": flag(false),
  "load_balancing.cross_zone.enabled": oneOf("true"),
  "waf.fail_open.enabled": flag(false),
  "zonal_shift.config.enabled": flag(false),
  "ipv6.deny_all_igw_traffic": flag(false),
};

export const targetGroupAttributes: AttributeRules = {
  "deregistration_delay.timeout_seconds": range(300, 0, 3600),
  "stickiness.enabled": flag(false),
  "stickiness.type": oneOf("lb_cookie", "app_cookie"),
  "stickiness.lb_cookie.duration_seconds": range(86_400, 1, 604_800),
  "stickiness.app_cookie.duration_seconds": range(86_400, 1, 604_800),
  "stickiness.app_cookie.cookie_name": { default: "", allows: (value) => !value.startsWith("AWSALB") },
  "slow_start.duration_seconds": range(0, 30, 900, "0"),
  "load_balancing.algorithm.type": oneOf("round_robin", "least_outstanding_requests", "weighted_random"),
  "load_balancing.algorithm.anomaly_mitigation": oneOf("off", "on"),
  "load_balancing.cross_zone.enabled": oneOf("use_load_balancer_configuration", "true", "false"),
  "target_group_health.dns_failover.minimum_healthy_targets.count": countOrOff("1", 1000),
  "target_group_health.dns_failover.minimum_healthy_targets.percentage": countOrOff("off", 100),
  "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": countOrOff("1", 1000),
  "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": countOrOff("off", 100),
};

const addedResponseHeaders = [
  "strict_transport_security",
  "access_control_allow_origin",
  "access_control_allow_methods",
  "access_control_allow_headers",
  "access_control_allow_credentials",
  "access_control_expose_headers",
  "access_control_max_age",
  "content_security_policy",
  "x_content_type_options",
  "x_frame_options",
] as const;

export const listenerAttributes: AttributeRules = {
  "routing.http.response.server.enabled": flag(true),
  ...Object.fromEntries(addedResponseHeaders.map((name) => [`routing.http.response.${name}.header_value`, text()])),
  ...Object.fromEntries(
    ["serial_number", "issuer", "subject", "validity", "leaf"].map((field) => [
      `routing.http.request.x_amzn_mtls_clientcert_${field}.header_name`,
      text(),
    ]),
  ),
  "routing.http.request.x_amzn_mtls_clientcert.header_name": text(),
  "routing.http.request.x_amzn_tls_version.header_name": text(),
  "routing.http.request.x_amzn_tls_cipher_suite.header_name": text(),
};

/** The headers a listener sets on responses: `routing.http.response.x_frame_options.header_value` sets `X-Frame-Options`. */
export function responseHeadersOf(set: Readonly<Record<string, string>>): (readonly [name: string, value: string])[] {
  return addedResponseHeaders.flatMap((field) => {
    const value = set[`routing.http.response.${field}.header_value`] ?? "";
    const name = field.replace(
      /(^|_)([a-z])/g,
      (_, before: string, letter: string) => `${before === "" ? "" : "-"}${letter.toUpperCase()}`,
    );
    return value === "" ? [] : [[name, value] as const];
  });
}

export interface Attribute {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** All attributes, in the order of the rules. */
export function allAttributes(rules: AttributeRules, set: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(rules).map(([Key, rule]) => ({ Key, Value: set[Key] ?? rule.default }));
}

export function attributeOf(rules: AttributeRules, set: Readonly<Record<string, string>>, key: string): string {
  return set[key] ?? rules[key]?.default ?? "";
}

/** The attributes with `changes` applied. Throws `ValidationError` for a key or value that AWS would refuse. */
export function withAttributes(
  rules: AttributeRules,
  set: Readonly<Record<string, string>>,
  changes: readonly Attribute[],
): Readonly<Record<string, string>> {
  const next = { ...set };
  for (const { Key = "", Value = "" } of changes) {
    const rule = rules[Key];
    if (rule === undefined) throw new AwsFault("ValidationError", `Attribute key '${Key}' is not recognized`);
    if (!rule.allows(Value)) throw new AwsFault("ValidationError", `The value '${Value}' for attribute '${Key}' is not valid`);
    next[Key] = Value;
  }
  return next;
}
