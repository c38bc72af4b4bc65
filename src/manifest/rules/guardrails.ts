/** The organisation's guardrails: a broken one is an error that tells the rule's reason and where the rule stands. */
import type { Place } from "../diagnostic.ts";
import type { ResolvedEnvironment, ResolvedService } from "../resolved.ts";
import type { Guardrail } from "../schema/defaults.ts";
import type { Rules } from "./rules.ts";

export interface PlacedGuardrail {
  readonly rule: Guardrail;
  readonly place: Place;
}

export function checkGuardrails(
  guardrails: readonly PlacedGuardrail[],
  service: ResolvedService,
  environment: ResolvedEnvironment,
  rules: Rules,
): void {
  for (const { rule, place } of guardrails) {
    if (!(rule.environments?.includes(environment.name) ?? !environment.local)) continue;
    for (const [paths, what] of broken(rule, service, environment)) {
      if (!rules.sound(...paths)) continue;
      rules.report("FSD1706", paths, `${what}: ${rule.reason}`, `the guardrail ${rule.name} stands at ${place.file}:${place.line}`);
    }
  }
}

type Broken = readonly [paths: readonly string[], what: string];

function broken(rule: Guardrail, { service, metadata }: ResolvedService, environment: ResolvedEnvironment): readonly Broken[] {
  const { cpu, memory, minCapacity, maxCapacity } = service.resources;
  const { loadBalancer, vpc } = service.networking;
  const { logs } = service.observability;
  const at = "service.resources";
  const found: Broken[] = [];
  const when = (condition: boolean, paths: readonly string[], what: string): void => {
    if (condition) found.push([[...paths, "metadata.name"], what]);
  };
  when(cpu > (rule.maximumCpu ?? cpu), [`${at}.cpu`, `${at}.size`], `cpu ${cpu} is above ${rule.maximumCpu}`);
  when(memory > (rule.maximumMemory ?? memory), [`${at}.memory`, `${at}.size`], `memory ${memory} is above ${rule.maximumMemory}`);
  when(
    maxCapacity > (rule.maximumTasks ?? maxCapacity),
    [`${at}.maxCapacity`, `${at}.desiredCount`],
    `${maxCapacity} tasks are above ${rule.maximumTasks}`,
  );
  when(
    service.port !== undefined && minCapacity < (rule.minimumTasks ?? 0),
    [`${at}.minCapacity`, `${at}.desiredCount`],
    `${minCapacity} tasks are below ${rule.minimumTasks}`,
  );
  when(
    logs.enabled && logs.retention < (rule.minimumRetention ?? 0),
    ["service.observability.logs.retention"],
    `logs are kept for ${logs.retention} days, not ${rule.minimumRetention}`,
  );
  const missing = (rule.requiredTags ?? []).filter((tag) => metadata.tags[tag] === undefined);
  when(missing.length > 0, ["metadata.tags"], `the tags ${missing.join(", ")} are missing`);
  const { region } = environment;
  when(
    rule.regions !== undefined && region !== undefined && !rule.regions.includes(region),
    [],
    `${environment.name} is in ${region}, not in ${rule.regions?.join(" or ")}`,
  );
  const secure =
    environment.domain !== undefined ||
    environment.loadBalancers.public?.certificateArn !== undefined ||
    loadBalancer?.certificateArn !== undefined;
  when(
    rule.publicLoadBalancerNeedsCertificate === true && loadBalancer?.internal === false && !secure,
    ["service.networking.loadBalancer.internal"],
    "a public load balancer without certificate",
  );
  when(rule.noPublicAddresses === true && !vpc, ["service.networking.vpc"], "tasks with public addresses");
  return found;
}
