import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { context, region, ScalingWorld, target } from "./scaling-world.testing.ts";

let self: ScalingWorld;
beforeEach(() => {
  self = new ScalingWorld();
});
afterEach(() => self.end());

describe("Application Auto Scaling", () => {
  it("target tracking rings by two alarms with AWS's names, which go with the policy", async () => {
    await self.register();
    const { Alarms, PolicyARN } = await self.track();
    expect(Alarms?.map(({ AlarmName }) => AlarmName?.replace(/[0-9a-f-]{36}$/, "<uuid>"))).toEqual([
      "TargetTracking-service/local/items-AlarmHigh-<uuid>",
      "TargetTracking-service/local/items-AlarmLow-<uuid>",
    ]);
    const described = await self.cloudwatch.operations.DescribeAlarms?.({ ActionPrefix: PolicyARN }, context);
    expect(described?.MetricAlarms).toMatchObject([
      { Threshold: 60, EvaluationPeriods: 3, ComparisonOperator: "GreaterThanThreshold", MetricName: "CPUUtilization", Period: 60 },
      { Threshold: 54, EvaluationPeriods: 15, ComparisonOperator: "LessThanThreshold", Statistic: "Average" },
    ]);
    await self.track(70);
    expect((await self.cloudwatch.operations.DescribeAlarms?.({}, context))?.MetricAlarms?.map(({ Threshold }) => Threshold)).toEqual([
      70, 63,
    ]);
    await self.call("DeleteScalingPolicy", { ...target, PolicyName: "cpu" });
    expect((await self.cloudwatch.operations.DescribeAlarms?.({}, context))?.MetricAlarms).toEqual([]);
  });

  it("load that stays high brings more tasks after three minutes, and as it falls they go after fifteen", async () => {
    await self.register();
    await self.track();
    await self.minutes(3, 90);
    expect(self.service.desiredCount).toBe(4);
    await self.minutes(6, 58);
    expect(self.service.desiredCount).toBe(6);
    await self.minutes(16, 20);
    expect(self.service.desiredCount).toBe(2);
    expect(await self.activities()).toEqual(["Setting desired count to 2. Successful", "Setting desired count to 6. Successful"]);
    const { ScalingActivities } = await self.call("DescribeScalingActivities", target);
    expect(ScalingActivities?.[1]?.Cause).toMatch(
      /^monitor alarm TargetTracking-service\/local\/items-AlarmHigh-\S+ in state ALARM triggered policy cpu$/,
    );
    expect(ScalingActivities?.[1]?.StatusMessage).toBe("Successfully set desired count to 6. Change successfully fulfilled by ecs.");
  });

  it("does not scale in while a deployment runs, nor when it is suspended, nor with too little data", async () => {
    await self.register();
    await self.track();
    self.service.isDeploying = true;
    await self.minutes(20, 20);
    expect(self.service.desiredCount).toBe(4);
    self.service.isDeploying = false;
    await self.call("RegisterScalableTarget", { ...target, SuspendedState: { DynamicScalingInSuspended: true } });
    await self.minutes(3, 20);
    expect(self.service.desiredCount).toBe(4);
    await self.call("RegisterScalableTarget", { ...target, SuspendedState: { DynamicScalingInSuspended: false } });
    await self.minutes(2, 20);
    expect(self.service.desiredCount).toBe(2);
  });

  it("an activity that was under way when the platform stopped is followed to its end afterwards", async () => {
    await self.register();
    await self.track();
    await self.minutes(3, 90);
    self.clock.advanceBy(4_000);
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    expect(await self.activities()).toEqual(["Setting desired count to 6. InProgress"]);
    await self.close();
    self.open();
    await self.minutes(1);
    expect(await self.activities()).toEqual(["Setting desired count to 6. Successful"]);
  });

  it("load that keeps rising brings more on top while the first tasks start, and the same datapoint is acted on once", async () => {
    await self.register();
    await self.track(60, { ScaleOutCooldown: 600 });
    await self.minutes(3, 90);
    await self.minutes(1, 90);
    expect(self.service.desiredCount).toBe(6);
    await self.minutes(3);
    expect(self.service.desiredCount).toBe(7);
  });

  it("an alarm that lasts is looked at every minute", async () => {
    await self.register(2, 100);
    await self.track(60, { ScaleOutCooldown: 600 });
    await self.minutes(3, 75);
    const counts: number[] = [];
    for (let minute = 0; minute < 5; minute++) {
      await self.minutes(1, 75);
      counts.push(self.service.desiredCount);
    }
    // In the cooldown each look asks for two more, of which one was added before.
    expect(counts).toEqual([5, 6, 7, 8, 9]);
  });

  it("a change by someone else overrides the activity", async () => {
    await self.register();
    await self.track();
    await self.minutes(3, 90);
    self.clock.advanceBy(4_000);
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    self.service.desiredCount = 3;
    await self.minutes(1);
    expect(await self.activities()).toEqual(["Setting desired count to 6. Overridden"]);
  });

  it("registering moves the desired count into the bounds at once, at creation and at update", async () => {
    await self.register(5, 8);
    await self.settle();
    expect(self.service.desiredCount).toBe(5);
    await self.call("RegisterScalableTarget", { ...target, MinCapacity: 0, MaxCapacity: 3 });
    await self.settle();
    expect(self.service.desiredCount).toBe(3);
    self.service.desiredCount = 9;
    await self.call("RegisterScalableTarget", { ...target });
    await self.settle();
    expect(self.service.desiredCount).toBe(3);
    expect((await self.call("DescribeScalableTargets", target)).ScalableTargets).toMatchObject([{ MinCapacity: 0, MaxCapacity: 3 }]);
  });

  it("an alarm of one's own rings a step policy", async () => {
    await self.register();
    const { PolicyARN } = await self.call("PutScalingPolicy", {
      ...target,
      PolicyName: "queue",
      PolicyType: "StepScaling",
      StepScalingPolicyConfiguration: {
        AdjustmentType: "ChangeInCapacity",
        Cooldown: 60,
        StepAdjustments: [
          { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 100, ScalingAdjustment: 1 },
          { MetricIntervalLowerBound: 100, ScalingAdjustment: 3 },
        ],
      },
    });
    await self.cloudwatch.operations.PutMetricAlarm?.(
      {
        AlarmName: "depth",
        Namespace: "App",
        MetricName: "Depth",
        Statistic: "Average",
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 50,
        ComparisonOperator: "GreaterThanThreshold",
        AlarmActions: [PolicyARN ?? ""],
      },
      context,
    );
    self.metrics.record(region, "App", "Depth", {}, 200, self.clock.now());
    await self.minutes(1);
    await self.minutes(1);
    expect(self.service.desiredCount).toBe(7);
  });

  it("a policy that names no cooldowns waits five minutes between its scale-ins", async () => {
    await self.register(1, 10);
    await self.track(60, { ScaleOutCooldown: undefined, ScaleInCooldown: undefined });
    const changes: number[] = [];
    let before = self.service.desiredCount;
    for (let minute = 1; minute <= 25; minute++) {
      await self.minutes(1, 25);
      if (self.service.desiredCount !== before) changes.push(minute);
      before = self.service.desiredCount;
    }
    const [first = 0, second = 0] = changes;
    expect([self.service.desiredCount, changes.length]).toEqual([1, 2]);
    expect(second - first).toBeGreaterThanOrEqual(5);
    expect(second - first).toBeLessThanOrEqual(6);
  });

  it("a policy that names no cooldowns waits five minutes before it scales out by as much again", async () => {
    await self.register(1, 20);
    await self.track(60, { ScaleOutCooldown: undefined, ScaleInCooldown: undefined });
    const changes: [minute: number, count: number][] = [];
    for (let minute = 1; minute <= 16; minute++) {
      // Enough for one task more, and then for one more again.
      await self.minutes(1, minute <= 3 ? 75 : 66);
      if (self.service.desiredCount !== (changes.at(-1)?.[1] ?? 4)) changes.push([minute, self.service.desiredCount]);
    }
    expect(changes.map(([, count]) => count).slice(0, 2)).toEqual([5, 6]);
    const [[first = 0] = [], [second = 0] = []] = changes;
    expect(second - first).toBeGreaterThanOrEqual(5);
    expect(second - first).toBeLessThanOrEqual(6);
  });

  it("a service is one scalable target, however often it is registered", async () => {
    await self.register(2, 10);
    await self.register(3, 9);
    const { ScalableTargets } = await self.call("DescribeScalableTargets", { ServiceNamespace: "ecs" });
    expect(ScalableTargets?.map(({ MinCapacity, MaxCapacity }) => [MinCapacity, MaxCapacity])).toEqual([[3, 9]]);
  });

  it.each([
    ["two metrics that return data", { CustomizedMetricSpecification: { Metrics: ["m1", "m2"].map((Id) => ({ Id, Expression: "1" })) } }],
    ["requests per target of no target group", { PredefinedMetricSpecification: { PredefinedMetricType: "ALBRequestCountPerTarget" } }],
    ["a metric of something else", { PredefinedMetricSpecification: { PredefinedMetricType: "EC2SpotFleetRequestAverageCPUUtilization" } }],
    ["a target of nothing", { TargetValue: 0 }],
  ])("target tracking of %s is refused, and leaves no policy", async (_what, more) => {
    await self.register();
    const predefined = "CustomizedMetricSpecification" in more ? { PredefinedMetricSpecification: undefined } : {};
    await expect(self.track(60, { ...predefined, ...more })).rejects.toMatchObject({ name: "ValidationException" });
    expect((await self.call("DescribeScalingPolicies", { ServiceNamespace: "ecs" })).ScalingPolicies).toEqual([]);
  });

  it("what cannot be is refused in Application Auto Scaling's words", async () => {
    self.service.status = "INACTIVE";
    await expect(self.register()).rejects.toMatchObject({
      name: "ValidationException",
      message: "ECS service doesn't exist: service/local/items",
    });
    self.service.status = "ACTIVE";
    const refused: [Promise<unknown>, string][] = [
      [self.call("RegisterScalableTarget", { ...target, ResourceId: "table/x", MinCapacity: 1, MaxCapacity: 2 }), "ValidationException"],
      [self.call("RegisterScalableTarget", { ...target, MinCapacity: 3, MaxCapacity: 2 }), "ValidationException"],
      [self.call("RegisterScalableTarget", target), "ValidationException"],
      [self.track(), "ObjectNotFoundException"],
      [self.call("DeregisterScalableTarget", target), "ObjectNotFoundException"],
      [self.call("DeleteScalingPolicy", { ...target, PolicyName: "no" }), "ObjectNotFoundException"],
      [self.call("DeleteScheduledAction", { ...target, ScheduledActionName: "no" }), "ObjectNotFoundException"],
      [self.call("ListTagsForResource", { ResourceARN: "arn:aws:x:us-east-1:0:y" }), "ResourceNotFoundException"],
    ];
    for (const [attempt, name] of refused) await expect(attempt, name).rejects.toMatchObject({ name });
    await self.register();
    await self.track();
    const invalid = { name: "ValidationException" };
    const scheduled = { ...target, ScheduledActionName: "x", ScalableTargetAction: { MinCapacity: 1 } };
    await expect(self.call("PutScheduledAction", { ...scheduled, Schedule: "every day" })).rejects.toMatchObject(invalid);
    await expect(self.call("PutScheduledAction", { ...scheduled, Schedule: "rate(1 day)", Timezone: "Mars" })).rejects.toMatchObject(
      invalid,
    );
    const { PolicyName, ...twice } = { ...target, PolicyName: "", PolicyType: "TargetTrackingScaling" as const };
    await expect(
      self.call("PutScalingPolicy", {
        ...twice,
        PolicyName: "again",
        TargetTrackingScalingPolicyConfiguration: {
          TargetValue: 50,
          PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilization" },
        },
      }),
    ).rejects.toMatchObject({ message: "Only one TargetTrackingScaling policy for a given metric specification is allowed." });
    expect(PolicyName).toBe("");
    await self.call("DeregisterScalableTarget", target);
    expect((await self.call("DescribeScalingPolicies", { ServiceNamespace: "ecs" })).ScalingPolicies).toEqual([]);
    expect(self.alarms.list()).toEqual([]);
  });
});
