/** `ECS Service Action` and `ECS Deployment State Change`, as AWS writes them. */
import type { ServiceNotice } from "../../../engine/service/service-notice.ts";
import type { ServiceState } from "../../../engine/service/service-state.ts";
import { formatArn, parseArn } from "../../../model/arn.ts";
import type { EmittedEvent } from "../eventbridge/event-bus.ts";

/** `time`: wall time, ms. */
export function serviceNoticeEvent({ serviceArn, clusterArn }: ServiceState, notice: ServiceNotice, time: number): EmittedEvent {
  const { detailType, eventType, eventName } = notice;
  const when = new Date(time).toISOString();
  const common = { source: "aws.ecs", detailType, resources: [serviceArn], time };
  if (notice.detailType === "ECS Deployment State Change") {
    const { deploymentId, reason } = notice;
    return { ...common, detail: { eventType, eventName, deploymentId, updatedAt: when, reason } };
  }
  const { region = "", account = "" } = parseArn(serviceArn) ?? {};
  const { capacityProviders, reason, desiredCount, taskSetArn } = notice;
  return {
    ...common,
    detail: {
      eventType,
      eventName,
      clusterArn,
      ...(taskSetArn === undefined ? {} : { taskSetArns: [taskSetArn] }),
      ...(capacityProviders === undefined
        ? {}
        : { capacityProviderArns: capacityProviders.map((name) => formatArn("ecs", region, account, `capacity-provider/${name}`)) }),
      ...(reason === undefined ? {} : { reason }),
      ...(desiredCount === undefined ? {} : { desiredCount }),
      createdAt: when,
    },
  };
}
