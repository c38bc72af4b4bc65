/** The addresses of load balancers' nodes in their VPC: EC2 shows and keeps them, and none can be a target. */
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TargetEvent } from "../../../controller/ports.ts";
import { temporaryFolder } from "../../../kit/temporary-folder.testing.ts";
import { VirtualClock } from "../../../kit/virtual-clock.ts";
import { SeededRandom } from "../../../simulator/random.ts";
import { createGateway } from "../../gateway/gateway.ts";
import type { Call, OperationInput, OperationName, OperationOutput } from "../../gateway/operations.ts";
import { LibsqlStore } from "../../persistence/libsql-store.ts";
import { seal } from "../../persistence/seal.testing.ts";
import { AddressPool } from "../../runtime/address-pool.ts";
import { PlatformSubnetSource } from "../../runtime/platform-sources.ts";
import { timeScale } from "../../time-scale.ts";
import { BalancerInterfaces } from "../ec2/balancer-interfaces.ts";
import { ec2Provider } from "../ec2/provider.ts";
import { ec2State } from "../ec2/records.ts";
import { heldAddresses } from "../ec2/subnets.ts";
import { LoadBalancing } from "./load-balancing.ts";
import { elasticLoadBalancingV2Provider } from "./provider.ts";

type Elb = "elastic-load-balancing-v2";
const region = "eu-west-1";
let directory: string;
let platform: Platform;

/** EC2 and Elastic Load Balancing as they are, over one state directory. */
class Platform {
  readonly told: TargetEvent[] = [];
  readonly loadBalancing: LoadBalancing;
  /** Of tasks, as the runtime gives them out. */
  readonly taskAddresses = new AddressPool();
  readonly #interfaces: BalancerInterfaces;
  readonly #subnets: PlatformSubnetSource;
  readonly #store = new LibsqlStore(join(directory, "platform.db"));
  readonly #call: Call;

  constructor(seed: number) {
    const store = this.#store;
    const clock = new VirtualClock(Date.UTC(2026, 0, 1));
    const ids = new SeededRandom(seed);
    const report = (defect: unknown): void => expect(defect).toBeUndefined();
    const gateway = createGateway({ account: "000000000000", ids, report });
    this.#call = gateway.call;
    const isTaskAddress = (address: string): boolean => this.taskAddresses.has(address);
    const ec2 = ec2State({ store, clock, ids, isTaskAddress });
    this.#interfaces = new BalancerInterfaces(ec2);
    this.#subnets = new PlatformSubnetSource(gateway.call, (subnetId, inRegion) => heldAddresses(ec2, inRegion, subnetId));
    this.loadBalancing = new LoadBalancing({
      ...{ store, clock, wallClock: clock, ids, report, host: "127.0.0.1", scale: timeScale(1) },
      dialer: { connect: () => Promise.reject(new Error("no packets here")) },
      metrics: { record: () => undefined },
      emit: (event) => this.told.push(event),
      seal,
      addresses: this.#interfaces,
    });
    const { loadBalancing } = this;
    gateway.mount("ecs", { service: "ecs", operations: { ListClusters: () => ({ clusterArns: [] }) } });
    gateway.mount("ec2", ec2Provider({ store, clock, ids, call: gateway.call, isTaskAddress }));
    gateway.mount("elastic-load-balancing-v2", elasticLoadBalancingV2Provider({ loadBalancing, clock, ids, call: gateway.call }));
  }

  ec2<Name extends OperationName<"ec2">>(name: Name, input: OperationInput<"ec2", Name>): Promise<OperationOutput<"ec2", Name>> {
    return this.#call("ec2", name, input, { region });
  }

  elb<Name extends OperationName<Elb>>(name: Name, input: OperationInput<Elb, Name>): Promise<OperationOutput<Elb, Name>> {
    return this.#call("elastic-load-balancing-v2", name, input, { region });
  }

