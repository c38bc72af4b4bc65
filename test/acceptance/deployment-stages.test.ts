import { join } from "node:path";
import {
  ContinueServiceDeploymentCommand,
  type DeploymentConfiguration,
  type DeploymentLifecycleHook,
  DescribeServiceDeploymentsCommand,
  DescribeServicesCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  type ServiceDeployment,
  StopServiceDeploymentCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { DescribeRulesCommand, ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Load } from "../support/load.ts";
import { describeWith } from "../support/requirement.ts";
import { serviceFiles } from "../support/service.ts";
import { eventually, root, World } from "../support/world.ts";

const stages = [
  "PRE_SCALE_UP",
  "POST_SCALE_UP",
  "POST_TEST_TRAFFIC_SHIFT",
  "PRE_PRODUCTION_TRAFFIC_SHIFT",
  "POST_PRODUCTION_TRAFFIC_SHIFT",
] as const;
/** The API's list of stages has none of its own for the hooks before the production shift. */
const told = (stage: string): string => (stage === "PRE_PRODUCTION_TRAFFIC_SHIFT" ? "PRODUCTION_TRAFFIC_SHIFT" : stage);
const pauseAt = (...lifecycleStages: DeploymentLifecycleHook["lifecycleStages"] & object): DeploymentLifecycleHook[] => [
  { targetType: "PAUSE", lifecycleStages },
];

describe("service deployments over the wire, none of them with a failed request", () => {
  const world = new World();
  const where = { cluster: "fsd-local", service: "staged" };
  let ecs: ECSClient;
  let elb: ElasticLoadBalancingV2Client;
  let rule = "";
  let endpoint = "";
  let url = "";
  let load: Load;

  beforeAll(async () => {
    ({ endpoint } = await world.up("--speed", "60"));
    const connection = { endpoint, region: "us-east-1", credentials: { accessKeyId: "local", secretAccessKey: "local" } };
    ecs = new ECSClient(connection);
    elb = new ElasticLoadBalancingV2Client(connection);
    const folder = world.write("staged", serviceFiles("staged", { version: "1" }, "  deployment: {strategy: blue-green, bakeTime: 0s}\n"));
    const outcome = await world.fsd("deploy", "-f", folder, "--yes");
    expect(outcome).toExitWith(0);
    const { services = [] } = await ecs.send(new DescribeServicesCommand({ cluster: where.cluster, services: [where.service] }));
    rule = services[0]?.loadBalancers?.[0]?.advancedConfiguration?.productionListenerRule ?? "";
    ({ url } = await world.status("staged"));
  });
  afterAll(async () => {
    ecs.destroy();
    elb.destroy();
    await world.end();
  });

  beforeEach(() => {
    load = new Load(url, 50);
  });
  afterEach(async () => {
    expect((await load.end()).failures).toEqual([]);
  });

  /** A new deployment of the same revision, in another configuration. */
  const deploy = async (deploymentConfiguration: DeploymentConfiguration): Promise<string> => {
    await ecs.send(new UpdateServiceCommand({ ...where, forceNewDeployment: true, deploymentConfiguration }));
    const { serviceDeployments = [] } = await ecs.send(new ListServiceDeploymentsCommand(where));
    return serviceDeployments[0]?.serviceDeploymentArn ?? "";
  };
  const look = async (arn: string): Promise<ServiceDeployment> => {
    const { serviceDeployments = [] } = await ecs.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [arn] }));
    return serviceDeployments[0] as ServiceDeployment;
  };
  const pausedAfter = (arn: string, hookIds: readonly (string | undefined)[] = []): Promise<ServiceDeployment> =>
    eventually("the deployment pauses", async () => {
      const deployment = await look(arn);
      const hook = deployment.lifecycleHookDetails?.find(({ status }) => status === "AWAITING_ACTION");
      return hook !== undefined && !hookIds.includes(hook.hookId) && deployment;
    });
  const waitingHook = ({ lifecycleHookDetails = [] }: ServiceDeployment): string =>
    lifecycleHookDetails.find(({ status }) => status === "AWAITING_ACTION")?.hookId ?? "";
  const go = (deployment: ServiceDeployment): Promise<unknown> =>
    ecs.send(
      new ContinueServiceDeploymentCommand({
        serviceDeploymentArn: deployment.serviceDeploymentArn,
        hookId: waitingHook(deployment),
        action: "CONTINUE",
      }),
    );
  const ended = (arn: string): Promise<string> =>
    eventually("the deployment ends", async () => {
      const { status = "" } = await look(arn);
      return ["SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"].includes(status) && status;
    });
  /** The weights of the production rule, in the order of the template's target groups. */
  const weights = async (): Promise<number[]> => {
    const { Rules = [] } = await elb.send(new DescribeRulesCommand({ RuleArns: [rule] }));
    const groups = Rules[0]?.Actions?.[0]?.ForwardConfig?.TargetGroups ?? [];
    return [...groups].sort((a, b) => String(a.TargetGroupArn).localeCompare(String(b.TargetGroupArn))).map(({ Weight = 0 }) => Weight);
  };
  const blueGreen = (lifecycleHooks: DeploymentLifecycleHook[]): DeploymentConfiguration => ({
    strategy: "BLUE_GREEN",
    bakeTimeInMinutes: 0,
    lifecycleHooks,
  });

  it("pause at every stage that may, in ECS's order, and end SUCCESSFUL when each is continued", async () => {
    const arn = await deploy(blueGreen(pauseAt(...stages)));
    const seen: string[] = [];
    for (const _ of stages) {
      const deployment = await pausedAfter(arn, seen);
      expect([deployment.lifecycleStage, deployment.status]).toEqual([told(stages[seen.length] as string), "IN_PROGRESS"]);
      expect(deployment.targetServiceRevision?.runningTaskCount).toBe(seen.length === 0 ? 0 : 2);
      expect(deployment.sourceServiceRevisions?.[0]?.runningTaskCount).toBe(2);
      seen.push(waitingHook(deployment));
      await go(deployment);
    }
    expect(await ended(arn)).toBe("SUCCESSFUL");
  });

  it.each(["TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"] as const)("may not pause at %s", async (stage) => {
    await expect(deploy(blueGreen(pauseAt(stage)))).rejects.toMatchObject({ name: "InvalidParameterException" });
  });

  it.each(stages)("are rolled back when stopped at %s, and the traffic is where it was", async (stage) => {
    const before = await weights();
    const arn = await deploy(blueGreen(pauseAt(stage)));
    await pausedAfter(arn);
    const flipped = stage === "POST_PRODUCTION_TRAFFIC_SHIFT";
    expect(await weights()).toEqual(flipped ? [...before].reverse() : before);
    const stop = () => ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn: arn, stopType: "ROLLBACK" }));
    await stop();
    expect(await ended(arn)).toBe("ROLLBACK_SUCCESSFUL");
    expect(await weights()).toEqual(before);
    await expect(stop()).rejects.toMatchObject({ name: "ConflictException" });
  });

  it("go on or back by themselves when a pause's time is up", async () => {
    for (const [action, status] of [
      ["CONTINUE", "SUCCESSFUL"],
      ["ROLLBACK", "ROLLBACK_SUCCESSFUL"],
    ] as const) {
      const timed = { ...pauseAt("POST_SCALE_UP")[0], timeoutConfiguration: { timeoutInMinutes: 1, action } };
      expect(await ended(await deploy(blueGreen([timed])))).toBe(status);
    }
  });

  it.each([
    ["canary", { strategy: "CANARY", canaryConfiguration: { canaryPercent: 20, canaryBakeTimeInMinutes: 0 } }, [20, 80]],
    ["linear", { strategy: "LINEAR", linearConfiguration: { stepPercent: 40, stepBakeTimeInMinutes: 0 } }, [40, 60]],
  ] as const)("of a %s share its weights at the second step, and are rolled back when stopped there", async (_, strategy, shared) => {
    const before = await weights();
    const arn = await deploy({ bakeTimeInMinutes: 0, ...strategy, lifecycleHooks: pauseAt("PRE_PRODUCTION_TRAFFIC_SHIFT") });
    const first = await pausedAfter(arn);
    expect(await weights()).toEqual(before);
    await go(first);
    await pausedAfter(arn, [waitingHook(first)]);
    // The new revision's share stands where the old one's nothing was.
    expect(await weights()).toEqual(before[0] === 0 ? shared : [...shared].reverse());
    await ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn: arn, stopType: "ROLLBACK" }));
    expect(await ended(arn)).toBe("ROLLBACK_SUCCESSFUL");
    expect(await weights()).toEqual(before);
  });

  it.each<[string, string, DeploymentConfiguration]>([
    ["SCALE_UP", "of blue/green", { ...blueGreen([]), bakeTimeInMinutes: 0 }],
    ["BAKE_TIME", "of blue/green", { ...blueGreen([]), bakeTimeInMinutes: 60 }],
    [
      "PRODUCTION_TRAFFIC_SHIFT",
      "between the steps of a canary",
      {
        strategy: "CANARY",
        bakeTimeInMinutes: 0,
        canaryConfiguration: { canaryPercent: 20, canaryBakeTimeInMinutes: 60 },
        lifecycleHooks: [],
      },
    ],
    [
      "PRODUCTION_TRAFFIC_SHIFT",
      "between the steps of a linear",
      { strategy: "LINEAR", bakeTimeInMinutes: 0, linearConfiguration: { stepPercent: 40, stepBakeTimeInMinutes: 60 }, lifecycleHooks: [] },
    ],
  ])("are rolled back when stopped in %s %s, where nothing pauses", async (stage, _, configuration) => {
    const before = await weights();
    const arn = await deploy(configuration);
    await eventually(stage, async () => (await look(arn)).lifecycleStage === stage);
    await ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn: arn, stopType: "ROLLBACK" }));
    expect(await ended(arn)).toBe("ROLLBACK_SUCCESSFUL");
    expect(await weights()).toEqual(before);
  });

  it.each([
    ["canary", { strategy: "CANARY", canaryConfiguration: { canaryPercent: 20, canaryBakeTimeInMinutes: 0 } }],
    ["linear", { strategy: "LINEAR", linearConfiguration: { stepPercent: 40, stepBakeTimeInMinutes: 0 } }],
  ] as const)(
    "of a %s are STOPPED with ABORT, its share of the traffic where it is, until the next deployment succeeds",
    async (_, strategy) => {
      const arn = await deploy({ bakeTimeInMinutes: 0, ...strategy, lifecycleHooks: pauseAt("PRE_PRODUCTION_TRAFFIC_SHIFT") });
      const first = await pausedAfter(arn);
      await go(first);
      await pausedAfter(arn, [waitingHook(first)]);
      const shared = await weights();
      expect(shared).not.toContain(0);
      await ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn: arn, stopType: "ABORT" }));
      expect(await ended(arn)).toBe("STOPPED");
      expect(await weights()).toEqual(shared);
      expect(await world.status("staged")).toMatchObject({ desired: 2, running: 4, healthy: 4, state: "degraded" });
      expect(await ended(await deploy(blueGreen([])))).toBe("SUCCESSFUL");
      expect((await weights()).sort((a, b) => a - b)).toEqual([0, 100]);
    },
  );

  it("are STOPPED where they stand with ABORT, the old revision serving on, until the next deployment succeeds", async () => {
    const before = await weights();
    const arn = await deploy(blueGreen(pauseAt("POST_SCALE_UP")));
    await pausedAfter(arn);
    await ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn: arn, stopType: "ABORT" }));
    expect(await ended(arn)).toBe("STOPPED");
    expect(await weights()).toEqual(before);
    expect(await ended(await deploy(blueGreen([])))).toBe("SUCCESSFUL");
  });

  it("of a rolling service are rolled back when stopped", async () => {
    const arn = await deploy({ strategy: "ROLLING", bakeTimeInMinutes: 0, lifecycleHooks: [] });
    await ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn: arn, stopType: "ROLLBACK" }));
    expect(await ended(arn)).toBe("ROLLBACK_SUCCESSFUL");
  });

  it("of a rolling service are STOPPED with ABORT, its old tasks serve and are counted in whichever target group, and the next one succeeds", async () => {
    const rolling: DeploymentConfiguration = { strategy: "ROLLING", bakeTimeInMinutes: 0, lifecycleHooks: [] };
    // So that it is in the other group than before.
    expect(await ended(await deploy(blueGreen([])))).toBe("SUCCESSFUL");
    for (const _ of ["one group", "the other"]) {
      const arn = await deploy(rolling);
      await ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn: arn, stopType: "ABORT" }));
      expect(await ended(arn)).toBe("STOPPED");
      const { desired, healthy, state } = await world.status("staged");
      expect({ desired, state }).toEqual({ desired: 2, state: "degraded" });
      expect(healthy).toBeGreaterThanOrEqual(2);
      expect(await ended(await deploy(blueGreen([])))).toBe("SUCCESSFUL");
      expect(await world.status("staged")).toMatchObject({ desired: 2, healthy: 2, state: "steady" });
    }
    expect(await ended(await deploy(rolling))).toBe("SUCCESSFUL");
  });

  it("go on as they began when only the configuration is changed, and the next goes by the changed one", async () => {
    const before = await weights();
    const arn = await deploy(blueGreen(pauseAt("POST_SCALE_UP")));
    const paused = await pausedAfter(arn);
    const rolling: DeploymentConfiguration = { strategy: "ROLLING", lifecycleHooks: [] };
    const { service } = await ecs.send(new UpdateServiceCommand({ ...where, deploymentConfiguration: rolling }));
    expect(service?.deploymentConfiguration?.strategy).toBe("ROLLING");
    expect(service?.currentServiceDeployment).toBe(arn);
    expect((await look(arn)).deploymentConfiguration?.strategy).toBe("BLUE_GREEN");
    await go(paused);
    expect(await ended(arn)).toBe("SUCCESSFUL");
    expect(await weights()).toEqual([...before].reverse());
    expect(await ended(await deploy(rolling))).toBe("SUCCESSFUL");
    expect(await weights()).toEqual([...before].reverse());
  });

  it.each(stages)("are superseded at %s by a rolling update, which succeeds", async (stage) => {
    const arn = await deploy(blueGreen(pauseAt(stage)));
    await pausedAfter(arn);
    const next = await deploy({ strategy: "ROLLING", bakeTimeInMinutes: 0, lifecycleHooks: [] });
    expect(await ended(next)).toBe("SUCCESSFUL");
    expect(await ended(arn)).toBe("STOPPED");
  });

  describeWith("boto3", "under boto3", () => {
    it("are seen paused, refused with its exception classes, and told to go back", async () => {
      const arn = await deploy(blueGreen(pauseAt("POST_SCALE_UP")));
      await pausedAfter(arn);
      const outcome = await world.run("python3", [join(root, "test", "judges", "boto3-pause.py"), endpoint, where.service]);
      expect(outcome).toExitWith(0);
      expect(JSON.parse(outcome.stdout)).toEqual({
        status: "IN_PROGRESS",
        stage: "POST_SCALE_UP",
        hook: { targetType: "PAUSE", status: "AWAITING_ACTION" },
        errors: {
          hook: "InvalidParameterException",
          deployment: "ServiceDeploymentNotFoundException",
          stop: "ServiceDeploymentNotFoundException",
        },
        answered: true,
      });
      expect(await ended(arn)).toBe("ROLLBACK_SUCCESSFUL");
    });
  });

  describeWith("aws", "under the AWS CLI", () => {
    it("are stopped once, and refused a second time", async () => {
      const arn = await deploy(blueGreen(pauseAt("POST_SCALE_UP")));
      await pausedAfter(arn);
      const stop = () =>
        world.run("aws", [
          "ecs",
          "stop-service-deployment",
          "--service-deployment-arn",
          arn,
          "--endpoint-url",
          endpoint,
          "--output",
          "json",
        ]);
      const stopped = await stop();
      expect(stopped).toExitWith(0);
      expect(JSON.parse(stopped.stdout)).toEqual({ serviceDeploymentArn: arn });
      expect(await ended(arn)).toBe("ROLLBACK_SUCCESSFUL");
      expect((await stop()).stderr).toContain("ConflictException");
    });
  });
});
