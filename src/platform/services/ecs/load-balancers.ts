/** A service's load balancers and registries, checked as CreateService and UpdateService do. */
import type { LoadBalancer, ServiceRegistry } from "@aws-sdk/client-ecs";
import type { ServiceRevision } from "../../../engine/service/service-state.ts";
import type { Call } from "../../gateway/operations.ts";
import type { TaskDefinitionRecord } from "./ecs-state.ts";
import { invalidParameter } from "./faults.ts";

/** The load balancers as the scheduler needs them, or ECS's refusal. */
export async function requireLoadBalancers(
  loadBalancers: readonly LoadBalancer[],
  definition: TaskDefinitionRecord,
  call: Call,
  region: string,
): Promise<ServiceRevision["loadBalancers"]> {
  if (loadBalancers.length > 5) throw invalidParameter("A service can have at most 5 target groups.");
  const result: { targetGroupArn: string; containerName: string; containerPort: number }[] = [];
  for (const { targetGroupArn, loadBalancerName, containerName = "", containerPort } of loadBalancers) {
    if (loadBalancerName !== undefined || targetGroupArn === undefined) {
      throw invalidParameter("Classic Load Balancers are not supported with network mode awsvpc. Specify a targetGroupArn.");
    }
    const container = definition.containerDefinitions?.find((each) => each.name === containerName);
    if (container === undefined) throw invalidParameter(`The container ${containerName} does not exist in the task definition.`);
    if (!container.portMappings?.some((mapping) => mapping.containerPort === containerPort)) {
      throw invalidParameter(`The container ${containerName} did not have a container port ${containerPort ?? ""} defined.`);
    }
    await requireTargetGroup(targetGroupArn, call, region);
    result.push({ targetGroupArn, containerName, containerPort: containerPort ?? 0 });
  }
  return result;
}

async function requireTargetGroup(targetGroupArn: string, call: Call, region: string): Promise<void> {
  let answer: Awaited<ReturnType<typeof describe>>;
  const describe = () => call("elastic-load-balancing-v2", "DescribeTargetGroups", { TargetGroupArns: [targetGroupArn] }, { region });
  try {
    answer = await describe();
  } catch (refusal) {
    if (!(refusal instanceof Error)) throw refusal;
    throw invalidParameter(`The target group with targetGroupArn ${targetGroupArn} does not exist.`);
  }
  const group = answer.TargetGroups?.[0];
  if (group?.TargetType !== undefined && group.TargetType !== "ip") {
    throw invalidParameter(
      `The provided target group ${targetGroupArn} has target type ${group.TargetType}, which is incompatible with the awsvpc network mode specified in the task definition.`,
    );
  }
  if ((group?.LoadBalancerArns ?? []).length === 0) {
    throw invalidParameter(`The target group with targetGroupArn ${targetGroupArn} does not have an associated load balancer.`);
  }
}

/** The registries as the scheduler needs them. */
export function requireRegistries(
  registries: readonly ServiceRegistry[],
  definition: TaskDefinitionRecord,
): ServiceRevision["serviceRegistries"] {
  if (registries.length > 1) throw invalidParameter("A service can have at most one service registry.");
  return registries.map(({ registryArn = "", containerName, containerPort, port }) => {
    if (containerName !== undefined && !definition.containerDefinitions?.some((each) => each.name === containerName)) {
      throw invalidParameter(`The container ${containerName} does not exist in the task definition.`);
    }
    return {
      registryArn,
      ...(containerName === undefined ? {} : { containerName }),
      ...(containerPort === undefined ? {} : { containerPort }),
      ...(port === undefined ? {} : { port }),
    };
  });
}
