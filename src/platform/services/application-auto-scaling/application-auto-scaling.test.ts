import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RandomIds } from "../../../kit/ids.ts";
import { VirtualClock } from "../../../kit/virtual-clock.ts";
import type { Call, OperationInput, OperationName, OperationOutput } from "../../gateway/operations.ts";
import { LibsqlStore } from "../../persistence/libsql-store.ts";
import { AlarmBoard } from "../cloudwatch/alarm-board.ts";
import { AlarmEvaluator } from "../cloudwatch/alarm-evaluator.ts";
import { MetricStore } from "../cloudwatch/metric-store.ts";
import { cloudwatchProvider } from "../cloudwatch/provider.ts";
import { applicationAutoScalingProvider } from "./provider.ts";
import { Scaler } from "./scaler.ts";
import { ScalingStore } from "./scaling-store.ts";
import { ScheduledScaling } from "./scheduled-scaling.ts";

const account = "000000000000";
const region = "us-east-1";
const context = { account, region, requestId: "r" };
const MINUTE = 60_000;
// A Friday, 12:00 UTC, on a whole minute.
const noon = Date.UTC(2026, 10, 20, 12);
const target = { ServiceNamespace: "ecs", ResourceId: "service/local/items", ScalableDimension: "ecs:service:DesiredCount" } as const;
const dimensions = { ClusterName: "local", ServiceName: "items" };

type Operation = OperationName<"application-auto-scaling">;

