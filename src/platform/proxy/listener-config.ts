/** What the data plane is told of a listener and its load balancer. */
import type { SecureVersion } from "node:tls";
import type { RoutingRule } from "../../engine/balancing/routing-rule.ts";
import type { ForwardedFor } from "./request-headers.ts";

export interface LoadBalancerConfig {
  readonly arn: string;
  readonly region: string;
  /** `app/name/0123456789abcdef`, the CloudWatch dimension. */
  readonly dimension: string;
  /** Each has a node; clients come to one after another, a connection at a time. */
  readonly zones: readonly string[];
  readonly idleTimeoutMs: number;
  readonly clientKeepAliveMs: number;
  readonly forwardedFor: ForwardedFor;
  /** Whether clients of HTTPS listeners may speak HTTP/2. */
  readonly http2: boolean;
  /** Header names other than letters, digits and hyphens do not reach the target. */
  readonly dropInvalidHeaders: boolean;
}

export interface ListenerConfig {
  readonly arn: string;
  readonly loadBalancer: LoadBalancerConfig;
  readonly protocol: "HTTP" | "HTTPS";
  /** The oldest TLS version an HTTPS listener speaks. */
  readonly minVersion?: SecureVersion;
  /** The listener's port, which a port of this machine stands for. */
  readonly port: number;
  /** With a default rule. */
  readonly rules: readonly RoutingRule[];
  readonly responseHeaders: ResponseHeaderSettings;
}

/** What a listener changes about the headers of a target's response. */
export interface ResponseHeaderSettings {
  readonly keepServer: boolean;
  /** Set in place of what the target says: name, value. */
  readonly set: readonly (readonly [name: string, value: string])[];
}
