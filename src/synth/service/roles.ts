/**
 * The two roles of a task. The execution role is ECS's: it pulls exactly this image, writes to exactly this log group
 * and reads exactly these secrets. The task role is the program's.
 */
import type { Secret } from "../../manifest/resolved.ts";
import { lookupParameter } from "../lookups.ts";
import { getAtt, sub, type Value } from "../template.ts";
import type { ServiceContext } from "./context.ts";
import { addRole } from "./role.ts";

export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Action: readonly string[];
  readonly Resource: Value;
  readonly Condition?: { readonly [key: string]: Value };
}

const statement = ({ Condition, ...rest }: Statement): Value => ({ ...rest, ...(Condition === undefined ? {} : { Condition }) });

/** The role with which ECS moves traffic between target groups; its policy is AWS's own. */
export function infrastructureRole(context: ServiceContext): void {
  const managed = sub("arn:${AWS::Partition}:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers");
  role("InfrastructureRole", "How ECS moves traffic", [], [managed], context, trustingEcs);
}

/** The role with which ECS asks the functions that guard a deployment. */
export function hookRole(functions: readonly Value[], context: ServiceContext): void {
  const invoke: Statement = { Sid: "AskHooks", Effect: "Allow", Action: ["lambda:InvokeFunction"], Resource: functions };
  role("HookRole", "How ECS asks hooks", [invoke], [], context, trustingEcs);
}

/** ECS itself, as the guides to its infrastructure role and to its hooks have it: it names no source that a condition could ask for. */
const trustingEcs: Value = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ecs.amazonaws.com" }, Action: "sts:AssumeRole" }],
};

/** Who may become a role of tasks: ECS, for tasks of this account only (the confused-deputy guard of the ECS guide). */
const trustingTasks: Value = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Service: "ecs-tasks.amazonaws.com" },
      Action: "sts:AssumeRole",
      Condition: {
        StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } },
        ArnLike: { "aws:SourceArn": sub("arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:*") },
      },
    },
  ],
};

export function executionRole(context: ServiceContext): Value {
  const given = givenRole("executionRoleArn", context);
  if (given !== undefined) return given;
  const { service } = context;
  const statements: Statement[] = [];
  const repositories = ecrRepositories(context);
  if (repositories.length > 0) {
    // GetAuthorizationToken takes no resource (service authorization reference of ECR).
    statements.push({ Sid: "LogInToRegistry", Effect: "Allow", Action: ["ecr:GetAuthorizationToken"], Resource: "*" });
    statements.push({
      Sid: "PullImage",
      Effect: "Allow",
      Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      Resource: repositories.length === 1 ? (repositories[0] as Value) : repositories,
    });
  }
  if (service.observability.logs.enabled) {
    statements.push({
      Sid: "WriteLogs",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: getAtt("LogGroup", "Arn"),
    });
  }
  statements.push(...secretStatements(context));
  return role("ExecutionRole", "What ECS does for the task", statements, [], context);
}

export function taskRole(context: ServiceContext, statements: readonly Statement[]): Value {
  const given = givenRole("taskRoleArn", context);
  if (given !== undefined) return given;
  const { service, template } = context;
  const { iam } = context.definition;
  const own = iam.policyStatements.map(
    ({ sid, effect, actions, resources, conditions }, index): Statement => ({
      Sid: sid ?? `Statement${index + 1}`,
      Effect: effect,
      Action: actions,
      Resource: resources.map((resource) => template.text(resource)),
      ...(Object.keys(conditions).length === 0 ? {} : { Condition: conditions as { [key: string]: Value } }),
    }),
  );
  const exec: Statement[] = service.exec
    ? [
        {
          // The session channels of ECS Exec have no resource to name (service authorization reference of ssmmessages).
          Sid: "OpenExecSession",
          Effect: "Allow",
          Action: [
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
          ],
          Resource: "*",
        },
      ]
    : [];
  return role(
    "TaskRole",
    "What the program may do",
    [...exec, ...statements, ...own],
    iam.managedPolicies.map((arn) => template.text(arn)),
    context,
  );
}

