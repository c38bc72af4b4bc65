/** One ECS service as it is now, read through ECS and Elastic Load Balancing: what `status` shows and `deploy` verifies. */
import type { Service } from "@aws-sdk/client-ecs";
import type { Aws } from "../../aws/aws.ts";

export interface ServiceView {
  /** ECS's: `ACTIVE`, `DRAINING`, `INACTIVE`. */
  readonly status: string;
  readonly desired: number;
  readonly running: number;
  readonly pending: number;
  /** The PRIMARY deployment first. */
  readonly deployments: readonly DeploymentView[];
  /** Newest first. */
  readonly events: readonly ServiceMessage[];
  readonly targetGroupArn: string | undefined;
  /** Between the two a strategy moves traffic. */
  readonly alternateTargetGroupArn?: string;
}

export interface DeploymentView {
  readonly id: string;
  /** `PRIMARY` or `ACTIVE`. */
  readonly status: string;
  /** `IN_PROGRESS`, `COMPLETED` or `FAILED`. */
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
  const alternate = balanced?.advancedConfiguration?.alternateTargetGroupArn;
  return {
    status: service.status ?? "",
    desired: service.desiredCount ?? 0,
    running: service.runningCount ?? 0,
    pending: service.pendingCount ?? 0,
    deployments: (service.deployments ?? [])
      .map((deployment) => ({
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
      }))
      .sort((a, b) => Number(b.status === "PRIMARY") - Number(a.status === "PRIMARY")),
    events: (service.events ?? []).map(({ id = "", createdAt, message = "" }) => ({ id, at: createdAt?.toISOString() ?? "", message })),
    targetGroupArn: balanced?.targetGroupArn,
    ...(alternate === undefined ? {} : { alternateTargetGroupArn: alternate }),
  };
}

/** `…:task-definition/items:3` → `items:3` */
export function revisionOf(taskDefinitionArn: string): string {
  return taskDefinitionArn.slice(taskDefinitionArn.lastIndexOf("/") + 1);
}

/**
 * The revision that serves: that of the newest deployment that was completed; while the first one goes on, none is.
 * A deployment without a rollout state (an external controller's) is live when all its tasks run.
 */
export function liveDeployment({ deployments }: ServiceView): DeploymentView | undefined {
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
  { targetGroupArn, alternateTargetGroupArn }: Pick<ServiceView, "targetGroupArn" | "alternateTargetGroupArn">,
): Promise<TargetView[] | undefined> {
  if (targetGroupArn === undefined) return undefined;
  const groups = [targetGroupArn, ...(alternateTargetGroupArn === undefined ? [] : [alternateTargetGroupArn])];
  return (await Promise.all(groups.map((arn) => observeTargets(aws, arn)))).flat();
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
