import type { Moment } from "../engine/service/moment.ts";
import type { ServiceDecision } from "../engine/service/service-decision.ts";
import type { ServiceRevision, ServiceState } from "../engine/service/service-state.ts";
import type { TaskPlan } from "../engine/service/task-plan.ts";
import { newTask, type TaskState } from "../engine/service/task-state.ts";

/** The task that a `start-task` decision makes, with its revision's network, target groups and registries. */
export function serviceTask(
  service: ServiceState,
  decision: Extract<ServiceDecision, { type: "start-task" }>,
  revision: ServiceRevision,
  plan: TaskPlan,
  now: Moment,
): TaskState {
  const { capacityProviderName } = decision;
  const slot = service.deployments.find((deployment) => deployment.id === decision.deploymentId)?.slot;
  const externalId = service.taskSets?.find(({ deployment }) => deployment.id === decision.deploymentId)?.externalId;
  return newTask(
    {
      taskArn: `${service.clusterArn.replace(":cluster/", ":task/")}/${decision.taskId}`,
      taskId: decision.taskId,
      clusterArn: service.clusterArn,
      serviceArn: service.serviceArn,
      deploymentId: decision.deploymentId,
      serviceRevisionArn: decision.serviceRevisionArn,
      ...(externalId === undefined ? {} : { taskSetExternalId: externalId }),
      group: `service:${service.serviceName}`,
      startedBy: decision.deploymentId,
      enableExecuteCommand: service.enableExecuteCommand,
      ...(capacityProviderName === undefined ? {} : { capacityProviderName }),
      platformVersion: revision.platformVersion,
      subnetId: decision.subnetId,
      availabilityZone: decision.availabilityZone,
      securityGroups: revision.network.securityGroups,
      assignPublicIp: revision.network.assignPublicIp,
      targets: revision.loadBalancers.map(({ targetGroupArn, containerName, containerPort, advanced }) => ({
        targetGroupArn: slot === "ALTERNATE" ? (advanced?.alternateTargetGroupArn ?? targetGroupArn) : targetGroupArn,
        containerName,
        port: containerPort,
      })),
      registries: revision.serviceRegistries.map(({ registryArn, containerPort, port }) => {
        const exposed = containerPort ?? port;
        const isEndpoint = revision.serviceConnect?.discoveryArns.includes(registryArn) === true;
        return {
          registryArn,
          ...(exposed === undefined ? {} : { port: exposed }),
          ...(isEndpoint ? { slot: slot ?? "PRIMARY" } : {}),
        };
      }),
    },
    plan,
    now,
  );
}