/** The role that the manifest names. No role of AWS's is on this machine, so that on `local` one that is made stands in (FSD1814). */
function givenRole(role: "executionRoleArn" | "taskRoleArn", { definition, environment, template }: ServiceContext): Value | undefined {
  const arn = definition.iam[role];
  return arn === undefined || environment.local ? undefined : template.text(arn);
}

function role(
  name: string,
  description: string,
  statements: readonly Statement[],
  managed: readonly Value[],
  context: ServiceContext,
  trust = trustingTasks,
): Value {
  return addRole({ name, description, trust, policyName: "task", statements: statements.map(statement), managed }, context);
}

/** The ARNs of the repositories in ECR that the task's images come from: its own and its sidecars'. */
function ecrRepositories({ name, service, environment, template }: ServiceContext): readonly Value[] {
  const { registry } = environment.images;
  const own = (repository: string, account = "${AWS::AccountId}", region = "${AWS::Region}"): Value =>
    sub(`arn:\${AWS::Partition}:ecr:${region}:${account}:repository/${repository}`);
  const found = [service.image, ...service.sidecars.map(({ image }) => image)].map((image, index): Value | undefined => {
    if (image === undefined) return index === 0 ? own(name, registry?.account, registry?.region) : undefined;
    const text = template.text(image.replace(/[:@][^/]*$/, ""));
    const reference = typeof text === "string" ? text : ((text as { "Fn::Sub"?: string })["Fn::Sub"] ?? "");
    const match =
      /^(\d{12}|\$\{(?:AWS::Account|ACCOUNT)(?:Id)?\})\.dkr\.ecr\.([a-z0-9-]+|\$\{(?:AWS::Region|REGION)\})\.(?:amazonaws\.com(?:\.cn)?|\$\{AWS::URLSuffix\})\/(.+)$/.exec(
        reference,
      );
    if (match === null) return undefined;
    const [, account, region, repository] = match as unknown as [string, string, string, string];
    if (repository.includes("${")) return undefined;
    const plain = (part: string): string | undefined => (part.startsWith("$") ? undefined : part);
    return own(repository, plain(account), plain(region));
  });
  return [...new Map(found.flatMap((arn) => (arn === undefined ? [] : [[JSON.stringify(arn), arn] as const]))).values()];
}

/** The value of a container's `Secrets.ValueFrom`. */
export function secretValueFrom({ source }: Secret, context: ServiceContext): Value {
  const { template } = context;
  switch (source.kind) {
    case "secret-arn":
      return template.text(`${source.arn}${source.suffix}`);
    case "secret-name": {
      const parameter = lookupParameter(source.secret, template);
      return source.suffix === "" ? { Ref: parameter } : sub(`\${${parameter}}${source.suffix}`);
    }
    case "parameter-arn":
      return template.text(source.arn);
    case "parameter-name":
      return parameterArn(source.parameter);
  }
}

function parameterArn(name: string): Value {
  return sub(`arn:\${AWS::Partition}:ssm:\${AWS::Region}:\${AWS::AccountId}:parameter/${name.replace(/^\//, "")}`);
}

function secretStatements(context: ServiceContext): Statement[] {
  const { service, template } = context;
  const secrets = new Map<string, Value>();
  const parameters = new Map<string, Value>();
  for (const { source } of service.secrets) {
    if (source.kind === "secret-arn") secrets.set(source.arn, template.text(source.arn));
    else if (source.kind === "secret-name") secrets.set(source.secret, { Ref: lookupParameter(source.secret, template) });
    else if (source.kind === "parameter-arn") parameters.set(source.arn, template.text(source.arn));
    else parameters.set(source.parameter, parameterArn(source.parameter));
  }
  return [
    ...(secrets.size === 0
      ? []
      : [{ Sid: "ReadSecrets", Effect: "Allow" as const, Action: ["secretsmanager:GetSecretValue"], Resource: [...secrets.values()] }]),
    ...(parameters.size === 0
      ? []
      : [{ Sid: "ReadParameters", Effect: "Allow" as const, Action: ["ssm:GetParameters"], Resource: [...parameters.values()] }]),
  ];
}
