/** A service's load balancers and registries, checked as CreateService and UpdateService do. */
import type { AdvancedConfiguration, LoadBalancer, ServiceRegistry } from "@aws-sdk/client-ecs";
import type { DeploymentConfiguration, RevisionLoadBalancer, ServiceRevision } from "../../../engine/service/service-state.ts";
import type { Call } from "../../gateway/operations.ts";
import type { TaskDefinitionRecord } from "./ecs-state.ts";
import { invalidParameter } from "./faults.ts";

/** The load balancers as the scheduler needs them, or ECS's refusal. */
export async function requireLoadBalancers(
  loadBalancers: readonly LoadBalancer[],
  definition: TaskDefinitionRecord,
  strategy: DeploymentConfiguration["strategy"],
  call: Call,
  region: string,
): Promise<readonly RevisionLoadBalancer[]> {
  if (loadBalancers.length > 5) throw invalidParameter("A service can have at most 5 target groups.");
  const result: RevisionLoadBalancer[] = [];
  for (const { targetGroupArn, loadBalancerName, containerName = "", containerPort, advancedConfiguration } of loadBalancers) {
    if (loadBalancerName !== undefined || targetGroupArn === undefined) {
      throw invalidParameter("Classic Load Balancers are not supported with network mode awsvpc. Specify a targetGroupArn.");
    }
    const container = definition.containerDefinitions?.find((each) => each.name === containerName);
    if (container === undefined) throw invalidParameter(`The container ${containerName} does not exist in the task definition.`);
    if (!container.portMappings?.some((mapping) => mapping.containerPort === containerPort)) {
      throw invalidParameter(`The container ${containerName} did not have a container port ${containerPort ?? ""} defined.`);
    }
    await requireTargetGroup(targetGroupArn, call, region);
    const advanced = requireAdvanced(advancedConfiguration, strategy);
    if (advanced !== undefined) await requireTargetGroup(advanced.alternateTargetGroupArn, call, region);
    result.push({ targetGroupArn, containerName, containerPort: containerPort ?? 0, ...(advanced === undefined ? {} : { advanced }) });
  }
  return result;
}

/** Blue and green need a second target group and the rule that divides the traffic between the two. */
function requireAdvanced(
  advanced: AdvancedConfiguration | undefined,
  strategy: DeploymentConfiguration["strategy"],
): RevisionLoadBalancer["advanced"] {
  const { alternateTargetGroupArn, productionListenerRule, testListenerRule } = advanced ?? {};
  if (alternateTargetGroupArn === undefined || productionListenerRule === undefined) {
    if (strategy === "ROLLING") return undefined;
    throw invalidParameter(
      `The deployment strategy ${strategy} requires advancedConfiguration with alternateTargetGroupArn and productionListenerRule for every load balancer.`,
    );
  }
  return { alternateTargetGroupArn, productionListenerRule, ...(testListenerRule === undefined ? {} : { testListenerRule }) };
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
