/** Where the service answers: outputs that people click on, and values that other services' stacks read. */
import type { LoadBalancing } from "../../manifest/resolved.ts";
import { localListenerPort, pathPatterns } from "../../manifest/routing.ts";
import { serviceValue } from "../names.ts";
import { sorted, tagMap } from "../tags.ts";
import { getAtt, pascal, ref, sub, type Value } from "../template.ts";
import { balancerKind, fromLoadBalancer, type ServiceContext } from "./context.ts";
import { registryRecord } from "./registry-record.ts";

export function addresses(context: ServiceContext): void {
  const { name, environment, service, template, tags } = context;
  const values: Record<string, Value> = { "security-group": getAtt("SecurityGroup", "GroupId") };
  const { loadBalancer } = service.networking;
  if (loadBalancer !== undefined && service.healthCheck !== undefined) {
    template.output("TargetGroupArn", "Its target group", ref("TargetGroup"));
    const { scheme, port, host } = addressOf(context, loadBalancer);
    const prefix = loadBalancer.path.replace(/\/?\*.*$/, "");
    const address = (name: Value, path: string): Value =>
      joined([`${scheme}://`, name, usualPort(scheme, port) ? path : `:${port}${path}`]);
    // People ask from this machine, tasks from their own network, where 127.0.0.1 is themselves.
    const shown: Value = environment.local ? "127.0.0.1" : host;
    template.output("Url", "Where it answers", address(shown, prefix));
    const health = healthPath(loadBalancer, service.healthCheck.path, environment.local);
    if (health !== undefined) template.output("HealthUrl", "Where it says whether it is well", address(shown, health));
    template.output("DocsUrl", "Where its documentation would be", address(shown, `${prefix}/docs`));
    Object.assign(values, { url: address(host, prefix), host, port: String(port) });
  }
  registryRecord(context, values.url);
  for (const [key, value] of sorted(values)) {
    template.resource(`Value${pascal(key)}`, {
      Type: "AWS::SSM::Parameter",
      Properties: { Name: serviceValue(environment.name, name, key), Type: "String", Value: value, Tags: tagMap(tags) },
    });
  }
}

/**
 * Where the health check's path is from outside; undefined when the load balancer leads no request there, as with a
 * service below `/orders/*` whose tasks are asked for `/health`.
 */
function healthPath({ path, stripPrefix }: LoadBalancing, health: string, local: boolean): string | undefined {
  // On `local` a listener of the service's own takes every path.
  if (local) return health;
  const prefix = path.replace(/\/?\*.*$/, "");
  if (stripPrefix && prefix !== "") return `${prefix}${health}`;
  const [asked = ""] = health.split("?");
  return pathPatterns(path).some((pattern) => matches(pattern, asked)) ? health : undefined;
}

/** A path pattern of a load balancer: `*` is any text, `?` any character. */
function matches(pattern: string, path: string): boolean {
  const expression = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return pattern === "/" || new RegExp(`^${expression}$`, "s").test(path);
}

function addressOf(
  context: ServiceContext,
  { certificateArn, host }: LoadBalancing,
): { scheme: "http" | "https"; port: number; host: Value } {
  const { name, environment, template } = context;
  if (environment.local) return { scheme: "http", port: localListenerPort(name), host: "host.fsd.internal" };
  // A certificate beside that of a load balancer without one cannot be presented: the manifest's checks say so.
  const secure =
    certificateArn !== undefined ||
    environment.domain !== undefined ||
    environment.loadBalancers[balancerKind(context)]?.certificateArn !== undefined;
  const place = { scheme: secure ? "https" : "http", port: secure ? 443 : 80 } as const;
  if (host !== undefined && !/[*?]/.test(host)) return { ...place, host: template.text(host) };
  return { ...place, host: fromLoadBalancer(context, "dns-name") };
}

function usualPort(scheme: "http" | "https", port: number): boolean {
  return port === (scheme === "https" ? 443 : 80);
}

/** Texts and parameters as one text. */
function joined(parts: readonly Value[]): Value {
  const text = parts
    .map((part) => {
      if (typeof part === "string") return part;
      const { "Fn::Sub": text, "Fn::GetAtt": attribute, Ref } = part as { "Fn::Sub"?: string; "Fn::GetAtt"?: string[]; Ref?: string };
      return text ?? `\${${Ref ?? attribute?.join(".")}}`;
    })
    .join("");
  return sub(text);
}
