/** What only shows when documents are seen together: equal names, requests that two services claim, circles of waiting. */
import type { Diagnostics } from "../diagnostic.ts";
import type { ResolvedEnvironment, ResolvedService } from "../resolved.ts";
import { hasTestRule, listenerPriority, localListenerPort, pathPatterns, shardOf, testPriority } from "../routing.ts";
import { type MapNode, placeOf } from "../tree.ts";

export interface Placed {
  readonly service: ResolvedService;
  readonly tree: MapNode;
}

export function checkTogether(services: readonly Placed[], environment: ResolvedEnvironment, diagnostics: Diagnostics): void {
  const rules = new Map<string, Placed>();
  const priorities = new Map<string, Placed>();
  for (const placed of services) {
    const { service } = placed;
    const balancing = service.service.networking.loadBalancer;
    if (balancing === undefined || balancing.dedicated) continue;
    const kind = balancing.internal ? "internal" : "public";
    const shard = shardOf(service.name, environment.loadBalancers[kind]?.shards ?? 1);
    const balancer = shard === 1 ? kind : `${kind} ${shard}`;
    // On `local` every service answers to a host and a port of its own, so nothing can collide but the ports.
    const requests = environment.local
      ? [`port ${localListenerPort(service.name)}`]
      : claimedPatterns(balancing.path).map((pattern) => `${balancing.host?.toLowerCase() ?? "*"}${pattern}`);
    const path = "service.networking.loadBalancer";
    const taken = requests.map((request) => ({ request, other: claim(rules, `${balancer} ${request}`, placed) }));
    const conflict = taken.find(({ other }) => other !== undefined);
    if (conflict?.other !== undefined) {
      const { request, other } = conflict;
      report(
        diagnostics,
        "FSD1702",
        placed,
        path,
        `${service.name} and ${other.service.name} both answer ${environment.local ? request : request.replace(/^\*/, "every host")} on the ${kind} load balancer of ${environment.name}`,
        "give one of them another path or host",
      );
      continue;
    }
    const priority = listenerPriority(service.name, balancing);
    const rival = claim(priorities, `${balancer} ${priority}`, placed);
    if (rival !== undefined && !environment.local) {
      report(
        diagnostics,
        "FSD1703",
        placed,
        path,
        `${service.name} and ${rival.service.name} both get priority ${priority} on the ${kind} load balancer`,
        "set loadBalancer.priority of one of them",
      );
    }
    if (!hasTestRule(service)) continue;
    const before = testPriority(service.name, balancing);
    const blocked = claim(priorities, `${balancer} ${before}`, placed);
    if (blocked !== undefined && !environment.local) {
      report(
        diagnostics,
        "FSD1703",
        placed,
        path,
        `the rule for test traffic of ${service.name} gets priority ${before}, which ${blocked.service.name} has on the ${kind} load balancer`,
        "set loadBalancer.priority of one of them; that of a service with test traffic is 2 or more",
      );
    }
  }
  checkAddresses(services, diagnostics);
  checkIngress(services, diagnostics);
  checkCircles(services, diagnostics);
}

/** What a service claims of a host: `/*` takes requests for `/` as well, so whoever names only that would get them by chance. */
function claimedPatterns(path: string): readonly string[] {
  return path === "/*" ? ["/*", "/"] : pathPatterns(path);
}

/** A worker has no address: its stack writes none down, so its consumer's stack would fail. */
function checkAddresses(services: readonly Placed[], diagnostics: Diagnostics): void {
  const byName = new Map(services.map(({ service }) => [service.name, service]));
  for (const placed of services) {
    placed.service.dependencies.forEach(({ type, name }, index) => {
      const provider = type === "service" ? byName.get(name) : undefined;
      if (provider === undefined || provider.service.port !== undefined || name === placed.service.name) return;
      report(
        diagnostics,
        "FSD1708",
        placed,
        `dependencies[${index}].name`,
        `${name} has no port, so there is nothing that ${placed.service.name} could reach`,
        "remove the dependency; what only takes messages is reached through its queue",
      );
    });
  }
}

/** Reaching another service's tasks directly needs that service's leave. */
function checkIngress(services: readonly Placed[], diagnostics: Diagnostics): void {
  const byName = new Map(services.map(({ service }) => [service.name, service]));
  for (const placed of services) {
    const { name, dependencies } = placed.service;
    dependencies.forEach(({ type, name: provider, port }, index) => {
      const ingress = type === "service" && port !== undefined ? byName.get(provider)?.service.networking.ingress : undefined;
      if (ingress === undefined || ingress.some((opening) => opening.from.service === name && opening.port === port)) return;
      report(
        diagnostics,
        "FSD1707",
        placed,
        `dependencies[${index}].port`,
        `${provider} does not let ${name} connect to port ${port}`,
        `add networking.ingress: [{from: {service: ${name}}, port: ${port}}] to ${provider}`,
      );
    });
  }
}

function claim(claims: Map<string, Placed>, key: string, placed: Placed): Placed | undefined {
  const other = claims.get(key);
  if (other === undefined) claims.set(key, placed);
  return other;
}

function checkCircles(services: readonly Placed[], diagnostics: Diagnostics): void {
  const byName = new Map(services.map((placed) => [placed.service.name, placed]));
  const done = new Set<string>();
  const visit = (placed: Placed, trail: readonly string[]): void => {
    const { name, dependencies } = placed.service;
    if (done.has(name)) return;
    const start = trail.indexOf(name);
    if (start >= 0) {
      const circle = [...trail.slice(start), name];
      report(
        diagnostics,
        "FSD1704",
        placed,
        "dependencies",
        `these services wait for each other: ${circle.join(" → ")}`,
        "let one of them take the address as a plain value",
      );
      return;
    }
    for (const dependency of dependencies) {
      const next = dependency.type === "service" ? byName.get(dependency.name) : undefined;
      if (next !== undefined) visit(next, [...trail, name]);
    }
    done.add(name);
  };
  for (const placed of services) visit(placed, []);
}

function report(
  diagnostics: Diagnostics,
  code: Parameters<Diagnostics["report"]>[0],
  { tree }: Placed,
  path: string,
  message: string,
  hint: string,
): void {
  const { file, line, column } = placeOf(tree, path);
  diagnostics.report(code, { file, line, column }, path, message, hint);
}
