/** One ECS service as it is now, read through ECS and Elastic Load Balancing: what `status` shows and `deploy` verifies. */
import type { Deployment, Service, TaskSet } from "@aws-sdk/client-ecs";
import type { Aws } from "../../aws/aws.ts";
import { lastPart } from "../../model/arn.ts";

export interface ServiceView {
  /** ECS's: `ACTIVE`, `DRAINING`, `INACTIVE`. */
  readonly status: string;
  /** Who deploys it: ECS itself, CodeDeploy, or a third party. */
  readonly controller: "ECS" | "CODE_DEPLOY" | "EXTERNAL";
  readonly desired: number;
  readonly running: number;
  readonly pending: number;
  /** The PRIMARY deployment first; where ECS does not deploy, the service's task sets. */
  readonly deployments: readonly DeploymentView[];
  /** Newest first. */
  readonly events: readonly ServiceMessage[];
  readonly targetGroupArn: string | undefined;
  /** Those of its task sets, where ECS does not deploy it. */
  readonly taskSetTargetGroupArns: readonly string[];
  /** Between the two a strategy moves traffic. */
  readonly alternateTargetGroupArn?: string;
  /** The rule with whose weights it does. */
  readonly productionListenerRuleArn?: string;
}

export interface DeploymentView {
  readonly id: string;
  /** `PRIMARY` or `ACTIVE`; of a task set also `DRAINING`. */
  readonly status: string;
  /** `IN_PROGRESS`, `COMPLETED` or `FAILED`; of a task set `STABILIZING` or `STEADY_STATE`. */
  readonly rolloutState: string;
  readonly rolloutStateReason: string;
  /** ARN. */
  readonly taskDefinition: string;
  /** `family:3` */
  readonly revision: string;
  readonly desired: number;
  readonly running: number;
  readonly pending: number;
  readonly failed: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface ServiceMessage {
  readonly id: string;
  readonly at: string;
  readonly message: string;
}

/** The service, or undefined when there is none (any more). */
export async function observeService(aws: Aws, cluster: string, name: string): Promise<ServiceView | undefined> {
  try {
    const { services = [] } = await aws.ecs.describeServices({ cluster, services: [name] });
    const service = services[0];
    return service === undefined || service.status === "INACTIVE" ? undefined : view(service);
  } catch (error) {
    if ((error as Error).name === "ClusterNotFoundException") return undefined;
    throw error;
  }
}

function view(service: Service): ServiceView {
  const balanced = service.loadBalancers?.find(({ targetGroupArn }) => targetGroupArn !== undefined);
  const { alternateTargetGroupArn, productionListenerRule } = balanced?.advancedConfiguration ?? {};
  const controller = service.deploymentController?.type ?? "ECS";
  const { taskSets = [] } = service;
  return {
    status: service.status ?? "",
    controller,
    desired: service.desiredCount ?? 0,
    running: service.runningCount ?? 0,
    pending: service.pendingCount ?? 0,
    deployments: (controller === "ECS" ? (service.deployments ?? []).map(deploymentView) : taskSets.map(taskSetView)).sort(
      (a, b) => Number(b.status === "PRIMARY") - Number(a.status === "PRIMARY"),
    ),
    events: (service.events ?? []).map(({ id = "", createdAt, message = "" }) => ({ id, at: createdAt?.toISOString() ?? "", message })),
    targetGroupArn: balanced?.targetGroupArn,
    taskSetTargetGroupArns: [
      ...new Set(taskSets.flatMap(({ loadBalancers = [] }) => loadBalancers.flatMap(({ targetGroupArn }) => targetGroupArn ?? []))),
    ],
    ...(alternateTargetGroupArn === undefined ? {} : { alternateTargetGroupArn }),
    ...(productionListenerRule === undefined ? {} : { productionListenerRuleArn: productionListenerRule }),
  };
}

function deploymentView(deployment: Deployment): DeploymentView {
  return {
    id: deployment.id ?? "",
    status: deployment.status ?? "",
    rolloutState: deployment.rolloutState ?? "",
    rolloutStateReason: deployment.rolloutStateReason ?? "",
    taskDefinition: deployment.taskDefinition ?? "",
    revision: revisionOf(deployment.taskDefinition ?? ""),
    desired: deployment.desiredCount ?? 0,
    running: deployment.runningCount ?? 0,
    pending: deployment.pendingCount ?? 0,
    failed: deployment.failedTasks ?? 0,
    createdAt: deployment.createdAt?.toISOString() ?? "",
    updatedAt: deployment.updatedAt?.toISOString() ?? "",
  };
}

/** A task set counts no failed tasks: whoever deploys it judges it. */
function taskSetView({ stabilityStatus, computedDesiredCount, externalId, ...taskSet }: TaskSet): DeploymentView {
  return {
    ...deploymentView({ ...taskSet, desiredCount: computedDesiredCount }),
    rolloutState: stabilityStatus ?? "",
    rolloutStateReason: externalId ?? "",
  };
}

/** `…:task-definition/items:3` → `items:3` */
export function revisionOf(taskDefinitionArn: string): string {
  return lastPart(taskDefinitionArn);
}

/**
 * The revision that serves: that of the newest deployment that was completed; while the first one goes on, none is.
 * A deployment without a rollout state is live when all its tasks run. Where ECS does not deploy, the PRIMARY task set serves.
 */
export function liveDeployment({ controller, deployments }: ServiceView): DeploymentView | undefined {
  if (controller !== "ECS") return deployments.find(({ status, running }) => status === "PRIMARY" && running > 0);
  return (
    deployments.find(
      ({ rolloutState, running, desired }) => rolloutState === "COMPLETED" || (rolloutState === "" && running === desired && desired > 0),
    ) ?? deployments.find(({ status, running }) => status === "ACTIVE" && running > 0)
  );
}

export interface TargetView {
  readonly ip: string;
  readonly port: number;
  readonly state: string;
  readonly reason: string;
  readonly description: string;
}

/** The targets of all target groups the service's tasks may be in; undefined: it has no load balancer. */
export async function observeServiceTargets(
  aws: Aws,
  {
    targetGroupArn,
    alternateTargetGroupArn,
    taskSetTargetGroupArns,
  }: Pick<ServiceView, "targetGroupArn" | "alternateTargetGroupArn" | "taskSetTargetGroupArns">,
): Promise<TargetView[] | undefined> {
  const groups = new Set([targetGroupArn, alternateTargetGroupArn, ...taskSetTargetGroupArns].filter((arn) => arn !== undefined));
  if (groups.size === 0) return undefined;
  return (await Promise.all([...groups].map((arn) => observeTargets(aws, arn)))).flat();
}

/** Every target of the group with its health; none when the group is gone. */
export async function observeTargets(aws: Aws, targetGroupArn: string): Promise<TargetView[]> {
  try {
    const { TargetHealthDescriptions = [] } = await aws.elb.describeTargetHealth({ TargetGroupArn: targetGroupArn });
    return TargetHealthDescriptions.map(({ Target, TargetHealth }) => ({
      ip: Target?.Id ?? "",
      port: Target?.Port ?? 0,
      state: TargetHealth?.State ?? "",
      reason: TargetHealth?.Reason ?? "",
      description: TargetHealth?.Description ?? "",
    }));
  } catch (error) {
    if ((error as Error).name === "TargetGroupNotFoundException") return [];
    throw error;
  }
}
