/** What must fit together in an environment. */
import type { ResolvedEnvironment } from "../resolved.ts";
import type { MapNode } from "../tree.ts";
import type { Rules } from "./rules.ts";
import { checkArns } from "./security.ts";

const vpc = "environment.vpc";

export function checkEnvironment(environment: ResolvedEnvironment, tree: MapNode, rules: Rules): void {
  if (environment.local) {
    for (const name of ["account", "region"] as const) {
      const fixed = name === "account" ? "000000000000" : "us-east-1";
      if (rules.given(`environment.${name}`) && environment[name] !== fixed)
        rules.report(
          "FSD1805",
          `environment.${name}`,
          `the ${name} of local is ${fixed}; fsd local up --account chooses another account`,
          `remove ${name}`,
        );
    }
    if ("id" in environment.vpc) rules.report("FSD1805", `${vpc}.id`, "local makes its own network", "remove vpc.id");
  }
  if (rules.sound(vpc)) {
    if ("id" in environment.vpc) {
      const { publicSubnets, privateSubnets } = environment.vpc;
      if (!rules.given(`${vpc}.cidr`)) rules.report("FSD1112", `${vpc}.id`, "an existing network needs its range", "add cidr: 10.0.0.0/16");
      if (privateSubnets.length < 1)
        rules.report("FSD1112", `${vpc}.id`, "an existing network needs privateSubnets", "add privateSubnets: [subnet-…, subnet-…]");
      if (privateSubnets.length === 1 && environment.loadBalancers.internal !== undefined)
        rules.report(
          "FSD1112",
          [`${vpc}.privateSubnets`, `${vpc}.id`],
          "an internal load balancer needs two privateSubnets, in two zones",
          "add a second private subnet",
        );
      if (environment.loadBalancers.public !== undefined && publicSubnets.length < 2)
        rules.report("FSD1112", `${vpc}.id`, "a public load balancer needs two publicSubnets", "add publicSubnets: [subnet-…, subnet-…]");
    } else {
      const fault = cidrFault(environment.vpc.cidr);
      if (fault !== undefined)
        rules.report("FSD1802", [`${vpc}.cidr`, "environment"], `${environment.vpc.cidr} ${fault}`, "use a range like 10.0.0.0/16");
      if (environment.vpc.nat !== "endpoints" && environment.vpc.endpoints.length > 0)
        rules.report(
          "FSD1111",
          `${vpc}.endpoints`,
          `endpoints has no meaning for nat: ${environment.vpc.nat}`,
          "remove it, or set nat: endpoints",
        );
      if (environment.vpc.nat === "none")
        rules.report(
          "FSD1804",
          `${vpc}.nat`,
          "nat: none leaves private subnets without a way to pull images",
          "use single, per-az or endpoints",
        );
      if (rules.given(`${vpc}.publicSubnets`) || rules.given(`${vpc}.privateSubnets`))
        rules.report(
          "FSD1112",
          [`${vpc}.publicSubnets`, `${vpc}.privateSubnets`],
          "subnets are given without the network's id",
          "add id: vpc-…, or remove the subnets",
        );
    }
  }
  const secure = environment.loadBalancers.public;
  if (
    secure !== undefined &&
    secure.certificateArn === undefined &&
    environment.domain === undefined &&
    !environment.local &&
    rules.sound("environment.loadBalancers")
  ) {
    rules.report(
      "FSD1408",
      "environment.loadBalancers.public",
      "the public load balancer has no certificate, so it speaks plain HTTP",
      "add certificateArn, or a domain",
    );
  }
  if (environment.promoteFrom === environment.name)
    rules.report("FSD1704", "environment.promoteFrom", "an environment cannot be promoted from itself", "name another one");
  checkArns(tree, environment, rules);
}

function cidrFault(cidr: string): string | undefined {
  const [address = "", prefixText = ""] = cidr.split("/");
  const bytes = address.split(".").map(Number);
  const prefix = Number(prefixText);
  if (bytes.length !== 4 || bytes.some((byte) => !(byte >= 0 && byte <= 255))) return "is not a network range";
  if (!(prefix >= 16 && prefix <= 22)) return "is not between /16 and /22";
  const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  if (value % 2 ** (32 - prefix) !== 0) return "does not begin where a range of this size begins";
  const [first, second] = bytes as [number, number];
  if (
    !(
      first === 10 ||
      (first === 172 && second >= 16 && second < 32) ||
      (first === 192 && second === 168) ||
      (first === 100 && second >= 64 && second < 128)
    )
  )
    return "is not a private range";
  return undefined;
}
