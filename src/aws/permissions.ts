/**
 * What IAM must permit whoever runs `fsd`: for each operation that the tool's clients know, the action, on what, and which verbs ask
 * it. The types hold the table against the clients, so that an operation cannot come in without its permission. Resources and what
 * else an operation asks for as in the Service Authorization Reference.
 */
import type { Aws } from "./aws.ts";
import type { CloudWatch } from "./cloud-watch.ts";
import type { JobServices } from "./job-services.ts";
import type { Roles } from "./roles.ts";
import type { SecretStores } from "./secret-stores.ts";

/** A verb that calls AWS. `deploy` is what a pipeline needs. */
export type Caller = "deploy" | "run" | "status" | "logs" | "delete" | "promote" | "abort" | "unfreeze" | "approvals";

export interface Permission {
  /** `cloudformation:CreateChangeSet` */
  readonly action: string;
  /** ARNs with `REGION`, `ACCOUNT`, `ENV` and `CLUSTER` (`fsd-ENV` unless the document names another) to be filled in; `*` where IAM takes no narrower one. */
  readonly resources: readonly string[];
  readonly callers: readonly Caller[];
}

/** What an operation needs; null: nothing (STS), or it is called on this machine only. */
type Need = readonly [resources: readonly string[], ...callers: Caller[]] | null;
type Needs<Client> = { readonly [Operation in Exclude<keyof Client, "close">]: Need };

const arn = (service: string, rest: string): string => `arn:aws:${service}:REGION:ACCOUNT:${rest}`;
const stacks = [arn("cloudformation", "stack/fsd-ENV/*"), arn("cloudformation", "stack/fsd-ENV-*/*")];
const any = ["*"];
const repositories = [arn("ecr", "repository/*")];
const services = [arn("ecs", "service/CLUSTER/*")];
const serviceDeployments = [arn("ecs", "service-deployment/CLUSTER/*")];
const tasks = [arn("ecs", "task/CLUSTER/*")];
const logGroups = [arn("logs", "log-group:*")];
const executions = [arn("states", "execution:fsd-ENV-*")];
const machines = [arn("states", "stateMachine:fsd-ENV-*")];
const parameters = (...paths: readonly string[]): string[] => paths.map((path) => arn("ssm", `parameter/fsd/ENV/${path}`));

const cloudFormation: Needs<Aws["cloudFormation"]> = {
  createChangeSet: [stacks, "deploy"],
  describeChangeSet: [stacks, "deploy"],
  executeChangeSet: [stacks, "deploy"],
  getTemplate: [stacks, "deploy"],
  deleteChangeSet: [stacks, "deploy"],
  // Without a name it lists every stack, which IAM takes as a call on all of them.
  describeStacks: [any, "deploy", "run", "status", "logs", "delete", "promote", "abort", "unfreeze", "approvals"],
  describeStackEvents: [stacks, "deploy", "delete"],
  // `status` asks it of the platform only, for where a service is reached on this machine.
  describeStackResources: [stacks, "deploy"],
  deleteStack: [stacks, "deploy", "delete"],
  listChangeSets: [stacks, "deploy"],
  listStackResources: [stacks, "delete"],
  cancelUpdateStack: [stacks, "deploy"],
  continueUpdateRollback: [stacks, "deploy"],
  rollbackStack: [stacks, "deploy"],
  updateTerminationProtection: [stacks, "deploy", "delete"],
};

const ecs: Needs<Aws["ecs"]> = {
  continueServiceDeployment: [serviceDeployments, "promote"],
  describeServiceDeployments: [serviceDeployments, "deploy", "status", "promote", "abort"],
  describeServices: [services, "deploy", "status", "promote", "abort"],
  describeTaskDefinition: [any, "deploy", "run"],
  describeTasks: [tasks, "deploy", "run", "status", "delete", "promote"],
  listServiceDeployments: [services, "deploy", "status", "promote", "abort"],
  listTasks: [any, "deploy", "status", "delete", "promote"],
  runTask: [[arn("ecs", "task-definition/fsd-ENV-*:*")], "run"],
  stopServiceDeployment: [serviceDeployments, "abort"],
  stopTask: [tasks, "run", "delete"],
};

const elb: Needs<Aws["elb"]> = {
  describeRules: [any, "deploy"],
  describeTargetGroups: [any, "deploy", "promote"],
  describeTargetHealth: [any, "deploy", "status", "promote"],
  // The platform alone says by a tag where it is reached.
  describeTags: null,
  modifyLoadBalancerAttributes: [[arn("elasticloadbalancing", "loadbalancer/app/*")], "delete"],
};