  /** A task's address in the subnet, as the runtime asks for it. */
  async taskAddress(subnetId: string): Promise<string | undefined> {
    const subnet = await this.#subnets.subnet(subnetId, region);
    return this.taskAddresses.take(subnet?.cidrBlock ?? "", this.#subnets.heldAddresses(subnetId, region));
  }

  /** As in the state of a version that gave load balancers no addresses. */
  forgetAddresses(loadBalancerArn: string): void {
    this.#interfaces.release(region, loadBalancerArn.slice(loadBalancerArn.indexOf("app/")));
  }

  async end(): Promise<void> {
    await this.loadBalancing.close();
    this.#store.close();
  }
}

beforeEach(() => {
  directory = temporaryFolder();
  platform = new Platform(1);
});
afterEach(async () => {
  await platform.end();
});

/** A VPC with a subnet in each of two zones. */
async function network(
  CidrBlock = "10.0.0.0/16",
  subnetBlocks = ["10.0.1.0/24", "10.0.2.0/24"],
): Promise<{ vpc: string; subnets: string[] }> {
  const { Vpc } = await platform.ec2("CreateVpc", { CidrBlock });
  const subnets: string[] = [];
  for (const [index, block] of subnetBlocks.entries()) {
    const AvailabilityZone = `${region}${"abc"[index]}`;
    const { Subnet } = await platform.ec2("CreateSubnet", { VpcId: Vpc?.VpcId, CidrBlock: block, AvailabilityZone });
    subnets.push(Subnet?.SubnetId ?? "");
  }
  return { vpc: Vpc?.VpcId ?? "", subnets };
}

async function loadBalancer(Subnets: string[], Name = "web"): Promise<string> {
  const { LoadBalancers } = await platform.elb("CreateLoadBalancer", { Name, Subnets, Scheme: "internal" });
  return LoadBalancers?.[0]?.LoadBalancerArn ?? "";
}

async function targetGroup(VpcId: string, Name = "api"): Promise<string> {
  const { TargetGroups } = await platform.elb("CreateTargetGroup", { Name, Port: 80, Protocol: "HTTP", VpcId, TargetType: "ip" });
  return TargetGroups?.[0]?.TargetGroupArn ?? "";
}

const interfaces = async () => (await platform.ec2("DescribeNetworkInterfaces", {})).NetworkInterfaces ?? [];
const addresses = async () => (await interfaces()).map(({ PrivateIpAddress }) => PrivateIpAddress).sort();
const free = async (SubnetId = "") =>
  (await platform.ec2("DescribeSubnets", { SubnetIds: [SubnetId] })).Subnets?.[0]?.AvailableIpAddressCount;
const health = async (TargetGroupArn: string) =>
  (await platform.elb("DescribeTargetHealth", { TargetGroupArn })).TargetHealthDescriptions?.map(({ TargetHealth }) => TargetHealth);

const unusable = {
  State: "unused",
  Reason: "Target.IpUnusable",
  Description: "The IP address cannot be used as a target, as it is in use by a load balancer",
};
const notInUse = expect.objectContaining({ State: "unused", Reason: "Target.NotInUse" });

describe("a load balancer", () => {
  it("has a network interface in each of its subnets, which EC2 shows as ELB's, until it is deleted", async () => {
    const { vpc, subnets } = await network();
    const arn = await loadBalancer(subnets);
    const dimension = arn.slice(arn.indexOf("app/"));
    expect(await interfaces()).toEqual(
      expect.arrayContaining(
        subnets.map((SubnetId, index) =>
          expect.objectContaining({
            NetworkInterfaceId: expect.stringMatching(/^eni-0[0-9a-f]{16}$/),
            Description: `ELB ${dimension}`,
            SubnetId,
            VpcId: vpc,
            PrivateIpAddress: `10.0.${index + 1}.254`,
            MacAddress: expect.stringMatching(/^0a(:[0-9a-f]{2}){5}$/),
            RequesterId: "amazon-elb",
            RequesterManaged: true,
            Status: "in-use",
            Groups: [expect.objectContaining({ GroupName: "default" })],
          }),
        ),
      ),
    );
    expect(await free(subnets[0])).toBe(250);
    const filtered = await platform.ec2("DescribeNetworkInterfaces", {
      Filters: [
        { Name: "description", Values: [`ELB ${dimension}`] },
        { Name: "requester-id", Values: ["amazon-elb"] },
      ],
    });
    expect(filtered.NetworkInterfaces).toHaveLength(2);
    await expect(platform.ec2("DeleteSubnet", { SubnetId: subnets[0] })).rejects.toMatchObject({ code: "DependencyViolation" });
    await platform.elb("DeleteLoadBalancer", { LoadBalancerArn: arn });
    expect(await interfaces()).toEqual([]);
    expect(await free(subnets[0])).toBe(251);
    await platform.ec2("DeleteSubnet", { SubnetId: subnets[0] });
  });

  it("gets one in a subnet that is added, and gives back the one in a subnet that is taken away", async () => {
    const { subnets } = await network("10.0.0.0/16", ["10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24"]);
    const LoadBalancerArn = await loadBalancer(subnets.slice(0, 2));
    await platform.elb("SetSubnets", { LoadBalancerArn, Subnets: subnets.slice(1) });
    expect(await addresses()).toEqual(["10.0.2.254", "10.0.3.254"]);
  });

  it("shares its subnets with tasks, address by address", async () => {
    const { subnets } = await network("10.0.0.0/16", ["10.0.1.0/28", "10.0.2.0/28"]);
    const [subnet = ""] = subnets;
    // Tasks come and go until one runs with the highest address.
    for (let given = await platform.taskAddress(subnet); given !== "10.0.1.14"; given = await platform.taskAddress(subnet)) {
      platform.taskAddresses.give(given ?? "");
    }
    await loadBalancer(subnets);
    expect(await addresses()).toEqual(["10.0.1.13", "10.0.2.14"]);
    platform.taskAddresses.give("10.0.1.14");
    const rest = Array.from({ length: 10 }, (_, index) => `10.0.1.${index < 9 ? index + 4 : 14}`);
    const given: (string | undefined)[] = [];
    for (const _ of rest) given.push(await platform.taskAddress(subnet));
    expect(new Set(given)).toEqual(new Set(rest));
    expect(await platform.taskAddress(subnet)).toBeUndefined();
  });

  it("is refused in a subnet that has not eight free addresses", async () => {
    const { subnets } = await network("10.0.0.0/16", ["10.0.1.0/28", "10.0.2.0/28"]);
    for (const name of ["one", "two", "three", "four"]) await loadBalancer(subnets, name);
    await expect(loadBalancer(subnets, "five")).rejects.toMatchObject({
      name: "InvalidSubnetException",
      message: expect.stringMatching(
        /^Not enough IP space available in subnet-\w+\. ELB requires at least 8 free IP addresses in each subnet\.$/,
      ),
    });
    expect(await interfaces()).toHaveLength(8);
  });

  it("is the one there is when its creation is asked for again, though its own address left fewer than eight", async () => {
    const { subnets } = await network("10.0.0.0/16", ["10.0.1.0/28", "10.0.2.0/28"]);
    for (const name of ["one", "two", "three"]) await loadBalancer(subnets, name);
    const four = await loadBalancer(subnets, "four");
    expect(await free(subnets[0])).toBe(7);
    expect(await loadBalancer(subnets, "four")).toBe(four);
  });

  it("keeps a subnet that has fewer than eight free addresses, and is refused another such", async () => {
    const { subnets } = await network("10.0.0.0/16", ["10.0.1.0/28", "10.0.2.0/28", "10.0.3.0/28"]);
    for (const name of ["one", "two", "three"]) await loadBalancer(subnets.slice(0, 2), name);
    const LoadBalancerArn = await loadBalancer(subnets.slice(0, 2), "four");
    await platform.elb("SetSubnets", { LoadBalancerArn, Subnets: subnets });
    await platform.elb("SetSubnets", { LoadBalancerArn, Subnets: subnets.slice(1) });
    const other = await loadBalancer([subnets[0] ?? "", subnets[2] ?? ""], "other");
    const before = await interfaces();
    const refused = platform.elb("SetSubnets", { LoadBalancerArn: other, Subnets: subnets });
    await expect(refused).rejects.toMatchObject({
      name: "InvalidSubnetException",
      message: expect.stringContaining(`${subnets[1]}. ELB requires`),
    });
    expect(await interfaces()).toEqual(before);
  });

  it("of an earlier version goes without an address in a subnet that is full", async () => {
    const { subnets } = await network("10.0.0.0/16", ["10.0.1.0/28", "10.0.2.0/28"]);
    const [full = ""] = subnets;
    const LoadBalancerArn = await loadBalancer(subnets);
    platform.forgetAddresses(LoadBalancerArn);
    for (let taken = 0; taken < 11; taken++) {
      await platform.ec2("CreateNatGateway", { SubnetId: full, ConnectivityType: "private" });
    }
    expect(await free(full)).toBe(0);
    await platform.loadBalancing.start();
    const ofElb = async () => (await interfaces()).filter(({ RequesterId }) => RequesterId === "amazon-elb");
    expect(await ofElb()).toEqual([expect.objectContaining({ PrivateIpAddress: "10.0.2.14" })]);
    await platform.elb("ModifyLoadBalancerAttributes", {
      LoadBalancerArn,
      Attributes: [{ Key: "idle_timeout.timeout_seconds", Value: "30" }],
    });
    expect(await ofElb()).toHaveLength(1);
  });
});

describe("a load balancer's own address", () => {
  it("is unused as a target, Target.IpUnusable, and a task's address beside it is not", async () => {
    const { vpc, subnets } = await network();
    await loadBalancer(subnets);
    const group = await targetGroup(vpc);
    await platform.elb("RegisterTargets", { TargetGroupArn: group, Targets: [{ Id: "10.0.1.254" }, { Id: "10.0.1.4" }] });
    expect(await health(group)).toEqual([unusable, notInUse]);
    expect(platform.told).toContainEqual(
      expect.objectContaining({
        targetGroupArn: group,
        state: "unused",
        reason: "Target.IpUnusable",
        target: { ip: "10.0.1.254", port: 80 },
      }),
    );
  });

  it("stays unusable when its group serves a listener, and is checked once the load balancer is gone", async () => {
    const { vpc, subnets } = await network();
    const [inTheWay, serving] = [await loadBalancer(subnets, "in-the-way"), await loadBalancer(subnets, "serving")];
    const group = await targetGroup(vpc);
    await platform.elb("RegisterTargets", { TargetGroupArn: group, Targets: [{ Id: "10.0.1.254" }] });
    const DefaultActions = [{ Type: "forward" as const, TargetGroupArn: group }];
    await platform.elb("CreateListener", { LoadBalancerArn: serving, Port: 80, Protocol: "HTTP", DefaultActions });
    expect(await health(group)).toEqual([unusable]);
    await platform.elb("DeleteLoadBalancer", { LoadBalancerArn: inTheWay });
    expect(await health(group)).toEqual([expect.objectContaining({ State: "initial" })]);
  });

  it("is a target like any other in another VPC, whose load balancer it is not", async () => {
    const { subnets } = await network();
    await loadBalancer(subnets);
    const elsewhere = await network();
    const group = await targetGroup(elsewhere.vpc);
    await platform.elb("RegisterTargets", { TargetGroupArn: group, Targets: [{ Id: "10.0.1.254" }] });
    expect(await health(group)).toEqual([notInUse]);
  });

  it("is still its own, and still unusable, after a restart", async () => {
    const { vpc, subnets } = await network();
    await loadBalancer(subnets);
    const group = await targetGroup(vpc);
    await platform.elb("RegisterTargets", { TargetGroupArn: group, Targets: [{ Id: "10.0.2.254" }] });
    const before = await interfaces();
    await platform.end();
    platform = new Platform(2);
    await platform.loadBalancing.start();
    expect(await interfaces()).toEqual(before);
    expect(await health(group)).toEqual([unusable]);
  });
});

describe("what the other reasons of targets are of", () => {
  it.each(["instance", "lambda", "alb"] as const)("is refused: targets of type %s", async (TargetType) => {
    const { vpc } = await network();
    const made = platform.elb("CreateTargetGroup", { Name: "other", Port: 80, Protocol: "HTTP", VpcId: vpc, TargetType });
    const registered = made.then(({ TargetGroups }) =>
      platform.elb("RegisterTargets", { TargetGroupArn: TargetGroups?.[0]?.TargetGroupArn, Targets: [{ Id: "i-0123456789abcdef0" }] }),
    );
    await expect(registered).rejects.toMatchObject({
      code: "ValidationError",
      message: expect.stringContaining("is not offered by the local platform"),
    });
  });

  it.each(["network", "gateway"] as const)("is refused: load balancers of type %s", async (Type) => {
    const { subnets } = await network();
    await expect(platform.elb("CreateLoadBalancer", { Name: "other", Subnets: subnets, Type })).rejects.toMatchObject({
      code: "ValidationError",
      message: `A load balancer of type '${Type}' is not offered by the local platform`,
    });
  });
});
