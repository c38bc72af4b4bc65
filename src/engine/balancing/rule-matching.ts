/**
 * Which rule a request meets: rules are asked by ascending priority, the default rule last (Application Load
 * Balancer, "Listener rules"). A rule set is compiled once, when it changes, and then asked for each request.
 */
import type { Condition, RoutedRequest, RoutingRule } from "./routing-rule.ts";
import { matchesWildcard } from "./wildcard.ts";

type Predicate = (request: RoutedRequest) => boolean;

/** Answers the first rule that holds; undefined only when there is no default rule. */
export type Router = (request: RoutedRequest) => RoutingRule | undefined;

export function compileRules(rules: readonly RoutingRule[]): Router {
  const compiled = [...rules]
    .sort((a, b) => a.priority - b.priority)
    .map((rule) => ({ rule, predicates: rule.conditions.map(compileCondition) }));
  return (request) => {
    for (const { rule, predicates } of compiled) {
      if (predicates.every((holds) => holds(request))) return rule;
    }
    return undefined;
  };
}

function compileCondition(condition: Condition): Predicate {
  switch (condition.field) {
    case "host-header": {
      const holds = insensitive(condition.values, condition.regexValues);
      return (request) => holds(hostWithoutPort(request.host));
    }
    case "path-pattern": {
      const expressions = condition.regexValues.map((expression) => new RegExp(expression));
      return ({ path }) =>
        condition.values.some((pattern) => matchesWildcard(pattern, path)) || expressions.some((expression) => expression.test(path));
    }
    case "http-header": {
      const holds = insensitive(condition.values, condition.regexValues);
      const name = condition.name.toLowerCase();
      return (request) => {
        const value = request.header(name);
        return value !== undefined && holds(value);
      };
    }
    case "http-request-method":
      return ({ method }) => condition.values.includes(method);
    case "query-string": {
      const wanted = condition.values.map(({ key, value }) => ({ key: key?.toLowerCase(), value: value.toLowerCase() }));
      return ({ query }) =>
        query !== "" &&
        queryPairs(query.toLowerCase()).some(([key, value]) =>
          wanted.some((want) => (want.key === undefined || matchesWildcard(want.key, key)) && matchesWildcard(want.value, value)),
        );
    }
    case "source-ip": {
      const blocks = condition.values.map(cidrBlock);
      return ({ sourceIp }) => {
        const address = ipv4Number(sourceIp);
        return address !== undefined && blocks.some((block) => block !== undefined && (address & block.mask) >>> 0 === block.network);
      };
    }
  }
}

function insensitive(values: readonly string[], regexValues: readonly string[]): (text: string) => boolean {
  const patterns = values.map((value) => value.toLowerCase());
  const expressions = regexValues.map((expression) => new RegExp(expression, "i"));
  return (text) => {
    const lower = text.toLowerCase();
    return patterns.some((pattern) => matchesWildcard(pattern, lower)) || expressions.some((expression) => expression.test(text));
  };
}

/** The host of a `Host` header: `a.example:8080` → `a.example`, `[::1]:80` → `[::1]`. */
export function hostWithoutPort(host: string): string {
  const bracket = host.lastIndexOf("]");
  const colon = host.indexOf(":", bracket + 1);
  return colon < 0 ? host : host.slice(0, colon);
}

function queryPairs(query: string): [key: string, value: string][] {
  return query.split("&").map((pair) => {
    const equals = pair.indexOf("=");
    return equals < 0 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
  });
}

interface CidrBlock {
  readonly network: number;
  readonly mask: number;
}

function cidrBlock(text: string): CidrBlock | undefined {
  const [address = "", bits = "32"] = text.split("/");
  const network = ipv4Number(address);
  if (network === undefined) return undefined;
  const mask = bits === "0" ? 0 : (0xffffffff << (32 - Number(bits))) >>> 0;
  return { network: (network & mask) >>> 0, mask };
}

function ipv4Number(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let number = 0;
  for (const part of parts) {
    const octet = Number(part);
    if (!/^\d{1,3}$/.test(part) || octet > 255) return undefined;
    number = number * 256 + octet;
  }
  return number;
}
