/** Private subnets that reach AWS through endpoints only: an image or a dependency that none of them leads to is out of reach. */
import type { ResolvedEnvironment, ResolvedService } from "../resolved.ts";
import { readable } from "../text.ts";
import { collectsTraces } from "./collector.ts";
import type { Rules } from "./rules.ts";

/** What a dependency needs beyond the endpoints that there always are. */
const needed: ReadonlyMap<string, string> = new Map([
  ["aws_sqs_queue", "sqs"],
  ["aws_sns_topic", "sns"],
]);

export function checkWayOut({ service, dependencies }: ResolvedService, environment: ResolvedEnvironment, rules: Rules): void {
  const { vpc, name, region, local } = environment;
  if ("id" in vpc || vpc.nat !== "endpoints" || local || !service.networking.vpc) return;
  const report = (path: string, what: string, hint: string): void => {
    if (rules.sound(path)) rules.report("FSD1808", path, `${what}, and ${name} has no way to the internet (nat: endpoints)`, hint);
  };
  const images: [path: string, image: string | undefined][] = [
    ["service.image", service.image],
    ...service.sidecars.map(({ image }, index): [string, string] => [`service.sidecars[${index}].image`, image]),
  ];
  for (const [path, image] of images) {
    if (image === undefined) continue;
    const [registry = ""] = readable(image).split("/");
    const place = /^[^.]+\.dkr\.ecr\.(.+?)\.(?:amazonaws\.com|\$\{)/.exec(registry)?.[1];
    if (place !== undefined && (place.startsWith("$") || region === undefined || place === region)) continue;
    report(
      path,
      `the image comes from ${place === undefined ? (registry.includes(".") ? registry : "Docker Hub") : `ECR in ${place}`}`,
      "push it to ECR of the environment's region",
    );
  }
  const { metrics, traces } = service.observability;
  for (const [path, collects] of [
    ["service.observability.metrics", metrics.enabled],
    ["service.observability.traces", collectsTraces(traces)],
  ] as const) {
    if (collects)
      report(
        path,
        "the collector's image comes from public.ecr.aws",
        "use another environment, or let the program send its traces to an otlpEndpoint of your own",
      );
  }
  dependencies.forEach(({ type }, index) => {
    const endpoint = needed.get(type);
    if (endpoint === undefined || vpc.endpoints.includes(endpoint)) return;
    report(`dependencies[${index}].type`, `${type} is reached at ${endpoint}`, `add vpc.endpoints: [${endpoint}] to the environment`);
  });
}
