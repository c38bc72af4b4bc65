import {
  ApplicationAutoScalingClient,
  DescribeScalingActivitiesCommand,
  PutScalingPolicyCommand,
  PutScheduledActionCommand,
  RegisterScalableTargetCommand,
  type SuspendedState,
} from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchClient, DescribeAlarmsCommand, PutMetricAlarmCommand, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import {
  ContinueServiceDeploymentCommand,
  type DeploymentLifecycleHook,
  DescribeServiceDeploymentsCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serviceFiles } from "../support/service.ts";
import { eventually, World } from "../support/world.ts";

describe("a service with several scaling policies on the running platform", () => {
  const world = new World();
  let scaling: ApplicationAutoScalingClient;
  let cloudWatch: CloudWatchClient;
  const target = {
    ServiceNamespace: "ecs",
    ResourceId: "service/fsd-local/scaled",
    ScalableDimension: "ecs:service:DesiredCount",
  } as const;

  beforeAll(async () => {
    const { endpoint } = await world.up("--speed", "60");
    const connection = { endpoint, region: "us-east-1", credentials: { accessKeyId: "local", secretAccessKey: "local" } };
    scaling = new ApplicationAutoScalingClient(connection);
    cloudWatch = new CloudWatchClient(connection);
    const outcome = await world.fsd("deploy", "-f", world.write("scaled", serviceFiles("scaled", { version: "1" })), "--yes");
    expect(outcome).toExitWith(0);
  });
  afterAll(async () => {
    scaling.destroy();
    cloudWatch.destroy();
    await world.end();
  });

  const suspend = (DynamicScalingOutSuspended: boolean): Promise<unknown> =>
    scaling.send(
      new RegisterScalableTargetCommand({ ...target, MinCapacity: 1, MaxCapacity: 6, SuspendedState: { DynamicScalingOutSuspended } }),
    );
  /** A step policy that adds so many tasks while the backlog is above the threshold. */
  const stepped = async (name: string, add: number, threshold: number): Promise<void> => {
    const { PolicyARN = "" } = await scaling.send(
      new PutScalingPolicyCommand({
        ...target,
        PolicyName: name,
        PolicyType: "StepScaling",
        StepScalingPolicyConfiguration: {
          AdjustmentType: "ChangeInCapacity",
          Cooldown: 3600,
          StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: add }],
        },
      }),
    );
    await cloudWatch.send(
      new PutMetricAlarmCommand({
        AlarmName: name,
        AlarmActions: [PolicyARN],
        Namespace: "App",
        MetricName: "Backlog",
        Statistic: "Maximum",
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: threshold,
        ComparisonOperator: "GreaterThanThreshold",
        TreatMissingData: "ignore",
      }),
    );
  };
  /** A backlog of 100 for the next three minutes, known at once: no alarm finds a period without it, however busy the machine is. */
  const backlog = (): Promise<unknown> => {
    const now = Date.now();
    const MetricData = Array.from({ length: 360 }, (_, index) => ({
      MetricName: "Backlog",
      Value: 100,
      Timestamp: new Date(now + index * 500),
    }));
    return cloudWatch.send(new PutMetricDataCommand({ Namespace: "App", MetricData }));
  };

  it("keeps its count while scaling out is suspended, and then takes the policy that wants most", async () => {
    await suspend(true);
    await stepped("few", 1, 10);
    await stepped("many", 3, 20);
    await backlog();
    await eventually("both alarms ring", async () => {
      const { MetricAlarms = [] } = await cloudWatch.send(new DescribeAlarmsCommand({ StateValue: "ALARM" }));
      return MetricAlarms.length === 2;
    });
    expect(await world.status("scaled")).toMatchObject({ desired: 2 });
    const before = await scaling.send(new DescribeScalingActivitiesCommand({ ServiceNamespace: "ecs" }));
    expect(before.ScalingActivities).toEqual([]);
    await suspend(false);
    // The alarms go on ringing: what is told first is what was decided between the two policies.
    await eventually("five tasks run", async () => (await world.status("scaled")).running >= 5);
    const { ScalingActivities = [] } = await scaling.send(new DescribeScalingActivitiesCommand({ ServiceNamespace: "ecs" }));
    expect(ScalingActivities.at(-1)).toMatchObject({ Description: "Setting desired count to 5." });
  });
});

