/** A Job with everything that was left out. Its task is resolved as that of a service without a port, so both follow the same rules. */
import { fargateSizes, memoryHint } from "./fargate-sizes.ts";
import { resolveService } from "./resolve-service.ts";
import type { JobSchedule, ResolvedEnvironment, ResolvedJob } from "./resolved.ts";
import type { Rules } from "./rules/rules.ts";
import { checkScheduleExpression } from "./rules/schedules.ts";
import { checkService } from "./rules/service-rules.ts";
import type { JobValue } from "./schema/job.ts";
import type { ServiceValue } from "./schema/service.ts";
import type { MapNode } from "./tree.ts";

type Body = NonNullable<JobValue["job"]>;

export function resolveJob(document: JobValue, tree: MapNode, environment: ResolvedEnvironment): ResolvedJob {
  const { metadata, dependencies, iam, overrides, job = {} } = document;
  const { image, build, command, resources, environment: variables, secrets, networking, logs, stopTimeout } = job;
  const service = defined({
    image,
    build,
    command,
    resources,
    environment: variables,
    secrets,
    networking,
    stopTimeout,
    observability: { ...(logs === undefined ? {} : { logs }), alarms: {} },
  });
  const value = defined({
    apiVersion: document.apiVersion,
    kind: "Service",
    metadata,
    service,
    dependencies,
    iam,
    overrides,
  }) as ServiceValue;
  const task = resolveService(value, tree, environment);
  return {
    kind: "Job",
    name: metadata.name,
    env: environment.name,
    file: tree.at.file,
    metadata: task.metadata,
    task,
    job: {
      schedules: resolveSchedules(job),
      ...(job.timeout === undefined ? {} : { timeout: job.timeout }),
      retries: job.retries ?? 0,
      concurrency: job.concurrency ?? "allow",
      count: job.count ?? 1,
    },
  };
}

function resolveSchedules({ schedule, schedules }: Body): readonly JobSchedule[] {
  const given = schedules ?? (schedule === undefined ? [] : [{ name: "schedule", ...schedule }]);
  return given.map(({ cron, rate, at, timezone, enabled, environment, ...rest }) => ({
    ...rest,
    expression: cron !== undefined ? `cron(${cron})` : rate !== undefined ? `rate(${rate})` : `at(${at ?? ""})`,
    timezone: timezone ?? "UTC",
    enabled: enabled ?? true,
    environment: environment ?? {},
  }));
}

export function checkJob(job: ResolvedJob, tree: MapNode, environment: ResolvedEnvironment, rules: Rules): void {
  checkService(job.task, tree, environment, rules);
  const several = rules.given("job.schedules");
  job.job.schedules.forEach((schedule, index) => {
    const path = several ? `job.schedules[${index}]` : "job.schedule";
    checkScheduleExpression(path, schedule, rules);
    const cpu = schedule.cpu ?? job.task.service.resources.cpu;
    const memory = schedule.memory ?? job.task.service.resources.memory;
    if (
      (schedule.cpu ?? schedule.memory) !== undefined &&
      rules.sound(path, "job.resources") &&
      fargateSizes.get(cpu)?.includes(memory) === false
    )
      rules.report(
        "FSD1203",
        [`${path}.memory`, `${path}.cpu`],
        `memory ${memory} is not a Fargate size for cpu ${cpu}`,
        `use ${memoryHint(cpu)}`,
      );
  });
  const { schedules, concurrency, count } = job.job;
  if (new Set(schedules.map(({ name }) => name)).size < schedules.length)
    rules.report("FSD1606", "job.schedules", "two schedules have one name", "rename one of them");
  if (concurrency === "forbid" && count > 1)
    rules.report("FSD1111", "job.count", "with concurrency: forbid a run is one task", "remove count, or allow concurrency");
}

function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as T;
}
