/** A resolved job as a rehearsal takes it, read from the template that would be deployed: patches of the manifest and all. */

import type { StateMachineDefinition } from "../engine/state-machine/definition.ts";
import { readDefinition } from "../engine/state-machine/read-definition.ts";
import { isObject, type Json, type JsonObject } from "../kit/json.ts";
import type { ResolvedEnvironment, ResolvedJob } from "../manifest/resolved.ts";
import { failure } from "../model/failures.ts";
import type { JobModel, JobSchedule } from "../simulator/job/job-model.ts";
import { playedResources, strategyOf } from "../simulator/job/run-parameters.ts";
import { synthesizeStack } from "../synth/synthesize-stack.ts";

export function jobModel(job: ResolvedJob, environment: ResolvedEnvironment): JobModel {
  const resources = Object.values(synthesizeStack(job, environment).Resources);
  const of = (type: string): JsonObject[] =>
    resources
      .filter(({ Type }) => Type === type)
      .map(({ Properties }) => resolved(JSON.parse(JSON.stringify(Properties ?? {}))) as JsonObject);
  const [machine] = of("AWS::StepFunctions::StateMachine");
  const schedules = of("AWS::Scheduler::Schedule");
  const { timeout, retries, concurrency, count } = job.job;
  const { resources: size, stopTimeout } = job.task.service;
  return {
    name: job.name,
    cpu: size.cpu,
    memory: size.memory,
    stopTimeoutMs: stopTimeout * 1000,
    schedules: schedules.map(scheduleOf),
    run: plainRun(schedules[0], count),
    ...(machine === undefined ? {} : { machine: definitionOf(job.name, machine) }),
    promise: { retries, concurrency, ...(timeout === undefined ? {} : { timeoutMs: timeout * 1000 }) },
  };
}

function scheduleOf({ Description, ScheduleExpression, ScheduleExpressionTimezone, State, Target }: JsonObject): JobSchedule {
  const target = isObject(Target) ? Target : {};
  const { Input, RetryPolicy = {} } = target;
  return {
    // As synthesis describes it: `report in prod: nightly`.
    name:
      String(Description ?? "")
        .split(": ")
        .at(-1) ?? "",
    expression: String(ScheduleExpression ?? ""),
    timezone: String(ScheduleExpressionTimezone ?? "UTC"),
    state: State === "DISABLED" ? "DISABLED" : "ENABLED",
    retryPolicy: isObject(RetryPolicy) ? RetryPolicy : {},
    input: typeof Input === "string" ? (JSON.parse(Input) as Json) : {},
  };
}

function plainRun(schedule: JsonObject | undefined, count: number): JobModel["run"] {
  const target = schedule?.Target;
  const parameters = isObject(target) && isObject(target.EcsParameters) ? target.EcsParameters : {};
  const { TaskCount, CapacityProviderStrategy = [] } = parameters;
  return { count: typeof TaskCount === "number" ? TaskCount : count, strategy: strategyOf(CapacityProviderStrategy) };
}

function definitionOf(name: string, { Definition, DefinitionString }: JsonObject): StateMachineDefinition {
  const text = typeof DefinitionString === "string" ? DefinitionString : JSON.stringify(Definition ?? {});
  const read = readDefinition(text, (resource) => playedResources.some((each) => resource.endsWith(`:states:::${each}`)));
  if ("definition" in read) return read.definition;
  throw failure(
    "FSD5002",
    `the machine of ${name} cannot be played: ${read.problems.map(({ message, location }) => `${location}: ${message}`).join("; ")}`,
    {
      hint: `a rehearsal plays machines of ${playedResources.join(", ")}`,
    },
  );
}

/** A template's value with what only CloudFormation knows by its name: `{Ref: X}` → `X`, `arn:${AWS::Partition}:…` → `arn:aws:…`. */
function resolved(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(resolved);
  if (!isObject(value)) return value;
  const [[key, inner] = ["", null], ...more] = Object.entries(value);
  if (more.length === 0 && key === "Ref") return String(inner);
  if (more.length === 0 && key === "Fn::Sub" && typeof inner === "string")
    return inner.replaceAll("${AWS::Partition}", "aws").replaceAll(/\$\{(.*?)\}/g, "$1");
  if (more.length === 0 && key.startsWith("Fn::")) return JSON.stringify(inner);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, resolved(each)]));
}
