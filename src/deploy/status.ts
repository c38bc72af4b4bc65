/** `status` as a function: what is deployed and what really runs, from the stack's contract (tags and outputs) and the API alone. */
import type { Aws } from "../aws/aws.ts";
import type { Parameters } from "../aws/parameters.ts";
import type { Roles } from "../aws/roles.ts";
import { didYouMean } from "../manifest/did-you-mean.ts";
import { failure } from "../model/failures.ts";
import type { Cause } from "./diagnosis/cause.ts";
import { type Freeze, findFreeze } from "./freeze.ts";
import { type KeptApproval, lastApproval } from "./protection/approval.ts";
import { type OngoingDeployment, ongoingDeployment } from "./service/service-deployment.ts";
import { serviceUrls } from "./service/service-url.ts";
import { type DeploymentView, liveDeployment, observeService, observeServiceTargets, revisionOf } from "./service/service-view.ts";
import { listTasks, privateIpOf, taskIdOf } from "./service/tasks.ts";
import { listStacks, type StackView } from "./stack/stack.ts";
import { whyNothingStarts } from "./why-nothing-starts.ts";

export interface ServiceStatus {
  readonly kind: "service";
  readonly service: string;
  readonly env: string;
  /** ECS's status of the service (`ACTIVE`), or the stack's where ECS has no such service. */
  readonly status: string;
  /** What that comes to. */
  readonly state: "steady" | "deploying" | "degraded" | "stopped" | "missing";
  readonly desired: number;
  readonly running: number;
  readonly pending: number;
  /** Running tasks that the load balancer finds healthy; for a worker, running tasks that are not unhealthy. */
  readonly healthy: number;
  readonly url: string | null;
  readonly healthUrl: string | null;
  readonly docsUrl: string | null;
  /** `family:3`: the revision that serves. */
  readonly liveRevision: string | null;
  readonly image: string | null;
  /** Why nothing is deployed until `fsd unfreeze`. */
  readonly frozen: Freeze | null;
  /** The last that was approved, where the environment is or was protected. */
  readonly approval: KeptApproval | null;
  readonly stack: StackStatus;
  /** Who deploys it, where that is not ECS: then fsd only shows it, and `deployments` are its task sets. */
  readonly controller?: "CODE_DEPLOY" | "EXTERNAL";
  readonly deployments: readonly DeploymentView[];
  /** The deployment that goes on, with its stage and where it waits for a person; null when none does. */
  readonly ongoing: OngoingDeployment | null;
  readonly tasks: readonly TaskStatus[];
  /** Why ECS starts no tasks, as far as it says so; null when none are missing. */
  readonly cause: Cause | null;
  /** Newest first. */
  readonly events: readonly { readonly at: string; readonly message: string }[];
}

export interface StackStatus {
  readonly name: string;
  readonly status: string;
  readonly terminationProtection: boolean;
}

export interface TaskStatus {
  readonly id: string;
  readonly revision: string;
  readonly lastStatus: string;
  readonly desiredStatus: string;
  readonly health: string;
  readonly startedAt: string | null;
}

/** The stacks of an environment's services and jobs: all, or those named. A name that is not deployed is an error that says which are. */
export async function serviceStacks(aws: Aws, env: string, names: readonly string[]): Promise<StackView[]> {
  const stacks = (await listStacks(aws, `fsd-${env}-`)).filter(
    ({ tags, status }) => tags["fsd:service"] !== undefined && status !== "REVIEW_IN_PROGRESS",
  );
  if (names.length === 0) return stacks;
  return names.map((name) => {
    const stack = stacks.find(({ tags }) => tags["fsd:service"] === name);
    if (stack !== undefined) return stack;
    const deployed = stacks.map(({ tags }) => tags["fsd:service"] ?? "");
    const meant = didYouMean(name, deployed);
    throw failure("FSD5002", `there is no service or job ${name} in the environment ${env}`, {
      hint:
        deployed.length === 0
          ? `nothing is deployed there yet: fsd deploy --env ${env}`
          : `${meant === undefined ? "" : `did you mean ${meant}? `}deployed are: ${deployed.join(", ")}`,
    });
  });
}

export interface StatusTools {
  readonly aws: Aws;
  readonly parameters: Parameters;
  /** Asked for only when ECS cannot assume a role of the service's tasks. */
  readonly roles: () => Promise<Roles>;
}

