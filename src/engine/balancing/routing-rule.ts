/**
 * Listener rules as the data plane reads them: what a request must look like, and what then happens to it. The
 * provider translates the API's rules into these.
 */

import type { JwtAuthentication } from "./jwt-authentication.ts";
import type { UserAuthentication } from "./user-authentication.ts";

/** Values of one condition are alternatives; all conditions of a rule must hold. Patterns take `*` and `?`. */
export type Condition =
  /** Case-insensitive, without the port. */
  | { readonly field: "host-header"; readonly values: readonly string[]; readonly regexValues: readonly string[] }
  /** Case-sensitive, without the query string. */
  | { readonly field: "path-pattern"; readonly values: readonly string[]; readonly regexValues: readonly string[] }
  /** `name` and values case-insensitive. */
  | { readonly field: "http-header"; readonly name: string; readonly values: readonly string[]; readonly regexValues: readonly string[] }
  /** Exact and case-sensitive. */
  | { readonly field: "http-request-method"; readonly values: readonly string[] }
  /** Case-insensitive; without a key the value may belong to any key. */
  | { readonly field: "query-string"; readonly values: readonly { readonly key?: string; readonly value: string }[] }
  /** CIDR blocks. */
  | { readonly field: "source-ip"; readonly values: readonly string[] };

export interface WeightedTargetGroup {
  readonly arn: string;
  /** 0–999; 0 takes no traffic. */
  readonly weight: number;
}

export interface ForwardAction {
  readonly type: "forward";
  readonly targetGroups: readonly WeightedTargetGroup[];
  /** How long a client stays with the target group it met first; absent when target group stickiness is off. */
  readonly stickySeconds?: number;
}

export interface RedirectAction {
  readonly type: "redirect";
  /** Each may hold `#{protocol}`, `#{host}`, `#{port}`, `#{path}`, `#{query}`. */
  readonly protocol: string;
  readonly host: string;
  readonly port: string;
  readonly path: string;
  readonly query: string;
  readonly statusCode: 301 | 302;
}

export interface FixedResponseAction {
  readonly type: "fixed-response";
  readonly statusCode: number;
  readonly contentType: string;
  readonly body: string;
}

export type RoutingAction = ForwardAction | RedirectAction | FixedResponseAction;

/** Rewrites the host or the path and query before the request goes to the target. */
export interface Transform {
  readonly part: "host" | "url";
  readonly regex: string;
  readonly replace: string;
}

export interface RoutingRule {
  readonly arn: string;
  /** Lower is asked first; the default rule has `Infinity`. */
  readonly priority: number;
  readonly conditions: readonly Condition[];
  /** What the request's token must be, before anything else is done. */
  readonly authentication?: JwtAuthentication;
  /** Who the user must be, before anything else is done. */
  readonly userAuthentication?: UserAuthentication;
  readonly action: RoutingAction;
  readonly transforms: readonly Transform[];
}

/** What a rule can see of a request. */
export interface RoutedRequest {
  readonly method: string;
  /** As the client sent it, port included. */
  readonly host: string;
  /** As the client sent it, from the first slash up to the question mark. */
  readonly path: string;
  /** What follows the question mark; empty when there is none. */
  readonly query: string;
  /** All values of the header, by lower-case name. */
  header(name: string): string | undefined;
  /** The address of the connection's other end, IPv4. */
  readonly sourceIp: string;
}
