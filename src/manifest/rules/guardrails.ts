/** The organisation's guardrails: a broken one is an error that tells the rule's reason and where the rule stands. */

import { taskOf } from "../deployable.ts";
import type { Place } from "../diagnostic.ts";
import type { ResolvedEnvironment, ResolvedJob, ResolvedService } from "../resolved.ts";
import type { Guardrail } from "../schema/defaults.ts";
import type { Rules } from "./rules.ts";

export interface PlacedGuardrail {
  readonly rule: Guardrail;
  readonly place: Place;
}

export function checkGuardrails(
  guardrails: readonly PlacedGuardrail[],
  document: ResolvedService | ResolvedJob,
  environment: ResolvedEnvironment,
  rules: Rules,
): void {
  check(guardrails, environment, rules, (rule) => [
    ...broken(rule, taskOf(document), environment),
    ...(document.kind === "Job" ? brokenByRuns(rule, document) : []),
  ]);
}

/** An environment's own document, before any service is there to break a rule in it. */
export function checkEnvironmentGuardrails(guardrails: readonly PlacedGuardrail[], environment: ResolvedEnvironment, rules: Rules): void {
  check(guardrails, environment, rules, (rule) => brokenByEnvironment(rule, environment));
}

function check(
  guardrails: readonly PlacedGuardrail[],
  environment: ResolvedEnvironment,
  rules: Rules,
  brokenOnes: (rule: Guardrail) => readonly Broken[],
): void {
  for (const { rule, place } of guardrails) {
    if (!(rule.environments?.includes(environment.name) ?? !environment.local)) continue;
    for (const [paths, what] of brokenOnes(rule)) {
      if (!rules.sound(...paths)) continue;
      rules.report("FSD1706", paths, `${what}: ${rule.reason}`, `the guardrail ${rule.name} stands at ${place.file}:${place.line}`);
    }
  }
}

type Broken = readonly [paths: readonly string[], what: string];

function brokenByEnvironment(rule: Guardrail, { name, region, domain, loadBalancers }: ResolvedEnvironment): readonly Broken[] {
  const found: Broken[] = [];
  if (rule.regions !== undefined && region !== undefined && !rule.regions.includes(region))
    found.push([["environment.region"], `${name} is in ${region}, not in ${rule.regions.join(" or ")}`]);
  const { public: open } = loadBalancers;
  if (rule.publicLoadBalancerNeedsCertificate === true && open !== undefined && open.certificateArn === undefined && domain === undefined)
    found.push([["environment.loadBalancers.public"], "a public load balancer without certificate"]);
  return found;
}

/** What a job's schedules and runs ask for beyond its task. */
function brokenByRuns(rule: Guardrail, { job }: ResolvedJob): readonly Broken[] {
  const found: Broken[] = [];
  job.schedules.forEach(({ name, cpu = 0, memory = 0 }, index) => {
    const path = `job.schedules[${index}]`;
    if (cpu > (rule.maximumCpu ?? cpu)) found.push([[`${path}.cpu`], `cpu ${cpu} of the schedule ${name} is above ${rule.maximumCpu}`]);
    if (memory > (rule.maximumMemory ?? memory))
      found.push([[`${path}.memory`], `memory ${memory} of the schedule ${name} is above ${rule.maximumMemory}`]);
  });
  if (job.count > (rule.maximumTasks ?? job.count)) found.push([["job.count"], `${job.count} tasks are above ${rule.maximumTasks}`]);
  return found;
}

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
  service.autoScaling?.schedule.forEach((change, index) => {
    const path = `service.autoScaling.schedule[${index}]`;
    for (const bound of ["minCapacity", "maxCapacity"] as const) {
      const tasks = change[bound];
      if (tasks === undefined) continue;
      const told = `${tasks} tasks by the schedule ${change.name}`;
      when(tasks > (rule.maximumTasks ?? tasks), [`${path}.${bound}`], `${told} are above ${rule.maximumTasks}`);
      when(service.port !== undefined && tasks < (rule.minimumTasks ?? 0), [`${path}.${bound}`], `${told} are below ${rule.minimumTasks}`);
    }
  });
  when(!logs.enabled && rule.minimumRetention !== undefined, ["service.observability.logs.enabled"], "logs are not kept at all");
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
