import { ApplicationAutoScalingClient, RegisterScalableTargetCommand } from "@aws-sdk/client-application-auto-scaling";
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from "@aws-sdk/client-cloudformation";
import {
  CreateServiceCommand,
  CreateTaskSetCommand,
  DeleteTaskSetCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTaskSetsCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  type Service,
  type TaskSet,
  UpdateServicePrimaryTaskSetCommand,
  UpdateTaskSetCommand,
} from "@aws-sdk/client-ecs";
import {
  CreateListenerCommand,
  CreateTargetGroupCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
  ModifyListenerCommand,
  ModifyTargetGroupAttributesCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Load } from "../support/load.ts";
import { said } from "../support/outcome.ts";
import { describeWith } from "../support/requirement.ts";
import { serviceFiles } from "../support/service.ts";
import { eventually, freePort, type PlatformStatus, World } from "../support/world.ts";

const world = new World();
const named = { cluster: "fsd-local", service: "shop-external" };
let platform: PlatformStatus;
let ecs: ECSClient;
let cloudFormation: CloudFormationClient;
let elb: ElasticLoadBalancingV2Client;
let scaling: ApplicationAutoScalingClient;
/** Definitions of versions 1 and 2, which no stack deregisters. */
const definitions: string[] = [];
/** `shop` in its second version, rolled out by fsd: it lends its network and its load balancer. */
let shop: Service;

async function describeShop(): Promise<Service> {
  const { services: [found] = [] } = await ecs.send(new DescribeServicesCommand({ cluster: "fsd-local", services: ["shop"] }));
  if (found === undefined) throw new Error("no service shop");
  return found;
}

beforeAll(async () => {
  platform = await world.up("--speed", "20");
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const connection = { endpoint: platform.endpoint, region: "us-east-1", credentials };
  ecs = new ECSClient(connection);
  cloudFormation = new CloudFormationClient(connection);
  elb = new ElasticLoadBalancingV2Client(connection);
  scaling = new ApplicationAutoScalingClient(connection);
  for (const version of ["1", "2"]) {
    const outcome = await world.fsd("deploy", "-f", world.write("shop", serviceFiles("shop", { version })), "--yes");
    expect(outcome).toExitWith(0);
    shop = await describeShop();
    definitions.push(await copyOf(shop.taskDefinition));
  }
}, 240_000);
afterAll(async () => {
  for (const client of [ecs, cloudFormation, elb, scaling]) client?.destroy();
  await world.end();
});

async function copyOf(taskDefinition: string | undefined): Promise<string> {
  const { taskDefinition: known } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }));
  const { containerDefinitions, cpu, memory, networkMode, requiresCompatibilities, executionRoleArn, taskRoleArn } = known ?? {};
  const { taskDefinition: copy } = await ecs.send(
    new RegisterTaskDefinitionCommand({
      ...{ family: "shop-external", containerDefinitions, cpu, memory, networkMode, executionRoleArn, taskRoleArn },
      requiresCompatibilities,
    }),
  );
  return copy?.taskDefinitionArn ?? "";
}

async function targetGroup(Name: string, VpcId: string | undefined): Promise<string> {
  const { TargetGroups: [group] = [] } = await elb.send(
    new CreateTargetGroupCommand({
      Name,
      VpcId,
      Protocol: "HTTP",
      Port: 8000,
      TargetType: "ip",
      HealthCheckPath: "/health",
      HealthCheckIntervalSeconds: 5,
      HealthCheckTimeoutSeconds: 2,
      HealthyThresholdCount: 2,
    }),
  );
  const TargetGroupArn = group?.TargetGroupArn ?? "";
  await elb.send(
    new ModifyTargetGroupAttributesCommand({
      TargetGroupArn,
      Attributes: [{ Key: "deregistration_delay.timeout_seconds", Value: "5" }],
    }),
  );
  return TargetGroupArn;
}

async function taskSet(taskDefinition: string | undefined, targetGroupArn: string, value: number): Promise<string> {
  const { containerName, containerPort } = shop.loadBalancers?.[0] ?? {};
  const { taskSet: made } = await ecs.send(
    new CreateTaskSetCommand({
      ...named,
      taskDefinition,
      launchType: "FARGATE",
      networkConfiguration: shop.networkConfiguration,
      loadBalancers: [{ targetGroupArn, containerName, containerPort }],
      scale: { value, unit: "PERCENT" },
    }),
  );
  return made?.id ?? "";
}

