/** The act of deploying that goes on for a service, as DescribeServiceDeployments tells it, and where it waits for a person. */
import type { ServiceDeployment } from "@aws-sdk/client-ecs";
import type { Aws } from "../../aws/aws.ts";

export interface OngoingDeployment {
  /** ARN. */
  readonly serviceDeployment: string;
  /** ECS's: `PENDING`, `IN_PROGRESS`, `STOP_REQUESTED`, `ROLLBACK_REQUESTED`, `ROLLBACK_IN_PROGRESS`. */
  readonly status: string;
  /** `POST_TEST_TRAFFIC_SHIFT`; null for a rolling deployment. */
  readonly lifecycleStage: string | null;
  readonly pauses: readonly Pause[];
}

/** A PAUSE hook that waits until someone says how to go on. */
export interface Pause {
  readonly hookId: string;
  readonly stage: string;
  /** ISO 8601: the deployment's last change, which was to arrive here. */
  readonly since: string;
  /** ISO 8601; null when only the limit of a stage (24 hours) ends it, with a rollback. */
  readonly until: string | null;
  /** What ECS does at the end of that time. */
  readonly onTimeout: "CONTINUE" | "ROLLBACK";
}

/** The service's deployment that has not ended; undefined when there is none, or no such service. */
export async function ongoingDeployment(aws: Aws, cluster: string, service: string): Promise<OngoingDeployment | undefined> {
  try {
    const { serviceDeployments: listed = [] } = await aws.ecs.listServiceDeployments({ cluster, service, status: [...open] });
    const newest = listed.reduce<(typeof listed)[number] | undefined>(
      (best, each) => ((each.createdAt ?? 0) > (best?.createdAt ?? 0) ? each : best),
      undefined,
    );
    if (newest?.serviceDeploymentArn === undefined) return undefined;
    const { serviceDeployments = [] } = await aws.ecs.describeServiceDeployments({ serviceDeploymentArns: [newest.serviceDeploymentArn] });
    return serviceDeployments[0] === undefined ? undefined : view(serviceDeployments[0]);
  } catch (error) {
    if (["ServiceNotFoundException", "ClusterNotFoundException"].includes((error as Error).name)) return undefined;
    throw error;
  }
}

const open = ["PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"] as const;

function view({
  serviceDeploymentArn = "",
  status,
  lifecycleStage,
  lifecycleHookDetails = [],
  updatedAt,
}: ServiceDeployment): OngoingDeployment {
  const pauses = lifecycleHookDetails.flatMap(({ hookId = "", status: hookStatus, expiresAt, timeoutAction = "ROLLBACK" }): Pause[] =>
    hookStatus !== "AWAITING_ACTION"
      ? []
      : [
          {
            hookId,
            stage: lifecycleStage ?? "",
            since: updatedAt?.toISOString() ?? "",
            until: expiresAt?.toISOString() ?? null,
            onTimeout: timeoutAction,
          },
        ],
  );
  return {
    serviceDeployment: serviceDeploymentArn,
    status: status ?? "",
    lifecycleStage: lifecycleStage ?? null,
    // What was told to stop waits for nobody any more.
    pauses: status === "PENDING" || status === "IN_PROGRESS" ? pauses : [],
  };
}
