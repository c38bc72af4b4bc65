/** The network interfaces of running tasks, read from ECS, where their attachments tell subnet, address and MAC. */
import type { Task } from "@aws-sdk/client-ecs";
import type { Call } from "../../gateway/operations.ts";
import type { InterfaceRecord } from "./records.ts";

/** DescribeTasks takes at most this many. */
const BATCH = 100;

export async function taskInterfaces(call: Call, region: string): Promise<InterfaceRecord[]> {
  const records: InterfaceRecord[] = [];
  for (const cluster of await all((nextToken) => call("ecs", "ListClusters", { nextToken }, { region }), "clusterArns")) {
    const arns = await all((nextToken) => call("ecs", "ListTasks", { cluster, nextToken }, { region }), "taskArns");
    for (let start = 0; start < arns.length; start += BATCH) {
      const { tasks = [] } = await call("ecs", "DescribeTasks", { cluster, tasks: arns.slice(start, start + BATCH) }, { region });
      records.push(...tasks.flatMap(interfacesOf));
    }
  }
  return records;
}

async function all<Key extends string>(
  ask: (nextToken: string | undefined) => Promise<{ [name in Key]?: string[] } & { nextToken?: string }>,
  key: Key,
): Promise<string[]> {
  const found: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await ask(nextToken);
    found.push(...((page[key] ?? []) as string[]));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return found;
}

function interfacesOf({ attachments = [], taskArn = "" }: Task): InterfaceRecord[] {
  return attachments.flatMap(({ id, type, details = [] }) => {
    const detail = (name: string) => details.find((candidate) => candidate.name === name)?.value;
    const networkInterfaceId = detail("networkInterfaceId");
    if (type !== "ElasticNetworkInterface" || networkInterfaceId === undefined) return [];
    return [
      {
        id: networkInterfaceId,
        tags: {},
        subnetId: detail("subnetId") ?? "",
        privateIp: detail("privateIPv4Address") ?? "",
        macAddress: detail("macAddress"),
        description: taskArn.replace(/^.*:task\//, "arn:aws:ecs:attachment task/"),
        interfaceType: "interface" as const,
        securityGroupIds: [],
        attachmentId: id,
      },
    ];
  });
}