async function taskSets(): Promise<readonly TaskSet[]> {
  return (await ecs.send(new DescribeTaskSetsCommand(named))).taskSets ?? [];
}

/** Resolves when the task set stands with so many tasks. */
function stands(id: string, count: number): Promise<TaskSet> {
  return eventually(`${id} stands with ${count}`, async () => {
    const found = (await taskSets()).find((each) => each.id === id);
    return found?.stabilityStatus === "STEADY_STATE" && found.runningCount === count ? found : undefined;
  });
}

describe("a service that a third party deploys", () => {
  it("goes from blue to green by task sets and weights without a failed request, scales, and survives kill -9", async () => {
    const { TargetGroups: [lent] = [] } = await elb.send(
      new DescribeTargetGroupsCommand({ TargetGroupArns: [shop.loadBalancers?.[0]?.targetGroupArn ?? ""] }),
    );
    const [blueGroup, greenGroup] = [await targetGroup("blue", lent?.VpcId), await targetGroup("green", lent?.VpcId)];
    const forward = (blue: number, green: number) => [
      {
        Type: "forward" as const,
        ForwardConfig: {
          TargetGroups: [
            { TargetGroupArn: blueGroup, Weight: blue },
            { TargetGroupArn: greenGroup, Weight: green },
          ],
        },
      },
    ];
    const Port = await freePort();
    const LoadBalancerArn = lent?.LoadBalancerArns?.[0];
    const { Listeners: [listener] = [] } = await elb.send(
      new CreateListenerCommand({ LoadBalancerArn, Protocol: "HTTP", Port, DefaultActions: forward(100, 0) }),
    );
    const shift = (blue: number, green: number) =>
      elb.send(new ModifyListenerCommand({ ListenerArn: listener?.ListenerArn, DefaultActions: forward(blue, green) }));

    const { cluster, service: serviceName } = named;
    await ecs.send(new CreateServiceCommand({ cluster, serviceName, desiredCount: 2, deploymentController: { type: "EXTERNAL" } }));
    const blue = await taskSet(definitions[0], blueGroup, 100);
    await stands(blue, 2);
    await ecs.send(new UpdateServicePrimaryTaskSetCommand({ ...named, primaryTaskSet: blue }));

    const load = new Load(`http://127.0.0.1:${Port}/`, 50);
    await load.reached(50);
    expect(load.versions).toEqual(["1"]);
    const green = await taskSet(definitions[1], greenGroup, 50);
    await stands(green, 1);
    await shift(50, 50);
    await eventually("both answer", async () => load.versions.length === 2);
    await ecs.send(new UpdateTaskSetCommand({ ...named, taskSet: green, scale: { value: 100, unit: "PERCENT" } }));
    await stands(green, 2);
    await shift(0, 100);
    await ecs.send(new UpdateServicePrimaryTaskSetCommand({ ...named, primaryTaskSet: green }));
    await ecs.send(new DeleteTaskSetCommand({ ...named, taskSet: blue, force: true }));
    await eventually("blue is gone", async () => (await taskSets()).length === 1);
    await load.reached(load.requests + 50);
    const { failures, lastVersion } = await load.end();
    expect(failures).toEqual([]);
    expect(lastVersion).toBe("2");

    await scaling.send(
      new RegisterScalableTargetCommand({
        ServiceNamespace: "ecs",
        ResourceId: `service/${cluster}/${serviceName}`,
        ScalableDimension: "ecs:service:DesiredCount",
        MinCapacity: 3,
        MaxCapacity: 4,
      }),
    );
    await stands(green, 3);

    process.kill(platform.pid, "SIGKILL");
    expect(await world.fsd("local", "up", "--port", new URL(platform.endpoint).port, "--speed", "20")).toExitWith(0);
    const kept = await stands(green, 3);
    expect(kept).toMatchObject({ id: green, status: "PRIMARY", taskDefinition: definitions[1], scale: { value: 100 } });
    expect(await taskSets()).toHaveLength(1);
    await eventually("version 2 answers", async () => {
      const answer = await fetch(`http://127.0.0.1:${Port}/`).catch(() => undefined);
      return answer?.status === 200 && ((await answer.json()) as { version: string }).version === "2";
    });
  }, 240_000);
});