describe("Application Auto Scaling", () => {
  let store: LibsqlStore;
  let clock: VirtualClock;
  let metrics: MetricStore;
  let alarms: AlarmBoard;
  let evaluator: AlarmEvaluator;
  let scaler: Scaler;
  let schedules: ScheduledScaling;
  let call: <O extends Operation>(
    operation: O,
    input: OperationInput<"application-auto-scaling", O>,
  ) => Promise<OperationOutput<"application-auto-scaling", O>>;
  let cloudwatch: ReturnType<typeof cloudwatchProvider>;
  /** The ECS service as far as scaling sees it; its tasks run as soon as `settle` says so. */
  let service: { desiredCount: number; runningCount: number; isDeploying: boolean; status: string };
  let defects: unknown[];

  const open = (): void => {
    metrics = new MetricStore({ store, clock, speed: 1 });
    alarms = new AlarmBoard({ store, clock });
    evaluator = new AlarmEvaluator({ store, clock, speed: 1, alarms, metrics });
    cloudwatch = cloudwatchProvider({ store, clock, account, metrics, alarms });
    const within = (async (name: string, operation: string, input: { desiredCount?: number }) => {
      if (name === "cloudwatch") return cloudwatch.operations[operation as "PutMetricAlarm"]?.(input as never, context);
      if (operation === "UpdateService") {
        service.desiredCount = input.desiredCount ?? service.desiredCount;
        return {};
      }
      const { isDeploying, ...rest } = service;
      return { services: [{ ...rest, deployments: [{ rolloutState: isDeploying ? "IN_PROGRESS" : "COMPLETED" }] }] };
    }) as unknown as Call;
    const scaling = new ScalingStore(store);
    scaler = new Scaler({
      store: scaling,
      clock,
      engineClock: clock,
      ids: new RandomIds(),
      alarms,
      call: within,
      report: (defect) => defects.push(defect),
    });
    schedules = new ScheduledScaling({ store: scaling, clock, scaler });
    const provider = applicationAutoScalingProvider({ clock, ids: new RandomIds(), account, call: within, scaling, scaler, schedules });
    call = async (operation, input) => {
      const handler = provider.operations[operation];
      if (handler === undefined) throw new Error(`no ${operation}`);
      return handler(input as never, context) as never;
    };
    scaler.start();
    schedules.start();
  };
  const close = async (): Promise<void> => {
    schedules.close();
    await scaler.close();
    evaluator.close();
    metrics.close();
  };

  /** Everything that was started by now comes to its end; the tasks that are desired run. */
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    service.runningCount = service.desiredCount;
  };
  /** So many minutes pass, each with a sample of CPU. */
  const minutes = async (count: number, cpu?: number): Promise<void> => {
    for (let minute = 0; minute < count; minute++) {
      if (cpu !== undefined) metrics.record(region, "AWS/ECS", "CPUUtilization", dimensions, cpu, clock.now(), "Percent");
      for (let step = 0; step < 6; step++) {
        clock.advanceBy(MINUTE / 6);
        await settle();
      }
    }
  };
  const register = (MinCapacity = 2, MaxCapacity = 10) => call("RegisterScalableTarget", { ...target, MinCapacity, MaxCapacity });
  const track = (TargetValue = 60, more = {}) =>
    call("PutScalingPolicy", {
      ...target,
      PolicyName: "cpu",
      PolicyType: "TargetTrackingScaling",
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue,
        PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilization" },
        ScaleOutCooldown: 60,
        ScaleInCooldown: 300,
        ...more,
      },
    });
  const activities = async () =>
    (await call("DescribeScalingActivities", { ServiceNamespace: "ecs" })).ScalingActivities?.map(
      ({ Description, StatusCode }) => `${Description} ${StatusCode}`,
    );

  beforeEach(() => {
    store = new LibsqlStore(":memory:");
    clock = new VirtualClock(noon);
    service = { desiredCount: 4, runningCount: 4, isDeploying: false, status: "ACTIVE" };
    defects = [];
    open();
  });
  afterEach(async () => {
    await close();
    store.close();
    expect(defects).toEqual([]);
  });

  it("target tracking rings by two alarms with AWS's names, which go with the policy", async () => {
    await register();
    const { Alarms, PolicyARN } = await track();
    expect(Alarms?.map(({ AlarmName }) => AlarmName?.replace(/[0-9a-f-]{36}$/, "<uuid>"))).toEqual([
      "TargetTracking-service/local/items-AlarmHigh-<uuid>",
      "TargetTracking-service/local/items-AlarmLow-<uuid>",
    ]);
    const described = await cloudwatch.operations.DescribeAlarms?.({ ActionPrefix: PolicyARN }, context);
    expect(described?.MetricAlarms).toMatchObject([
      { Threshold: 60, EvaluationPeriods: 3, ComparisonOperator: "GreaterThanThreshold", MetricName: "CPUUtilization", Period: 60 },
      { Threshold: 54, EvaluationPeriods: 15, ComparisonOperator: "LessThanThreshold", Statistic: "Average" },
    ]);
    await track(70);
    expect((await cloudwatch.operations.DescribeAlarms?.({}, context))?.MetricAlarms?.map(({ Threshold }) => Threshold)).toEqual([70, 63]);
    await call("DeleteScalingPolicy", { ...target, PolicyName: "cpu" });
    expect((await cloudwatch.operations.DescribeAlarms?.({}, context))?.MetricAlarms).toEqual([]);
  });

  it("load that stays high brings more tasks after three minutes, and as it falls they go after fifteen", async () => {
    await register();
    await track();
    await minutes(3, 90);
    expect(service.desiredCount).toBe(4);
    await minutes(6, 58);
    expect(service.desiredCount).toBe(6);
    await minutes(16, 20);
    expect(service.desiredCount).toBe(2);
    expect(await activities()).toEqual(["Setting desired count to 2. Successful", "Setting desired count to 6. Successful"]);
    const { ScalingActivities } = await call("DescribeScalingActivities", target);
    expect(ScalingActivities?.[1]?.Cause).toMatch(
      /^monitor alarm TargetTracking-service\/local\/items-AlarmHigh-\S+ in state ALARM triggered policy cpu$/,
    );
    expect(ScalingActivities?.[1]?.StatusMessage).toBe("Successfully set desired count to 6. Change successfully fulfilled by ecs.");
  });

  it("does not scale in while a deployment runs, nor when it is suspended, nor with too little data", async () => {
    await register();
    await track();
    service.isDeploying = true;
    await minutes(20, 20);
    expect(service.desiredCount).toBe(4);
    service.isDeploying = false;
    await call("RegisterScalableTarget", { ...target, SuspendedState: { DynamicScalingInSuspended: true } });
    await minutes(3, 20);
    expect(service.desiredCount).toBe(4);
    await call("RegisterScalableTarget", { ...target, SuspendedState: { DynamicScalingInSuspended: false } });
    await minutes(2, 20);
    expect(service.desiredCount).toBe(2);
  });

  it("an activity that was under way when the platform stopped is followed to its end afterwards", async () => {
    await register();
    await track();
    await minutes(3, 90);
    clock.advanceBy(4_000);
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    expect(await activities()).toEqual(["Setting desired count to 6. InProgress"]);
    await close();
    open();
    await minutes(1);
    expect(await activities()).toEqual(["Setting desired count to 6. Successful"]);
  });

  it("load that keeps rising brings more on top while the first tasks start, and the same datapoint is acted on once", async () => {
    await register();
    await track(60, { ScaleOutCooldown: 600 });
    await minutes(3, 90);
    await minutes(1, 90);
    expect(service.desiredCount).toBe(6);
    await minutes(3);
    expect(service.desiredCount).toBe(7);
  });

  it("an alarm that lasts is looked at every minute", async () => {
    await register(2, 100);
    await track(60, { ScaleOutCooldown: 600 });
    await minutes(3, 75);
    const counts: number[] = [];
    for (let minute = 0; minute < 5; minute++) {
      await minutes(1, 75);
      counts.push(service.desiredCount);
    }
    // In the cooldown each look asks for two more, of which one was added before.
    expect(counts).toEqual([5, 6, 7, 8, 9]);
  });

  it("a change by someone else overrides the activity", async () => {
    await register();
    await track();
    await minutes(3, 90);
    clock.advanceBy(4_000);
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    service.desiredCount = 3;
    await minutes(1);
    expect(await activities()).toEqual(["Setting desired count to 6. Overridden"]);
  });

  it("registering moves the desired count into the bounds at once, at creation and at update", async () => {
    await register(5, 8);
    await settle();
    expect(service.desiredCount).toBe(5);
    await call("RegisterScalableTarget", { ...target, MinCapacity: 0, MaxCapacity: 3 });
    await settle();
    expect(service.desiredCount).toBe(3);
    service.desiredCount = 9;
    await call("RegisterScalableTarget", { ...target });
    await settle();
    expect(service.desiredCount).toBe(3);
    expect((await call("DescribeScalableTargets", target)).ScalableTargets).toMatchObject([{ MinCapacity: 0, MaxCapacity: 3 }]);
  });

  it("an alarm of one's own rings a step policy", async () => {
    await register();
    const { PolicyARN } = await call("PutScalingPolicy", {
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
    await cloudwatch.operations.PutMetricAlarm?.(
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
    metrics.record(region, "App", "Depth", {}, 200, clock.now());
    await minutes(1);
    await minutes(1);
    expect(service.desiredCount).toBe(7);
  });

  describe("scheduled actions", () => {
    const night = { ...target, ScheduledActionName: "night", Schedule: "cron(0 20 * * ? *)", Timezone: "Europe/Berlin" };
    const morning = { ...target, ScheduledActionName: "morning", Schedule: "cron(0 6 * * ? *)", Timezone: "Europe/Berlin" };

    it("set the bounds at their local time, and the desired count with them", async () => {
      await register();
      await call("PutScheduledAction", { ...night, ScalableTargetAction: { MinCapacity: 0, MaxCapacity: 0 } });
      await call("PutScheduledAction", { ...morning, ScalableTargetAction: { MinCapacity: 2, MaxCapacity: 10 } });
      clock.advanceTo(Date.UTC(2026, 10, 20, 18, 59));
      await settle();
      expect(service.desiredCount).toBe(4);
      clock.advanceTo(Date.UTC(2026, 10, 20, 19, 0));
      await settle();
      expect(service.desiredCount).toBe(0);
      clock.advanceTo(Date.UTC(2026, 10, 21, 5, 0));
      await settle();
      expect(service.desiredCount).toBe(2);
      const { ScalingActivities } = await call("DescribeScalingActivities", target);
      expect(ScalingActivities?.[0]?.Cause).toBe(
        "scheduled action name morning was triggered; minimum capacity was set to 2 and maximum capacity was set to 10",
      );
    });

    it("occur at a time of their zone and at a rate, and leave a count within the bounds alone", async () => {
      await register();
      const once = { ...target, ScheduledActionName: "once", Schedule: "at(2026-11-20T14:00:00)", Timezone: "Europe/Berlin" };
      await call("PutScheduledAction", { ...once, ScalableTargetAction: { MinCapacity: 3, MaxCapacity: 8 } });
      const often = { ...target, ScheduledActionName: "often", Schedule: "rate(2 hours)" };
      await call("PutScheduledAction", { ...often, ScalableTargetAction: { MinCapacity: 6 } });
      const bounds = async () => {
        const [shown] = (await call("DescribeScalableTargets", target)).ScalableTargets ?? [];
        return [shown?.MinCapacity, shown?.MaxCapacity, service.desiredCount];
      };
      const at = async (hour: number, minute = 0): Promise<unknown> => {
        clock.advanceTo(Date.UTC(2026, 10, 20, hour, minute));
        await settle();
        return bounds();
      };
      expect(await at(12, 59)).toEqual([2, 10, 4]);
      expect(await at(13)).toEqual([3, 8, 4]);
      expect(await at(14)).toEqual([6, 8, 6]);
      // What happens once has happened.
      await register(1, 10);
      service.desiredCount = 4;
      expect(await at(15, 59)).toEqual([1, 10, 4]);
      expect(await at(16)).toEqual([6, 10, 6]);
    });

    it("move the count at once in the middle of a cooldown, in either direction", async () => {
      await register();
      await track(60, { ScaleOutCooldown: 3600, ScaleInCooldown: 3600 });
      await minutes(3, 90);
      await minutes(1, 58);
      expect(service.desiredCount).toBe(6);
      const soon = async (ScheduledActionName: string, bounds: { MinCapacity: number; MaxCapacity: number }): Promise<void> => {
        const Schedule = `at(${new Date(clock.now() + MINUTE).toISOString().slice(0, 19)})`;
        await call("PutScheduledAction", { ...target, ScheduledActionName, Schedule, ScalableTargetAction: bounds });
        await minutes(1);
      };
      await soon("up", { MinCapacity: 9, MaxCapacity: 12 });
      expect(service.desiredCount).toBe(9);
      await soon("down", { MinCapacity: 1, MaxCapacity: 3 });
      expect(service.desiredCount).toBe(3);
    });

    it("that came due while the platform was down are made up for, the last of them last", async () => {
      await register();
      await call("PutScheduledAction", { ...night, ScalableTargetAction: { MinCapacity: 0, MaxCapacity: 0 } });
      await call("PutScheduledAction", { ...morning, ScalableTargetAction: { MinCapacity: 3, MaxCapacity: 3 } });
      await close();
      clock.advanceTo(Date.UTC(2026, 10, 23, 12, 0));
      open();
      await settle();
      expect(service.desiredCount).toBe(3);
    });

    it("go with a suspended schedule or a deleted action nowhere", async () => {
      await register();
      await call("PutScheduledAction", { ...night, ScalableTargetAction: { MinCapacity: 0, MaxCapacity: 0 } });
      await call("RegisterScalableTarget", { ...target, SuspendedState: { ScheduledScalingSuspended: true } });
      clock.advanceBy(24 * 60 * MINUTE);
      await settle();
      expect(service.desiredCount).toBe(4);
      await call("RegisterScalableTarget", { ...target, SuspendedState: { ScheduledScalingSuspended: false } });
      await call("DeleteScheduledAction", { ...target, ScheduledActionName: "night" });
      clock.advanceBy(24 * 60 * MINUTE);
      await settle();
      expect(service.desiredCount).toBe(4);
    });
  });

  it("a policy that names no cooldowns waits five minutes between its scale-ins", async () => {
    await register(1, 10);
    await track(60, { ScaleOutCooldown: undefined, ScaleInCooldown: undefined });
    const changes: number[] = [];
    let before = service.desiredCount;
    for (let minute = 1; minute <= 25; minute++) {
      await minutes(1, 25);
      if (service.desiredCount !== before) changes.push(minute);
      before = service.desiredCount;
    }
    const [first = 0, second = 0] = changes;
    expect([service.desiredCount, changes.length]).toEqual([1, 2]);
    expect(second - first).toBeGreaterThanOrEqual(5);
    expect(second - first).toBeLessThanOrEqual(6);
  });

  it("a policy that names no cooldowns waits five minutes before it scales out by as much again", async () => {
    await register(1, 20);
    await track(60, { ScaleOutCooldown: undefined, ScaleInCooldown: undefined });
    const changes: [minute: number, count: number][] = [];
    for (let minute = 1; minute <= 16; minute++) {
      // Enough for one task more, and then for one more again.
      await minutes(1, minute <= 3 ? 75 : 66);
      if (service.desiredCount !== (changes.at(-1)?.[1] ?? 4)) changes.push([minute, service.desiredCount]);
    }
    expect(changes.map(([, count]) => count).slice(0, 2)).toEqual([5, 6]);
    const [[first = 0] = [], [second = 0] = []] = changes;
    expect(second - first).toBeGreaterThanOrEqual(5);
    expect(second - first).toBeLessThanOrEqual(6);
  });

  it("a service is one scalable target, however often it is registered", async () => {
    await register(2, 10);
    await register(3, 9);
    const { ScalableTargets } = await call("DescribeScalableTargets", { ServiceNamespace: "ecs" });
    expect(ScalableTargets?.map(({ MinCapacity, MaxCapacity }) => [MinCapacity, MaxCapacity])).toEqual([[3, 9]]);
  });

  it.each([
    ["two metrics that return data", { CustomizedMetricSpecification: { Metrics: ["m1", "m2"].map((Id) => ({ Id, Expression: "1" })) } }],
    ["requests per target of no target group", { PredefinedMetricSpecification: { PredefinedMetricType: "ALBRequestCountPerTarget" } }],
    ["a metric of something else", { PredefinedMetricSpecification: { PredefinedMetricType: "EC2SpotFleetRequestAverageCPUUtilization" } }],
    ["a target of nothing", { TargetValue: 0 }],
  ])("target tracking of %s is refused, and leaves no policy", async (_what, more) => {
    await register();
    const predefined = "CustomizedMetricSpecification" in more ? { PredefinedMetricSpecification: undefined } : {};
    await expect(track(60, { ...predefined, ...more })).rejects.toMatchObject({ name: "ValidationException" });
    expect((await call("DescribeScalingPolicies", { ServiceNamespace: "ecs" })).ScalingPolicies).toEqual([]);
  });

  it("what cannot be is refused in Application Auto Scaling's words", async () => {
    service.status = "INACTIVE";
    await expect(register()).rejects.toMatchObject({
      name: "ValidationException",
      message: "ECS service doesn't exist: service/local/items",
    });
    service.status = "ACTIVE";
    const refused: [Promise<unknown>, string][] = [
      [call("RegisterScalableTarget", { ...target, ResourceId: "table/x", MinCapacity: 1, MaxCapacity: 2 }), "ValidationException"],
      [call("RegisterScalableTarget", { ...target, MinCapacity: 3, MaxCapacity: 2 }), "ValidationException"],
      [call("RegisterScalableTarget", target), "ValidationException"],
      [track(), "ObjectNotFoundException"],
      [call("DeregisterScalableTarget", target), "ObjectNotFoundException"],
      [call("DeleteScalingPolicy", { ...target, PolicyName: "no" }), "ObjectNotFoundException"],
      [call("DeleteScheduledAction", { ...target, ScheduledActionName: "no" }), "ObjectNotFoundException"],
      [call("ListTagsForResource", { ResourceARN: "arn:aws:x:us-east-1:0:y" }), "ResourceNotFoundException"],
    ];
    for (const [attempt, name] of refused) await expect(attempt, name).rejects.toMatchObject({ name });
    await register();
    await track();
    const invalid = { name: "ValidationException" };
    const scheduled = { ...target, ScheduledActionName: "x", ScalableTargetAction: { MinCapacity: 1 } };
    await expect(call("PutScheduledAction", { ...scheduled, Schedule: "every day" })).rejects.toMatchObject(invalid);
    await expect(call("PutScheduledAction", { ...scheduled, Schedule: "rate(1 day)", Timezone: "Mars" })).rejects.toMatchObject(invalid);
    const { PolicyName, ...twice } = { ...target, PolicyName: "", PolicyType: "TargetTrackingScaling" as const };
    await expect(
      call("PutScalingPolicy", {
        ...twice,
        PolicyName: "again",
        TargetTrackingScalingPolicyConfiguration: {
          TargetValue: 50,
          PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilization" },
        },
      }),
    ).rejects.toMatchObject({ message: "Only one TargetTrackingScaling policy for a given metric specification is allowed." });
    expect(PolicyName).toBe("");
    await call("DeregisterScalableTarget", target);
    expect((await call("DescribeScalingPolicies", { ServiceNamespace: "ecs" })).ScalingPolicies).toEqual([]);
    expect(alarms.list()).toEqual([]);
  });
});
