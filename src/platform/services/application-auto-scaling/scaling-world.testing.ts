/** Application Auto Scaling in virtual time, with CloudWatch as it is and as much of ECS as scaling sees. */
import { expect } from "vitest";
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

type Scaling = "application-auto-scaling";

const account = "000000000000";
export const region = "us-east-1";
export const context = { account, region, requestId: "r" };
export const MINUTE = 60_000;
/** A Friday, 12:00 UTC, on a whole minute. */
const noon = Date.UTC(2026, 10, 20, 12);
export const target = {
  ServiceNamespace: "ecs",
  ResourceId: "service/local/items",
  ScalableDimension: "ecs:service:DesiredCount",
} as const;
const dimensions = { ClusterName: "local", ServiceName: "items" };

export class ScalingWorld {
  readonly clock = new VirtualClock(noon);
  /** The ECS service as far as scaling sees it; its tasks run as soon as `settle` says so. */
  readonly service = { desiredCount: 4, runningCount: 4, isDeploying: false, status: "ACTIVE" };
  metrics!: MetricStore;
  alarms!: AlarmBoard;
  cloudwatch!: ReturnType<typeof cloudwatchProvider>;
  readonly #store = new LibsqlStore(":memory:");
  readonly #defects: unknown[] = [];
  #evaluator!: AlarmEvaluator;
  #scaler!: Scaler;
  #schedules!: ScheduledScaling;
  #provider!: ReturnType<typeof applicationAutoScalingProvider>;

  constructor() {
    this.open();
  }

  /** The platform as it is after a start, on the store there is. */
  open(): void {
    const { clock } = this;
    const store = this.#store;
    const ids = new RandomIds();
    this.metrics = new MetricStore({ store, clock, speed: 1 });
    this.alarms = new AlarmBoard({ store, clock });
    const { metrics, alarms } = this;
    this.#evaluator = new AlarmEvaluator({ store, clock, speed: 1, alarms, metrics });
    this.cloudwatch = cloudwatchProvider({ store, clock, account, metrics, alarms });
    const call = (async (name: string, operation: string, input: { desiredCount?: number }) => {
      if (name === "cloudwatch") return this.cloudwatch.operations[operation as "PutMetricAlarm"]?.(input as never, context);
      if (operation === "UpdateService") {
        this.service.desiredCount = input.desiredCount ?? this.service.desiredCount;
        return {};
      }
      const { isDeploying, ...rest } = this.service;
      return { services: [{ ...rest, deployments: [{ rolloutState: isDeploying ? "IN_PROGRESS" : "COMPLETED" }] }] };
    }) as unknown as Call;
    const scaling = new ScalingStore(store);
    const report = (defect: unknown): number => this.#defects.push(defect);
    this.#scaler = new Scaler({ store: scaling, clock, engineClock: clock, ids, alarms, call, report });
    this.#schedules = new ScheduledScaling({ store: scaling, clock, scaler: this.#scaler });
    const [scaler, schedules] = [this.#scaler, this.#schedules];
    this.#provider = applicationAutoScalingProvider({ clock, ids, account, call, scaling, scaler, schedules });
    scaler.start();
    schedules.start();
  }

  /** Stops the platform; the store stays. */
  async close(): Promise<void> {
    this.#schedules.close();
    await this.#scaler.close();
    this.#evaluator.close();
    this.metrics.close();
  }

  async end(): Promise<void> {
    await this.close();
    this.#store.close();
    expect(this.#defects).toEqual([]);
  }

  async call<Operation extends OperationName<Scaling>>(
    operation: Operation,
    input: OperationInput<Scaling, Operation>,
  ): Promise<OperationOutput<Scaling, Operation>> {
    const handler = this.#provider.operations[operation];
    if (handler === undefined) throw new Error(`no ${operation}`);
    return handler(input as never, context) as never;
  }

  /** Everything that was started by now comes to its end; the tasks that are desired run. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    this.service.runningCount = this.service.desiredCount;
  }

  /** So many minutes pass, each with a sample of CPU. */
  async minutes(count: number, cpu?: number): Promise<void> {
    for (let minute = 0; minute < count; minute++) {
      if (cpu !== undefined) this.metrics.record(region, "AWS/ECS", "CPUUtilization", dimensions, cpu, this.clock.now(), "Percent");
      for (let step = 0; step < 6; step++) {
        this.clock.advanceBy(MINUTE / 6);
        await this.settle();
      }
    }
  }

  register(MinCapacity = 2, MaxCapacity = 10) {
    return this.call("RegisterScalableTarget", { ...target, MinCapacity, MaxCapacity });
  }

  track(TargetValue = 60, more = {}) {
    return this.call("PutScalingPolicy", {
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
  }

  async activities(): Promise<string[] | undefined> {
    const { ScalingActivities } = await this.call("DescribeScalingActivities", { ServiceNamespace: "ecs" });
    return ScalingActivities?.map(({ Description, StatusCode }) => `${Description} ${StatusCode}`);
  }
}
