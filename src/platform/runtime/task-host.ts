/**
 * What differs between a machine that allows namespaces and one that does not: how a task gets its address, how a
 * container is started, how the outside reaches it. The rest of the process runtime does not know which it has.
 */
import type { Ids } from "../../kit/ids.ts";
import type { ContainerLaunch, TaskLaunch } from "../../model/task-launch.ts";
import type { AddressPool, SubnetSource } from "./address-pool.ts";
import type { CommandOutcome } from "./collected-output.ts";
import type { ContainerProcess } from "./container-process.ts";
import type { Dialer } from "./dialer.ts";
import type { PreparedImage } from "./image-cache.ts";
import type { TaskEndpoints } from "./task-environment.ts";

/** A task's elastic network interface. */
export interface TaskInterface {
  readonly privateIp: string;
  /** The subnet's range. */
  readonly cidrBlock: string;
  /** Its VPC's. */
  readonly vpcCidrBlock: string;
  readonly macAddress: string;
  readonly attachmentId: string;
  readonly availabilityZone: string;
  /** `ip-10-0-1-23.ec2.internal`, as the VPC names it. */
  readonly hostname: string;
}

export interface ContainerStart {
  readonly launch: TaskLaunch;
  readonly container: ContainerLaunch;
  readonly image: PreparedImage;
  readonly network: TaskInterface;
  readonly secrets: Readonly<Record<string, string>>;
  readonly runtimeId: string;
  readonly credentialsId?: string;
  /** Called with the pid of the container's first process before its program runs. */
  readonly admit: (pid: number) => void;
  /** Files into which a first process that can takes itself in by writing 0. */
  readonly entrances: readonly string[];
  /** Adds a line of the platform's own to the container's log. */
  readonly note: (line: string) => void;
}

/** A subnet that does not exist or has no address left; the message is ECS's. */
export class CannotProvision extends Error {
  override readonly name = "CannotProvision";
}

export interface TaskHost {
  readonly dialer: Dialer;
  /** Opens what all tasks share, ahead of the first one, which would open it otherwise. */
  open(): Promise<void>;
  /**
   * Lays out what all containers of an image share, ahead of the first one; without an image, what those of most images
   * do. May throw, as the start of a container may.
   */
  layOut(image?: PreparedImage): void;
  /** Rejects with `CannotProvision`. */
  attach(launch: TaskLaunch): Promise<TaskInterface>;
  /** Gives the task's address back and removes its files. Its containers must have exited. */
  detach(taskArn: string): Promise<void>;
  endpoints(): TaskEndpoints;
  /** Starts a container. Rejects with `CannotStart`. */
  start(start: ContainerStart): Promise<ContainerProcess>;
  /** Runs a command inside a running container; resolves with its exit code and output, exit code undefined after a timeout. */
  execute(start: ContainerStart, process: ContainerProcess, command: readonly string[], timeoutMs: number): Promise<CommandOutcome>;
  close(): Promise<void>;
}

/** A new interface in the task's subnet, with an address from the pool. Rejects with `CannotProvision`. */
export async function newInterface(launch: TaskLaunch, subnets: SubnetSource, addresses: AddressPool, ids: Ids): Promise<TaskInterface> {
  const { subnetId } = launch.network;
  const subnet = await subnets.subnet(subnetId, launch.region);
  if (subnet === undefined) throw new CannotProvision(`ResourceInitializationError: the subnet ID '${subnetId}' does not exist`);
  const privateIp = addresses.take(subnet.cidrBlock, subnets.heldAddresses(subnetId, launch.region));
  if (privateIp === undefined) {
    throw new CannotProvision(`ResourceInitializationError: failed to configure ENI: insufficient free addresses in ${subnetId}`);
  }
  return {
    privateIp,
    cidrBlock: subnet.cidrBlock,
    vpcCidrBlock: subnet.vpcCidrBlock,
    // Locally administered, unicast.
    macAddress: `02:${(ids.hex(10).match(/../g) ?? []).join(":")}`,
    attachmentId: ids.uuid(),
    availabilityZone: subnet.availabilityZone,
    hostname: `ip-${privateIp.replaceAll(".", "-")}.ec2.internal`,
  };
}
