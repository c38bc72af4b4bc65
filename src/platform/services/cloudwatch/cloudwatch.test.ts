import { join } from "node:path";
import type { MetricAlarm, PutMetricAlarmInput } from "@aws-sdk/client-cloudwatch";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../kit/temporary-folder.testing.ts";
import { VirtualClock } from "../../../kit/virtual-clock.ts";
import type { OperationInput, OperationName, OperationOutput } from "../../gateway/operations.ts";
import { LibsqlStore } from "../../persistence/libsql-store.ts";
import { addSample, decodeAggregate, emptyAggregate, encodeAggregate, mergeAggregate, percentile } from "./aggregate.ts";
import { AlarmBoard, type AlarmEvent } from "./alarm-board.ts";
import { AlarmEvaluator } from "./alarm-evaluator.ts";
import { MetricStore } from "./metric-store.ts";
import { cloudwatchProvider } from "./provider.ts";

// A whole number of minutes.
const start = 1_700_000_040_000;
const region = "us-east-1";
const cluster = { ClusterName: "c", ServiceName: "s" };
const Dimensions = Object.entries(cluster).map(([Name, Value]) => ({ Name, Value }));

describe("CloudWatch", () => {
  let folder: string;
  let store: LibsqlStore;
  let clock: VirtualClock;
  let metrics: MetricStore;
  let evaluator: AlarmEvaluator;
  let events: AlarmEvent[];
  let call: <O extends OperationName<"cloudwatch">>(
    operation: O,
    input: OperationInput<"cloudwatch", O>,
  ) => Promise<OperationOutput<"cloudwatch", O>>;

  const open = (speed: number): void => {
    store = new LibsqlStore(join(folder, "state.db"));
    metrics = new MetricStore({ store, clock, speed });
    const alarms = new AlarmBoard({ store, clock });
    evaluator = new AlarmEvaluator({ store, clock, speed, alarms, metrics });
    events = [];
    alarms.subscribe((event) => events.push(event));
    const provider = cloudwatchProvider({ store, clock, account: "000000000000", metrics, alarms });
    call = async (operation, input) => {
      const handler = provider.operations[operation];
      if (handler === undefined) throw new Error(`no ${operation}`);
      return handler(input as never, { account: "000000000000", region, requestId: "r" }) as never;
    };
  };
  const close = (): void => {
    evaluator.close();
    metrics.close();
    store.close();
  };
  const cpu = (value: number): void => metrics.record(region, "AWS/ECS", "CPUUtilization", cluster, value, clock.now(), "Percent");
  const alarm = (input: Partial<PutMetricAlarmInput> = {}) =>
    call("PutMetricAlarm", {
      AlarmName: "high-cpu",
      Namespace: "AWS/ECS",
      MetricName: "CPUUtilization",
      Dimensions,
      Statistic: "Average",
      Period: 60,
      EvaluationPeriods: 3,
      Threshold: 60,
      ComparisonOperator: "GreaterThanThreshold",
      AlarmActions: ["arn:act"],
      ...input,
    });
  const described = async (name = "high-cpu"): Promise<MetricAlarm> =>
    (await call("DescribeAlarms", { AlarmNames: [name] })).MetricAlarms![0]!;

  beforeEach(() => {
    folder = temporaryFolder();
    clock = new VirtualClock(start);
    open(1);
  });
  afterEach(() => {
    close();
  });

  describe("an alarm of 3 of 3", () => {
    it("rings when three minutes in a row breach, says why, repeats while it lasts, and ends with one good minute", async () => {
      await alarm();
      expect(await described()).toMatchObject({ StateValue: "INSUFFICIENT_DATA", StateReason: "Unchecked: Initial alarm creation" });
      const states: (string | undefined)[] = [];
      for (const value of [30, 90, 90, 90, 90, 30]) {
        cpu(value);
        clock.advanceBy(60_000);
        // A minute is evaluated a little after its end.
        clock.advanceBy(4_000);
        states.push((await described()).StateValue);
      }
      expect(states).toEqual(["OK", "OK", "OK", "ALARM", "ALARM", "OK"]);
      expect(events.filter(({ isTransition }) => isTransition).map(({ alarm: { state }, actions }) => [state, actions])).toEqual([
        ["OK", []],
        ["ALARM", ["arn:act"]],
        ["OK", []],
      ]);
      expect(events.filter((event) => event.alarm.state === "ALARM").map(({ newest }) => newest?.value)).toEqual([90, 90]);
      const { AlarmHistoryItems } = await call("DescribeAlarmHistory", { AlarmName: "high-cpu", HistoryItemType: "StateUpdate" });
      expect(AlarmHistoryItems?.map(({ HistorySummary }) => HistorySummary)).toEqual([
        "Alarm updated from ALARM to OK",
        "Alarm updated from OK to ALARM",
        "Alarm updated from INSUFFICIENT_DATA to OK",
      ]);
    });

    it("is laid aside when its metric stops, and goes on at the next sample, also after a restart", async () => {
      await alarm({ EvaluationPeriods: 1 });
      cpu(90);
      clock.advanceBy(64_000);
      expect((await described()).StateValue).toBe("ALARM");
      clock.advanceBy(10 * 60_000);
      expect((await described()).StateValue).toBe("INSUFFICIENT_DATA");
      const evaluations = events.length;
      clock.advanceBy(3_600_000);
      expect(events.length).toBe(evaluations);
      close();
      open(1);
      clock.advanceBy(120_000);
      cpu(10);
      clock.advanceBy(120_000);
      expect((await described()).StateValue).toBe("OK");
    });
  });

  it("does not count the time the platform was down: what was missing then is not missing data", async () => {
    await alarm({ EvaluationPeriods: 2, TreatMissingData: "breaching", Threshold: 80 });
    for (const value of [50, 90]) {
      cpu(value);
      clock.advanceBy(60_000);
    }
    clock.advanceBy(5_000);
    expect((await described()).StateValue).toBe("OK");
    close();
    clock.advanceTo(start + 50 * 3_600_000);
    open(1);
    cpu(90);
    clock.advanceBy(64_000);
    expect((await described()).StateValue).toBe("ALARM");
    expect((await described()).StateReason).toContain("2 out of the last 2 datapoints [90.0");
    await alarm({ EvaluationPeriods: 2, TreatMissingData: "breaching", Threshold: 95 });
    clock.advanceBy(60_000);
    expect((await described()).StateValue).toBe("OK");
  });

  it("at speed 10 an alarm of minutes is evaluated over periods of six seconds, and counts read as per minute", async () => {
    close();
    open(10);
    await alarm({ MetricName: "RequestCount", Namespace: "AWS/ApplicationELB", Statistic: "Sum", Threshold: 1000, EvaluationPeriods: 2 });
    const requests = (count: number): void => {
      for (let index = 0; index < count; index++)
        metrics.record(region, "AWS/ApplicationELB", "RequestCount", cluster, 1, clock.now(), "Count");
    };
    for (const count of [101, 101]) {
      requests(count);
      clock.advanceBy(6_000);
    }
    clock.advanceBy(400);
    expect(await described()).toMatchObject({ StateValue: "ALARM", Period: 60, Threshold: 1000 });
    expect((await described()).StateReason).toContain("[1010.0 (");
  });

  it("alarms on metric math, and says so when the expression cannot be computed", async () => {
    const stat = (Id: string, MetricName: string) => ({
      Id,
      MetricStat: { Metric: { Namespace: "Q", MetricName }, Period: 60, Stat: "Average" },
      ReturnData: false,
    });
    const rest = { MetricName: undefined, Namespace: undefined, Dimensions: undefined, Statistic: undefined, Period: undefined };
    const queries = [stat("m1", "Depth"), stat("m2", "Tasks"), { Id: "e1", Expression: "IF(m2 > 0, m1 / m2, m1)" }];
    await alarm({ ...rest, AlarmName: "backlog", EvaluationPeriods: 1, Threshold: 40, Metrics: queries });
    await call("PutMetricData", {
      Namespace: "Q",
      MetricData: [
        { MetricName: "Depth", Value: 100 },
        { MetricName: "Tasks", Value: 2 },
      ],
    });
    clock.advanceBy(64_000);
    expect(await described("backlog")).toMatchObject({ StateValue: "ALARM", Metrics: queries });
    await expect(alarm({ ...rest, Metrics: [stat("m1", "Depth")] })).rejects.toMatchObject({ name: "InvalidParameterValueException" });
    await alarm({ ...rest, AlarmName: "broken", Metrics: [stat("m1", "Depth"), { Id: "e1", Expression: "m1 / m9" }] });
    clock.advanceBy(64_000);
    expect(await described("broken")).toMatchObject({ StateValue: "INSUFFICIENT_DATA" });
    expect((await described("broken")).StateReason).toContain("Unknown id 'm9'");
  });

  it("setting a state by hand acts at once and lasts until the next evaluation", async () => {
    await alarm({ EvaluationPeriods: 1 });
    cpu(10);
    await call("SetAlarmState", { AlarmName: "high-cpu", StateValue: "ALARM", StateReason: "rehearsal" });
    expect(events.at(-1)).toMatchObject({ actions: ["arn:act"], isTransition: true });
    expect(await described()).toMatchObject({ StateValue: "ALARM", StateReason: "rehearsal" });
    clock.advanceBy(64_000);
    expect((await described()).StateValue).toBe("OK");
    await call("DisableAlarmActions", { AlarmNames: ["high-cpu"] });
    await call("SetAlarmState", { AlarmName: "high-cpu", StateValue: "ALARM", StateReason: "rehearsal" });
    expect(events.at(-1)?.actions).toEqual([]);
    await expect(call("SetAlarmState", { AlarmName: "no", StateValue: "OK", StateReason: "x" })).rejects.toMatchObject({
      name: "ResourceNotFound",
    });
  });

  it("an alarm that cannot be evaluated is refused; an update keeps its state and its tags", async () => {
    for (const [input, name] of [
      [{ DatapointsToAlarm: 4 }, "InvalidParameterValueException"],
      [{ Period: 45 }, "InvalidParameterValueException"],
      [{ Statistic: undefined }, "MissingRequiredParameterException"],
      [{ TreatMissingData: "maybe" }, "InvalidParameterValueException"],
      [{ ExtendedStatistic: "p99" }, "InvalidParameterCombinationException"],
      [{ ThresholdMetricId: "t1" }, "InvalidParameterValueException"],
    ] as const) {
      await expect(alarm(input), JSON.stringify(input)).rejects.toMatchObject({ name });
    }
    await alarm({ Tags: [{ Key: "a", Value: "1" }] });
    await call("SetAlarmState", { AlarmName: "high-cpu", StateValue: "OK", StateReason: "x" });
    await alarm({ Threshold: 70 });
    const { StateValue, Threshold, AlarmArn } = await described();
    expect([StateValue, Threshold]).toEqual(["OK", 70]);
    expect((await call("ListTagsForResource", { ResourceARN: AlarmArn })).Tags).toEqual([{ Key: "a", Value: "1" }]);
    await call("DeleteAlarms", { AlarmNames: ["high-cpu", "never-was"] });
    expect((await call("DescribeAlarms", {})).MetricAlarms).toEqual([]);
  });

  describe("metrics", () => {
    const query = (Stat: string, Period = 60) => ({
      Id: "m",
      MetricStat: { Metric: { Namespace: "App", MetricName: "Ms" }, Period, Stat },
    });
    const range = { StartTime: new Date(start), EndTime: new Date(start + 300_000) };

    it("put as values, counts or statistics, they add up by period, also when they come late or twice", async () => {
      const put = (datum: NonNullable<OperationInput<"cloudwatch", "PutMetricData">["MetricData"]>[number]) =>
        call("PutMetricData", { Namespace: "App", MetricData: [{ ...datum, MetricName: "Ms" }] });
      await put({ MetricName: "", Values: [10, 20], Counts: [1, 3], Timestamp: new Date(start + 61_000) });
      await put({ MetricName: "", Value: 50, Timestamp: new Date(start + 1_000) });
      await put({
        MetricName: "",
        StatisticValues: { SampleCount: 2, Sum: 100, Minimum: 5, Maximum: 95 },
        Timestamp: new Date(start + 62_000),
      });
      const { Datapoints } = await call("GetMetricStatistics", {
        Namespace: "App",
        MetricName: "Ms",
        Period: 60,
        Statistics: ["SampleCount", "Sum", "Average", "Minimum", "Maximum"],
        ...range,
      });
      expect(Datapoints?.sort((a, b) => Number(a.Timestamp) - Number(b.Timestamp))).toMatchObject([
        { Timestamp: new Date(start), SampleCount: 1, Sum: 50, Average: 50 },
        { Timestamp: new Date(start + 60_000), SampleCount: 6, Sum: 170, Minimum: 5, Maximum: 95 },
      ]);
      const { MetricDataResults } = await call("GetMetricData", {
        ...range,
        MetricDataQueries: [
          { ...query("Sum"), ReturnData: false },
          { Id: "e", Expression: "FILL(m, 0) / PERIOD(m)" },
        ],
      });
      expect(MetricDataResults).toMatchObject([{ Id: "e", Values: [0, 0, 0, 170 / 60, 50 / 60], StatusCode: "Complete" }]);
    });

    it("are listed by namespace, name and dimensions, and refused when they are not numbers", async () => {
      cpu(1);
      await call("PutMetricData", { Namespace: "App", MetricData: [{ MetricName: "Ms", Value: 1 }] });
      const list = async (input: OperationInput<"cloudwatch", "ListMetrics">) =>
        (await call("ListMetrics", input)).Metrics?.map(({ MetricName }) => MetricName);
      expect(await list({})).toEqual(["CPUUtilization", "Ms"]);
      expect(await list({ Namespace: "App" })).toEqual(["Ms"]);
      expect(await list({ Dimensions: [{ Name: "ServiceName", Value: "s" }] })).toEqual(["CPUUtilization"]);
      expect(await list({ Dimensions: [{ Name: "ServiceName", Value: "other" }] })).toEqual([]);
      const put = (datum: object) => call("PutMetricData", { Namespace: "App", MetricData: [{ MetricName: "Ms", ...datum }] });
      await expect(put({ Value: Number.NaN })).rejects.toMatchObject({ name: "InvalidParameterValueException" });
      await expect(put({})).rejects.toMatchObject({ name: "MissingRequiredParameterException" });
      await expect(put({ Value: 1, Values: [1] })).rejects.toMatchObject({ name: "InvalidParameterCombinationException" });
    });

    it("of AWS's own namespaces are the platform's to record, and nobody else's", async () => {
      const put = (Namespace: string) => call("PutMetricData", { Namespace, MetricData: [{ MetricName: "Ms", Value: 1 }] });
      await expect(put("AWS/ECS")).rejects.toMatchObject({
        name: "InvalidParameterValueException",
        message: "The value AWS/ for parameter Namespace is invalid.",
      });
      cpu(1);
      await put("AWSome/App");
      const { Metrics } = await call("ListMetrics", {});
      expect(Metrics?.map(({ Namespace, MetricName }) => `${Namespace} ${MetricName}`)).toEqual([
        "AWS/ECS CPUUtilization",
        "AWSome/App Ms",
      ]);
    });

    it("what the platform recorded is there after it was closed and opened, and percentiles with it", async () => {
      for (let value = 1; value <= 100; value++) metrics.record(region, "App", "Ms", {}, value, clock.now());
      clock.advanceBy(1_000);
      close();
      open(1);
      const { MetricDataResults } = await call("GetMetricData", { ...range, MetricDataQueries: [query("p95")] });
      expect(MetricDataResults?.[0]?.Values?.[0]).toBeGreaterThan(94);
      expect(MetricDataResults?.[0]?.Values?.[0]).toBeLessThan(96);
    });
  });

  it("dashboards are kept as they are put, and refused when they are not JSON objects", async () => {
    await call("PutDashboard", { DashboardName: "d", DashboardBody: '{"widgets":[]}' });
    expect(await call("GetDashboard", { DashboardName: "d" })).toMatchObject({ DashboardBody: '{"widgets":[]}' });
    expect((await call("ListDashboards", {})).DashboardEntries).toMatchObject([{ DashboardName: "d", Size: 14 }]);
    await expect(call("PutDashboard", { DashboardName: "d", DashboardBody: "[]" })).rejects.toMatchObject({
      name: "DashboardInvalidInputError",
    });
    await call("DeleteDashboards", { DashboardNames: ["d"] });
    await expect(call("GetDashboard", { DashboardName: "d" })).rejects.toMatchObject({ name: "DashboardNotFoundError" });
  });
});

describe("an aggregate of samples", () => {
  it("is the same however it was split and written, and its percentiles are within 1 %", () => {
    const samples = fc.array(fc.oneof(fc.double({ min: 0.001, max: 1e6, noNaN: true }), fc.constant(0)), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(samples, fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 100 }), (values, cut, percent) => {
        const parts = [values.slice(0, cut), values.slice(cut)].map((part) => {
          const aggregate = emptyAggregate();
          for (const value of part) addSample(aggregate, value);
          return aggregate;
        });
        const whole = emptyAggregate();
        for (const part of parts) if (part.count > 0) mergeAggregate(whole, decodeAggregate(encodeAggregate(part, "None")).aggregate);
        const sorted = [...values].sort((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil((percent / 100) * sorted.length)) - 1]!;
        expect([whole.count, whole.minimum, whole.maximum]).toEqual([values.length, sorted[0], sorted.at(-1)]);
        expect(Math.abs(percentile(whole, percent)! - exact)).toBeLessThanOrEqual(exact * 0.0101 + 1e-9);
      }),
    );
  });
});