describe("a stack with task sets", () => {
  it("replaces one by another as its template says, and fsd shows what it is and refuses to deploy into it", async () => {
    const { subnets, securityGroups } = shop.networkConfiguration?.awsvpcConfiguration ?? {};
    const { cluster } = named;
    const owner = { Cluster: cluster, Service: { "Fn::GetAtt": "Service.Name" } };
    const template = (TaskDefinition: string | undefined, Value: number) => ({
      Resources: {
        Service: {
          Type: "AWS::ECS::Service",
          Properties: { Cluster: cluster, ServiceName: "rival", DesiredCount: 2, DeploymentController: { Type: "EXTERNAL" } },
        },
        TaskSet: {
          Type: "AWS::ECS::TaskSet",
          Properties: {
            ...owner,
            TaskDefinition,
            LaunchType: "FARGATE",
            NetworkConfiguration: { AwsVpcConfiguration: { Subnets: subnets, SecurityGroups: securityGroups, AssignPublicIp: "ENABLED" } },
            Scale: { Unit: "PERCENT", Value },
            Tags: [{ Key: "owner", Value: "rivals" }],
          },
        },
        Primary: { Type: "AWS::ECS::PrimaryTaskSet", Properties: { ...owner, TaskSetId: { "Fn::GetAtt": "TaskSet.Id" } } },
      },
      Outputs: { ClusterName: { Value: cluster }, ServiceName: { Value: "rival" } },
    });
    const StackName = "fsd-local-rival";
    const Tags = [
      { Key: "fsd:environment", Value: "local" },
      { Key: "fsd:service", Value: "rival" },
    ];
    const settled = (wanted: string) =>
      eventually(
        wanted,
        async () => {
          const { Stacks: [stack] = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
          expect(stack?.StackStatus).not.toMatch(/FAILED|ROLLBACK/);
          return stack?.StackStatus === wanted;
        },
        120_000,
      );
    const rivals = async () =>
      (await ecs.send(new DescribeTaskSetsCommand({ cluster, service: "rival", include: ["TAGS"] }))).taskSets ?? [];

    const TemplateBody = JSON.stringify(template(definitions[0], 100));
    await cloudFormation.send(new CreateStackCommand({ StackName, Tags, TemplateBody }));
    await settled("CREATE_COMPLETE");
    const [first] = await rivals();
    expect(first).toMatchObject({ status: "PRIMARY", runningCount: 2, stabilityStatus: "STEADY_STATE", taskDefinition: definitions[0] });
    expect(first?.tags).toContainEqual({ key: "owner", value: "rivals" });

    await cloudFormation.send(new UpdateStackCommand({ StackName, Tags, TemplateBody: JSON.stringify(template(definitions[1], 50)) }));
    await settled("UPDATE_COMPLETE");
    const [second, ...others] = await rivals();
    expect(others).toEqual([]);
    expect(second?.id).not.toBe(first?.id);
    expect(second).toMatchObject({ status: "PRIMARY", runningCount: 1, scale: { value: 50 }, taskDefinition: definitions[1] });
    await cloudFormation.send(new UpdateStackCommand({ StackName, Tags, TemplateBody: JSON.stringify(template(definitions[1], 100)) }));
    await settled("UPDATE_COMPLETE");
    expect(await rivals()).toMatchObject([{ id: second?.id, runningCount: 2 }]);

    expect(await world.json("status", "rival")).toMatchObject({
      state: "steady",
      controller: "EXTERNAL",
      liveRevision: definitions[1]?.split("/").at(-1),
      running: 2,
      healthy: 2,
      deployments: [{ id: second?.id, status: "PRIMARY", rolloutState: "STEADY_STATE", desired: 2, running: 2 }],
    });
    const shown = await world.fsd("status", "rival");
    expect(shown.stdout).toContain("a third party (deployment controller EXTERNAL): fsd shows its task sets and does not deploy it");
    const refused = await world.fsd("deploy", "-f", world.write("rival", serviceFiles("rival", { version: "3" })), "--yes", "--take-over");
    expect(refused.status).toBe(1);
    expect(said(refused)).toContain("rival on local has the deployment controller EXTERNAL");
    expect(await rivals()).toMatchObject([{ id: second?.id, runningCount: 2 }]);

    await cloudFormation.send(new DeleteStackCommand({ StackName }));
    await eventually("the service is gone", async () => {
      const { services: [service] = [] } = await ecs.send(new DescribeServicesCommand({ cluster, services: ["rival"] }));
      return service?.status === "INACTIVE";
    });
  }, 240_000);
});

describeWith("boto3", "boto3 as the third party", () => {
  it("reads what AWS writes of task sets, meets its exceptions, and waits until the service is inactive", async () => {
    const script = `
import boto3, json, sys
ecs = boto3.client("ecs", endpoint_url=sys.argv[1])
of = dict(cluster="fsd-local", service="by-boto3")
ecs.create_service(cluster="fsd-local", serviceName="by-boto3", desiredCount=3, deploymentController={"type": "EXTERNAL"})
network = json.loads(sys.argv[3])
made = ecs.create_task_set(**of, taskDefinition=sys.argv[2], launchType="FARGATE", networkConfiguration=network, externalId="r1",
    clientToken="once", scale={"value": 33.4, "unit": "PERCENT"}, tags=[{"key": "a", "value": "b"}])["taskSet"]
again = ecs.create_task_set(**of, taskDefinition=sys.argv[2], launchType="FARGATE", networkConfiguration=network, clientToken="once")["taskSet"]
scaled = ecs.update_task_set(**of, taskSet=made["id"], scale={"value": 0, "unit": "PERCENT"})["taskSet"]
primary = ecs.update_service_primary_task_set(**of, primaryTaskSet=made["taskSetArn"])["taskSet"]
shown = ecs.describe_services(cluster="fsd-local", services=["by-boto3"])["services"][0]
errors = []
def refused(call):
    try: call()
    except Exception as error: errors.append(type(error).__name__)
refused(lambda: ecs.delete_task_set(**of, taskSet=made["id"]))
refused(lambda: ecs.delete_task_set(**of, taskSet="ecs-svc/0"))
refused(lambda: ecs.describe_task_sets(cluster="fsd-local", service="shop"))
refused(lambda: ecs.create_service(cluster="fsd-local", serviceName="x", taskDefinition="shop", deploymentController={"type": "CODE_DEPLOY"}))
missing = ecs.describe_task_sets(**of, taskSets=["ecs-svc/0"])["failures"]
ecs.delete_service(**of, force=True)
ecs.get_waiter("services_inactive").wait(cluster="fsd-local", services=["by-boto3"], WaiterConfig={"Delay": 1, "MaxAttempts": 60})
print(json.dumps(dict(same=made["id"] == again["id"], count=made["computedDesiredCount"], scaled=[scaled["computedDesiredCount"], scaled["scale"]],
    status=primary["status"], tags=made["tags"], externalId=made["externalId"], created=made["createdAt"].year > 2000,
    service=[shown["deploymentController"], shown["taskDefinition"] == made["taskDefinition"], len(shown["deployments"]), len(shown["taskSets"])],
    errors=errors, missing=missing)))
`;
    const outcome = await world.run("python3", [
      "-c",
      script,
      platform.endpoint,
      definitions[1] ?? "",
      JSON.stringify(shop.networkConfiguration),
    ]);
    expect(outcome).toExitWith(0);
    expect(JSON.parse(outcome.stdout)).toEqual({
      same: true,
      count: 2,
      scaled: [0, { value: 0, unit: "PERCENT" }],
      status: "PRIMARY",
      tags: [{ key: "a", value: "b" }],
      externalId: "r1",
      created: true,
      service: [{ type: "EXTERNAL" }, true, 0, 1],
      errors: ["InvalidParameterException", "TaskSetNotFoundException", "InvalidParameterException", "InvalidParameterException"],
      missing: [{ arn: "ecs-svc/0", reason: "MISSING" }],
    });
  }, 120_000);
});
