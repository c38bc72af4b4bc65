/** A job as its stack's contract (tags and outputs) shows it: all that the verbs on a deployed job need. */
import { lastPart } from "../../model/arn.ts";
import { failure } from "../../model/failures.ts";
import type { StackView } from "../stack/stack.ts";

/** Stack tag by which a job's stack is told from a service's, also where its first creation failed. */
export const kindTag = { "fsd:kind": "job" } as const;

/** Whether the stack was deployed as a job, by its tag. */
export function isJob({ tags }: StackView): boolean {
  return tags["fsd:kind"] === kindTag["fsd:kind"];
}

export interface DeployedJob {
  readonly name: string;
  readonly cluster: string;
  /** ARN. */
  readonly taskDefinition: string;
  /** Tasks a run starts. */
  readonly count: number;
  readonly network: {
    readonly subnets: string[];
    readonly securityGroups: string[];
    readonly assignPublicIp: "ENABLED" | "DISABLED";
  };
  /** ARN; absent for a job without timeout, retries and `concurrency: forbid`. */
  readonly machine: string | undefined;
  readonly scheduleGroup: string | undefined;
  readonly logGroup: string | undefined;
}

/** Throws when the stack has no job (any more), or none yet. */
export function deployedJob(stack: StackView): DeployedJob {
  const { tags, outputs } = stack;
  const name = tags["fsd:service"] ?? "";
  const env = tags["fsd:environment"] ?? "";
  if (!isJob(stack)) {
    throw failure("FSD5002", `${name} is a service, not a job`, { hint: `its tasks run all the time: fsd status ${name} --env ${env}` });
  }
  const { ClusterName, TaskDefinitionArn, Subnets, SecurityGroups, AssignPublicIp, TaskCount } = outputs;
  if (ClusterName === undefined || TaskDefinitionArn === undefined || Subnets === undefined || SecurityGroups === undefined) {
    throw failure("FSD8001", `the stack of ${name} is ${stack.status} and holds no job`, {
      hint: `fsd deploy --env ${env} --service ${name}`,
    });
  }
  return {
    name,
    cluster: ClusterName,
    taskDefinition: TaskDefinitionArn,
    count: Number(TaskCount ?? 1),
    network: {
      subnets: Subnets.split(","),
      securityGroups: SecurityGroups.split(","),
      assignPublicIp: AssignPublicIp === "ENABLED" ? "ENABLED" : "DISABLED",
    },
    machine: outputs.StateMachineArn,
    scheduleGroup: outputs.ScheduleGroup,
    logGroup: outputs.LogGroup,
  };
}

/** The family of a task definition: `arn:…:task-definition/fsd-prod-etl:3` → `fsd-prod-etl`. */
export function familyOf(taskDefinitionArn: string): string {
  return lastPart(taskDefinitionArn).replace(/:\d+$/, "");
}
