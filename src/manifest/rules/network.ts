/** Ports, health checks, load balancers, draining: what must fit together so that no request is lost. */
import type { ResolvedEnvironment, ResolvedService } from "../resolved.ts";
import type { Rules } from "./rules.ts";

const health = "service.healthCheck";
const balancer = "service.networking.loadBalancer";

export function checkHealth({ service }: ResolvedService, rules: Rules): void {
  const { healthCheck, containerCheck, port } = service;
  if (!rules.sound("service.port")) return;
  if (port === undefined) {
    const wrong = ["path", "interval", "timeout", "healthyThreshold", "unhealthyThreshold", "matcher", "gracePeriod"].find((name) =>
      rules.given(`${health}.${name}`),
    );
    if (wrong !== undefined)
      rules.report(
        "FSD1405",
        `${health}.${wrong}`,
        `healthCheck.${wrong} is the load balancer's, and a service without a port has none`,
        "add port, or use healthCheck.container",
      );
    if (rules.given(`${health}.container.http`))
      rules.report("FSD1405", `${health}.container.http`, "there is no port to ask", "add port, or use container.command");
  } else if (!rules.given(health) && rules.sound(health)) {
    rules.report(
      "FSD1402",
      "service.port",
      "port without healthCheck: the load balancer will ask /health for status 200",
      "write healthCheck: {path: /health}",
    );
  }
  if (healthCheck !== undefined && rules.sound(`${health}.timeout`, `${health}.interval`) && healthCheck.timeout >= healthCheck.interval) {
    rules.report(
      "FSD1401",
      [`${health}.timeout`, `${health}.interval`],
      `timeout ${healthCheck.timeout} is not below interval ${healthCheck.interval}`,
      `use ${healthCheck.interval - 1} or less`,
    );
  }
  if (rules.given(`${health}.container`) && rules.sound(`${health}.container`)) {
    if (!rules.given(`${health}.container.http`) && !rules.given(`${health}.container.command`)) {
      rules.report(
        "FSD1103",
        `${health}.container`,
        "the container's check does not say what it does",
        "add http: /health or command: […]",
      );
    }
    if (containerCheck !== undefined && containerCheck.timeout >= containerCheck.interval) {
      rules.report(
        "FSD1401",
        [`${health}.container.timeout`, `${health}.container.interval`],
        `timeout ${containerCheck.timeout} is not below interval ${containerCheck.interval}`,
        `use ${containerCheck.interval - 1} or less`,
      );
    }
    if (containerCheck !== undefined && healthCheck !== undefined && healthCheck.gracePeriod < containerCheck.startPeriod) {
      rules.report(
        "FSD1403",
        [`${health}.gracePeriod`, `${health}.container.startPeriod`],
        `gracePeriod ${healthCheck.gracePeriod} s ends before the container's startPeriod ${containerCheck.startPeriod} s`,
        `use ${containerCheck.startPeriod} or more`,
      );
    }
  }
}

export function checkNetwork({ service }: ResolvedService, environment: ResolvedEnvironment, rules: Rules): void {
  const { networking, port } = service;
  const { loadBalancer } = networking;
  if (!rules.sound("service.port", "service.networking")) return;
  if (port === undefined) {
    for (const path of [balancer, "service.networking.ingress"]) {
      if (rules.given(path))
        rules.report("FSD1405", path, `${path.slice("service.networking.".length)} needs a port`, "add port, or remove it");
    }
  }
  if (!networking.vpc) {
    rules.report("FSD1406", "service.networking.vpc", "vpc: false gives every task a public address", "prefer vpc: true");
    if (loadBalancer?.internal === true && rules.given(`${balancer}.internal`))
      rules.report("FSD1412", `${balancer}.internal`, "an internal load balancer needs vpc: true", "set vpc: true, or internal: false");
  }
  if (loadBalancer !== undefined) {
    const kind = loadBalancer.internal ? "internal" : "public";
    if (environment.described && !loadBalancer.dedicated && environment.loadBalancers[kind] === undefined) {
      rules.report(
        "FSD1409",
        [`${balancer}.internal`, balancer, "service.port"],
        `the environment ${environment.name} has no ${kind} load balancer`,
        `add loadBalancers: {${kind}: {}} to it, or set internal: ${!loadBalancer.internal}`,
      );
    }
    if (loadBalancer.dedicated && kind === "public" && "id" in environment.vpc && environment.vpc.publicSubnets.length < 2) {
      rules.report(
        "FSD1409",
        [`${balancer}.dedicated`, balancer],
        `a public load balancer of its own needs two public subnets, and ${environment.name} names fewer`,
        "add vpc.publicSubnets to the environment, or set internal: true",
      );
    }
    const shared = environment.loadBalancers[kind];
    if (
      environment.described &&
      !environment.local &&
      !loadBalancer.dedicated &&
      loadBalancer.certificateArn !== undefined &&
      shared !== undefined &&
      shared.certificateArn === undefined &&
      environment.domain === undefined
    ) {
      rules.report(
        "FSD1409",
        `${balancer}.certificateArn`,
        `the ${kind} load balancer of ${environment.name} speaks plain HTTP, so it cannot present another certificate`,
        `give the environment's loadBalancers.${kind} a certificateArn or the environment a domain, or set dedicated: true`,
      );
    }
    const { path } = loadBalancer;
    if (!path.startsWith("/") || (path.match(/[*?]/g) ?? []).length > 5 || /[^A-Za-z0-9_\-.$/~"'@:+&*?]/.test(path)) {
      rules.report("FSD1411", `${balancer}.path`, `${JSON.stringify(path)} is not a path pattern`, "write it like /orders/*");
    }
  }
}