export async function status(tools: StatusTools, env: string, stack: StackView, local: boolean): Promise<ServiceStatus> {
  const { aws, parameters } = tools;
  const service = stack.tags["fsd:service"] ?? "";
  // Outputs come with the end of the first creation; what the stack was given is known from its beginning.
  const cluster = stack.outputs.ClusterName ?? stack.parameters.ClusterName;
  const [view, urls, frozen = null, approval = null] = await Promise.all([
    cluster === undefined ? undefined : observeService(aws, cluster, stack.outputs.ServiceName ?? service),
    serviceUrls(aws, stack, local),
    findFreeze(parameters, env, service),
    lastApproval(parameters, env, service),
  ]);
  const shared = {
    kind: "service" as const,
    service,
    env,
    url: urls?.url ?? null,
    healthUrl: urls?.healthUrl ?? null,
    docsUrl: urls?.docsUrl ?? null,
    image: stack.parameters.ImageUri ?? null,
    frozen,
    approval,
    stack: stackStatus(stack),
  };
  if (view === undefined || cluster === undefined) {
    const nothing = {
      desired: 0,
      running: 0,
      pending: 0,
      healthy: 0,
      liveRevision: null,
      deployments: [],
      ongoing: null,
      tasks: [],
      cause: null,
      events: [],
    };
    return { ...shared, ...nothing, status: stack.status, state: stack.status === "CREATE_IN_PROGRESS" ? "deploying" : "missing" };
  }
  const { controller } = view;
  const settled = controller !== "ECS" || (view.deployments.length === 1 && view.deployments[0]?.rolloutState !== "IN_PROGRESS");
  const [targets, tasks, ongoing, cause = null] = await Promise.all([
    observeServiceTargets(aws, view),
    listTasks(aws, cluster, stack.outputs.ServiceName ?? service, "RUNNING"),
    settled ? undefined : ongoingDeployment(aws, cluster, stack.outputs.ServiceName ?? service),
    whyNothingStarts(tools, { service, env }, view),
  ]);
  const running = tasks.filter(({ lastStatus }) => lastStatus === "RUNNING");
  const answering = targets === undefined ? undefined : new Set(targets.filter(({ state }) => state === "healthy").map(({ ip }) => ip));
  const healthy = running.filter((task) =>
    answering === undefined ? task.healthStatus !== "UNHEALTHY" : answering.has(privateIpOf(task) ?? ""),
  ).length;
  return {
    ...shared,
    status: view.status,
    desired: view.desired,
    // Two answers a moment apart may differ; the lower is what both vouch for.
    running: Math.min(view.running, running.length),
    pending: view.pending,
    healthy,
    state:
      controller === "ECS"
        ? stateOf(view.desired, Math.min(view.running, running.length), healthy, view.deployments)
        : stateOfTaskSets(view.desired, view.deployments),
    ...(controller === "ECS" ? {} : { controller }),
    liveRevision: liveDeployment(view)?.revision ?? null,
    deployments: view.deployments,
    ongoing: ongoing ?? null,
    tasks: tasks.map((task) => ({
      id: taskIdOf(task.taskArn ?? ""),
      revision: revisionOf(task.taskDefinitionArn ?? ""),
      lastStatus: task.lastStatus ?? "",
      desiredStatus: task.desiredStatus ?? "",
      health: task.healthStatus ?? "UNKNOWN",
      startedAt: task.startedAt?.toISOString() ?? null,
    })),
    cause,
    events: view.events.slice(0, 20).map(({ at, message }) => ({ at, message })),
  };
}

export function stackStatus({ name, status, terminationProtection }: StackView): StackStatus {
  return { name, status, terminationProtection };
}

function stateOf(desired: number, running: number, healthy: number, deployments: readonly DeploymentView[]): ServiceStatus["state"] {
  const [primary] = deployments;
  // A deployment that failed or was aborted with nothing to go back to stays beside the old one, and nothing goes on.
  if (primary?.rolloutState === "IN_PROGRESS" || (deployments.length > 1 && primary?.rolloutState !== "FAILED")) return "deploying";
  if (desired === 0 && running === 0) return "stopped";
  return running >= desired && healthy >= desired && primary?.rolloutState !== "FAILED" ? "steady" : "degraded";
}

/** What somebody else's task sets come to: how many of them there are, and how much traffic each has, is not for fsd to judge. */
function stateOfTaskSets(desired: number, taskSets: readonly DeploymentView[]): ServiceStatus["state"] {
  if (taskSets.every((taskSet) => taskSet.desired === 0 && taskSet.running === 0)) return desired === 0 ? "stopped" : "degraded";
  return taskSets.every(({ rolloutState }) => rolloutState === "STEADY_STATE") ? "steady" : "deploying";
}