const ecr: Needs<Aws["ecr"]> = {
  batchGetImage: [repositories, "deploy"],
  getDownloadUrlForLayer: [repositories, "deploy"],
  // What is live is tagged so in the registry (`env-live`), by putting its manifest again.
  putImage: [repositories, "deploy"],
  describeImages: [repositories, "deploy"],
  describeImageScanFindings: [repositories, "deploy"],
  // Elsewhere than on this machine images are built and pushed by whoever builds.
  batchCheckLayerAvailability: null,
  initiateLayerUpload: null,
  uploadLayerPart: null,
  completeLayerUpload: null,
  describeRepositories: null,
};

const logs: Needs<Aws["logs"]> = {
  filterLogEvents: [logGroups, "logs"],
  getLogEvents: [logGroups, "deploy", "run", "logs"],
  describeLogStreams: [logGroups, "logs"],
};

const sts: Needs<Aws["sts"]> = { getCallerIdentity: null };

const secretsManager: Needs<SecretStores["secretsManager"]> = {
  describeSecret: [[arn("secretsmanager", "secret:*")], "deploy"],
  createSecret: null,
  getSecretValue: null,
  putSecretValue: null,
};

const ssm: Needs<SecretStores["ssm"]> = {
  getParameter: [parameters("frozen/*", "approved/*", "services/*"), "deploy", "status", "unfreeze"],
  getParameterHistory: [parameters("approved", "approved/*"), "approvals"],
  getParametersByPath: [parameters("services", "approved"), "deploy", "approvals"],
  putParameter: [
    parameters("frozen/*", "unfrozen/*", "approved", "approved/*"),
    ...(["deploy", "delete", "promote", "abort", "unfreeze"] as const),
  ],
  deleteParameter: [parameters("frozen/*"), "delete", "unfreeze"],
};

const cloudWatch: Needs<CloudWatch> = { describeAlarms: [any, "deploy"], getMetricData: [any, "deploy", "promote"] };

const scheduler: Needs<JobServices["scheduler"]> = {
  getSchedule: [[arn("scheduler", "schedule/fsd-ENV-*/*")], "deploy", "status"],
  listSchedules: [any, "deploy", "status"],
};

const states: Needs<JobServices["sfn"]> = {
  describeExecution: [executions, "run"],
  getExecutionHistory: [executions, "run"],
  listExecutions: [machines, "status", "delete"],
  startExecution: [machines, "run"],
  stopExecution: [executions, "run", "delete"],
};

/** Only where ECS has said that it cannot assume a role, whose name is the manifest's choice. */
const iam: Needs<Roles> = { getRole: [["arn:aws:iam::ACCOUNT:role/*"], "deploy", "status"] };

const clients = {
  ...{ cloudformation: cloudFormation, ecs, elasticloadbalancing: elb, ecr, logs, sts, secretsmanager: secretsManager, ssm },
  ...{ cloudwatch: cloudWatch, scheduler, states, iam },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Need>>>>;

/** What AWS checks although no client of the tool's has an operation for it. */
const implied: readonly Permission[] = [
  // CreateChangeSet with tags; CloudFormation looks up parameters of the template's SSM types with the caller's permission.
  { action: "cloudformation:TagResource", resources: stacks, callers: ["deploy"] },
  { action: "ssm:GetParameters", resources: parameters("*"), callers: ["deploy"] },
  // RunTask passes the task's roles: those that fsd makes. One that a job names under `iam` has a name of its own.
  { action: "iam:PassRole", resources: ["arn:aws:iam::ACCOUNT:role/fsd-ENV-*"], callers: ["run"] },
];

/** Every permission, by action. */
export const permissions: readonly Permission[] = [
  ...Object.entries(clients).flatMap(([prefix, needs]) =>
    Object.entries<Need>(needs).flatMap(([operation, need]): Permission[] => {
      if (need === null) return [];
      const [resources, ...callers] = need;
      return [{ action: `${prefix}:${operation.charAt(0).toUpperCase()}${operation.slice(1)}`, resources, callers }];
    }),
  ),
  ...implied,
].sort((a, b) => (a.action < b.action ? -1 : 1));

/** An IAM policy for the callers: one statement for each set of resources. */
export function policyFor(callers: readonly Caller[]) {
  const byResources = new Map<string, Permission[]>();
  for (const permission of permissions.filter((one) => one.callers.some((caller) => callers.includes(caller)))) {
    const key = permission.resources.join(" ");
    byResources.set(key, [...(byResources.get(key) ?? []), permission]);
  }
  return {
    Version: "2012-10-17",
    Statement: [...byResources.values()].map((group) => ({
      Effect: "Allow",
      Action: group.map(({ action }) => action),
      Resource: group[0]?.resources ?? [],
    })),
  };
}
