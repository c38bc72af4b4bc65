/** Where tasks are placed: the subnets and security groups of a request, checked against the account's network. */
import type { NetworkConfiguration } from "@aws-sdk/client-ecs";
import type { RevisionNetwork } from "../../../engine/service/service-state.ts";
import type { Call } from "../../gateway/operations.ts";
import { invalidParameter } from "./faults.ts";

/** The network of a request as the scheduler needs it, or ECS's refusal. */
export async function requireNetwork(
  configuration: NetworkConfiguration | undefined,
  call: Call,
  region: string,
): Promise<RevisionNetwork> {
  const vpc = configuration?.awsvpcConfiguration;
  if (vpc === undefined) throw invalidParameter("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  const subnetIds = vpc.subnets ?? [];
  if (subnetIds.length === 0) throw invalidParameter("subnets can not be empty.");
  if (subnetIds.length > 16) throw invalidParameter("subnets can have at most 16 items.");
  const securityGroups = vpc.securityGroups ?? [];
  if (securityGroups.length > 5) throw invalidParameter("securityGroups can have at most 5 items.");
  const subnets = await asked("subnet", subnetIds, async () => {
    const answer = await call("ec2", "DescribeSubnets", { SubnetIds: [...subnetIds] }, { region });
    return answer.Subnets ?? [];
  });
  if (securityGroups.length > 0) {
    await asked("security group", securityGroups, () =>
      call("ec2", "DescribeSecurityGroups", { GroupIds: [...securityGroups] }, { region }),
    );
  }
  return {
    subnets: subnetIds.map((subnetId) => ({
      subnetId,
      availabilityZone: subnets.find((subnet) => subnet.SubnetId === subnetId)?.AvailabilityZone ?? "",
    })),
    securityGroups,
    assignPublicIp: vpc.assignPublicIp === "ENABLED",
  };
}

async function asked<Answer>(what: string, ids: readonly string[], ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (refusal) {
    if (!(refusal instanceof Error)) throw refusal;
    throw invalidParameter(`Error retrieving ${what} information for [${ids.join(", ")}]: ${refusal.message} (ErrorCode: ${refusal.name})`);
  }
}
