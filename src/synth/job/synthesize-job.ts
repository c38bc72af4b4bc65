/**
 * A job's stack: its task, and what starts it. Plain schedules are EventBridge Scheduler's. A timeout, retries or
 * `concurrency: forbid`, which neither Scheduler nor ECS offers, put a Step Functions machine in between. What fails lands
 * in a queue (or as a failed execution), and an alarm says so.
 */
import type { ResolvedEnvironment, ResolvedJob } from "../../manifest/resolved.ts";
import { applyPatches } from "../patches.ts";
import { companions } from "../service/containers.ts";
import { clusterName, fromEnvironment, type ServiceContext, serviceContext } from "../service/context.ts";
import { dependencies } from "../service/dependencies.ts";
import { executionRole, taskRole } from "../service/roles.ts";
import { securityGroup } from "../service/security-group.ts";
import { logGroup, taskDefinition } from "../service/task-definition.ts";
import { join, ref, type Template, TemplateBuilder, type Value } from "../template.ts";
import { failureAlarm } from "./failures.ts";
import { schedules } from "./schedules.ts";
import type { JobStart } from "./start.ts";
import { machine } from "./state-machine.ts";

export function synthesizeJob(job: ResolvedJob, environment: ResolvedEnvironment): Template {
  const template = new TemplateBuilder(job.metadata.description ?? `Job ${job.name} in ${environment.name}`, environment.name);
  template.parameter("ImageUri", { Type: "String", Description: "The image to run, by digest." });
  const context = serviceContext(job.task, environment, template);
  logGroup(context);
  const execution = executionRole(context);
  const uses = dependencies(context);
  const beside = companions(context);
  const task = taskRole(context, [...uses.statements, ...beside.statements]);
  const group = securityGroup(context);
  taskDefinition(context, execution, task, uses.variables, beside);
  const start: JobStart = {
    job,
    context,
    network: network(context, group),
    passableRoles: [task, execution],
    clusterArn: clusterArn(context),
  };
  const managed = job.job.timeout !== undefined || job.job.retries > 0 || job.job.concurrency === "forbid";
  if (managed) machine(start);
  if (job.job.schedules.length > 0) schedules(start, managed);
  failureAlarm(start, managed);
  template.output("ClusterName", "The ECS cluster", clusterName(context));
  template.output("TaskDefinitionArn", "The live revision", ref("TaskDefinition"));
  if (template.has("LogGroup")) template.output("LogGroup", "Its log group", ref("LogGroup"));
  template.output("Subnets", "Where its tasks run", join(",", start.network.subnets));
  template.output("SecurityGroups", "What its tasks carry", join(",", [...start.network.securityGroups]));
  template.output("AssignPublicIp", "Whether its tasks have public addresses", start.network.publicAddress ? "ENABLED" : "DISABLED");
  template.output("TaskCount", "Tasks a run starts", String(job.job.count));
  if (template.has("ScheduleGroup")) template.output("ScheduleGroup", "Its schedules", ref("ScheduleGroup"));
  if (managed) template.output("StateMachineArn", "The machine that runs it", ref("Machine"));
  return applyPatches(template.build(), job.task.overrides);
}

function network(context: ServiceContext, group: Value): JobStart["network"] {
  const { networking } = context.service;
  const kind = networking.vpc ? "private" : "public";
  return {
    subnets: fromEnvironment(context, "Subnets", `subnets/${kind}`, "The subnets of the tasks.", "List<AWS::EC2::Subnet::Id>"),
    securityGroups: [group, ...networking.securityGroups],
    publicAddress: !networking.vpc,
  };
}

function clusterArn(context: ServiceContext): Value {
  return fromEnvironment(context, "ClusterArn", "cluster/arn", "The ECS cluster.");
}
