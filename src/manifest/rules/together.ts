/** What only shows when documents are seen together: equal names, requests that two services claim, circles of waiting. */
import type { Diagnostics } from "../diagnostic.ts";
import { ListenerClaims, registrationOf } from "../registration.ts";
import type { ResolvedEnvironment } from "../resolved.ts";
import { placeOf } from "../tree.ts";
import { checkMadeOnce } from "./made-once.ts";
import type { Placed } from "./placed.ts";

export function checkTogether(documents: readonly Placed[], environment: ResolvedEnvironment, diagnostics: Diagnostics): void {
  const services = documents.filter(({ kind }) => kind === "Service");
  const claims = new ListenerClaims(environment.name);
  for (const placed of services) {
    for (const { kind, message, hint } of claims.claim(registrationOf(placed.service, environment)))
      report(diagnostics, kind === "requests" ? "FSD1702" : "FSD1703", placed, "service.networking.loadBalancer", message, hint);
  }
  checkAddresses(documents, services, diagnostics);
  checkIngress(documents, services, diagnostics);
  checkCircles(services, diagnostics);
  checkMadeOnce(documents, environment, diagnostics);
}

/** A worker has no address: its stack writes none down, so its consumer's stack would fail. */
function checkAddresses(consumers: readonly Placed[], services: readonly Placed[], diagnostics: Diagnostics): void {
  const byName = new Map(services.map(({ service }) => [service.name, service]));
  for (const placed of consumers) {
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
function checkIngress(consumers: readonly Placed[], services: readonly Placed[], diagnostics: Diagnostics): void {
  const byName = new Map(services.map(({ service }) => [service.name, service]));
  for (const placed of consumers) {
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
