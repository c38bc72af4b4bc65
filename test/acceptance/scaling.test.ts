import {
  ApplicationAutoScalingClient,
  DescribeScalingActivitiesCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchClient, DescribeAlarmsCommand, PutMetricAlarmCommand, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
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
    expect(outcome, outcome.stdout + outcome.stderr).toMatchObject({ status: 0 });
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
    await eventually("five tasks run", async () => {
      const { desired, running } = await world.status("scaled");
      return desired === 5 && running === 5;
    });
    const { ScalingActivities = [] } = await scaling.send(new DescribeScalingActivitiesCommand({ ServiceNamespace: "ecs" }));
    expect(ScalingActivities[0]).toMatchObject({ Description: "Setting desired count to 5." });
  });
});
