/** What starts a job: who may run its tasks, with which roles, where. */
import type { ResolvedJob } from "../../manifest/resolved.ts";
import type { ServiceContext } from "../service/context.ts";
import { addRole } from "../service/role.ts";
import type { Value } from "../template.ts";

/** What whoever starts the job needs to know. */
export interface JobStart {
  readonly job: ResolvedJob;
  readonly context: ServiceContext;
  /** `awsvpcConfiguration`, with the keys of the API (lower case first). */
  readonly network: { readonly subnets: Value; readonly securityGroups: readonly Value[]; readonly publicAddress: boolean };
  readonly passableRoles: readonly Value[];
  readonly clusterArn: Value;
}

/** May run this family's tasks in this cluster, and hand them their roles; nothing else. */
export function runTaskStatements({ context, passableRoles, clusterArn: cluster }: JobStart): readonly Value[] {
  const family = `fsd-${context.environment.name}-${context.name}`;
  return [
    {
      Sid: "RunTask",
      Effect: "Allow",
      Action: ["ecs:RunTask"],
      Resource: { "Fn::Sub": `arn:\${AWS::Partition}:ecs:\${AWS::Region}:\${AWS::AccountId}:task-definition/${family}:*` },
      Condition: { ArnEquals: { "ecs:cluster": cluster } },
    },
    {
      Sid: "PassRoles",
      Effect: "Allow",
      Action: ["iam:PassRole"],
      Resource: passableRoles,
      Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
    },
    // RunTask with tags needs TagResource on the tasks that it creates.
    {
      Sid: "TagTasks",
      Effect: "Allow",
      Action: ["ecs:TagResource"],
      Resource: { "Fn::Sub": "arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:task/${ClusterName}/*" },
      Condition: { StringEquals: { "ecs:CreateAction": "RunTask" } },
    },
  ];
}

/** A role that one AWS service takes on for this stack. */
export function serviceRole(
  name: string,
  description: string,
  service: string,
  statements: readonly Value[],
  { context }: JobStart,
  condition: Value,
): void {
  const Statement = [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole", Condition: condition }];
  addRole({ name, description, trust: { Version: "2012-10-17", Statement }, policyName: "start", statements }, context);
}