describe("scaling that is held back on the running platform", () => {
  const world = new World();
  let clients: { scaling: ApplicationAutoScalingClient; cloudWatch: CloudWatchClient; ecs: ECSClient };

  beforeAll(async () => {
    const { endpoint } = await world.up("--speed", "60");
    const connection = { endpoint, region: "us-east-1", credentials: { accessKeyId: "local", secretAccessKey: "local" } };
    clients = {
      scaling: new ApplicationAutoScalingClient(connection),
      cloudWatch: new CloudWatchClient(connection),
      ecs: new ECSClient(connection),
    };
    const staged = "  deployment: {strategy: blue-green, bakeTime: 0s}\n";
    for (const [name, more] of [
      ["held", staged],
      ["free", ""],
    ] as const) {
      const outcome = await world.fsd("deploy", "-f", world.write(name, serviceFiles(name, { version: "1" }, more)), "--yes");
      expect(outcome).toExitWith(0);
    }
  });
  afterAll(async () => {
    for (const client of Object.values(clients)) client.destroy();
    await world.end();
  });

  const targetOf = (service: string) =>
    ({ ServiceNamespace: "ecs", ResourceId: `service/fsd-local/${service}`, ScalableDimension: "ecs:service:DesiredCount" }) as const;
  const register = (service: string, SuspendedState: SuspendedState = {}, MinCapacity = 1): Promise<unknown> =>
    clients.scaling.send(new RegisterScalableTargetCommand({ ...targetOf(service), MinCapacity, MaxCapacity: 6, SuspendedState }));
  const activities = async (service: string): Promise<number> => {
    const { ScalingActivities = [] } = await clients.scaling.send(
      new DescribeScalingActivitiesCommand({ ServiceNamespace: "ecs", ResourceId: targetOf(service).ResourceId }),
    );
    return ScalingActivities.length;
  };
  /** A step policy that takes a task away while the service is idle, and an alarm that says so from now on for minutes. */
  const idle = async (service: string): Promise<void> => {
    const { PolicyARN = "" } = await clients.scaling.send(
      new PutScalingPolicyCommand({
        ...targetOf(service),
        PolicyName: service,
        PolicyType: "StepScaling",
        StepScalingPolicyConfiguration: {
          AdjustmentType: "ChangeInCapacity",
          Cooldown: 3600,
          StepAdjustments: [{ MetricIntervalUpperBound: 0, ScalingAdjustment: -1 }],
        },
      }),
    );
    const metric = { Namespace: "App", MetricName: `Work-${service}` };
    await clients.cloudWatch.send(
      new PutMetricAlarmCommand({
        AlarmName: service,
        AlarmActions: [PolicyARN],
        ...metric,
        Statistic: "Maximum",
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 10,
        ComparisonOperator: "LessThanThreshold",
        TreatMissingData: "ignore",
      }),
    );
    const now = Date.now();
    const MetricData = Array.from({ length: 360 }, (_, index) => ({
      MetricName: metric.MetricName,
      Value: 0,
      Timestamp: new Date(now + index * 500),
    }));
    await clients.cloudWatch.send(new PutMetricDataCommand({ Namespace: metric.Namespace, MetricData }));
    await eventually("the alarm rings", async () => {
      const { MetricAlarms = [] } = await clients.cloudWatch.send(
        new DescribeAlarmsCommand({ AlarmNames: [service], StateValue: "ALARM" }),
      );
      return MetricAlarms.length === 1;
    });
  };
  const desires = (service: string, count: number): Promise<unknown> =>
    eventually(`${service} wants ${count}`, async () => (await world.status(service)).desired === count);

  it("takes no task away while a deployment is under way, and does so when it is over", async () => {
    await register("held");
    const where = { cluster: "fsd-local", service: "held" };
    const lifecycleHooks: DeploymentLifecycleHook[] = [{ targetType: "PAUSE", lifecycleStages: ["POST_SCALE_UP"] }];
    const deploymentConfiguration = { strategy: "BLUE_GREEN" as const, bakeTimeInMinutes: 0, lifecycleHooks };
    await clients.ecs.send(new UpdateServiceCommand({ ...where, forceNewDeployment: true, deploymentConfiguration }));
    const { serviceDeployments = [] } = await clients.ecs.send(new ListServiceDeploymentsCommand(where));
    const serviceDeploymentArns = [serviceDeployments[0]?.serviceDeploymentArn ?? ""];
    const hookId = await eventually("the deployment pauses", async () => {
      const { serviceDeployments: seen = [] } = await clients.ecs.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns }));
      return seen[0]?.lifecycleHookDetails?.find(({ status }) => status === "AWAITING_ACTION")?.hookId;
    });
    await idle("held");
    expect((await world.status("held")).desired).toBe(2);
    expect(await activities("held")).toBe(0);
    await clients.ecs.send(
      new ContinueServiceDeploymentCommand({ serviceDeploymentArn: serviceDeploymentArns[0], hookId, action: "CONTINUE" }),
    );
    await desires("held", 1);
  });

  it("takes no task away while scaling in is suspended, and does so when it is no more", async () => {
    await register("free", { DynamicScalingInSuspended: true });
    await idle("free");
    expect((await world.status("free")).desired).toBe(2);
    expect(await activities("free")).toBe(0);
    await register("free", { DynamicScalingInSuspended: false });
    await desires("free", 1);
  });

  it("keeps its bounds while scheduled scaling is suspended, and takes the next action's when it is no more", async () => {
    await register("free", { DynamicScalingInSuspended: true, ScheduledScalingSuspended: true });
    await register("held", { DynamicScalingInSuspended: true });
    /** Once, in two seconds from now; the wall's, as schedules are. */
    const schedule = (service: string, name: string, MinCapacity: number): Promise<unknown> =>
      clients.scaling.send(
        new PutScheduledActionCommand({
          ...targetOf(service),
          ScheduledActionName: name,
          Schedule: `at(${new Date(Date.now() + 2_000).toISOString().slice(0, 19)})`,
          ScalableTargetAction: { MinCapacity, MaxCapacity: 6 },
        }),
      );
    const { desired } = await world.status("free");
    await schedule("free", "in-vain", 3);
    await schedule("held", "witness", 4);
    // The later of the two has happened, and so has the earlier, in vain.
    await desires("held", 4);
    expect((await world.status("free")).desired).toBe(desired);
    await register("free", { DynamicScalingInSuspended: true, ScheduledScalingSuspended: false });
    await schedule("free", "heard", 3);
    await desires("free", 3);
  });
});
