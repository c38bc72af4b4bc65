/**
 * The task counts of Container Insights (`ECS/ContainerInsights`), once a minute of engine time for every service of
 * a cluster that has them switched on. Scaling by backlog per task divides by `RunningTaskCount`.
 */
import type { TaskState } from "../../../engine/service/task-state.ts";
import type { Cancel, Clock } from "../../../kit/clock.ts";
import { parseArn } from "../../../model/arn.ts";
import type { EcsState } from "../ecs/ecs-state.ts";
import type { StoreKeeper } from "../ecs/store-keeper.ts";
import { eachEngineMinute } from "./each-engine-minute.ts";
import type { MetricSink } from "./metric-sink.ts";

export interface CountedService {
  readonly region: string;
  readonly clusterName: string;
  readonly serviceName: string;
  readonly desired: number;
  readonly running: number;
  readonly pending: number;
}

export interface ContainerInsightsDependencies {
  /** Wall time. */
  readonly clock: Clock;
  /** Engine seconds per wall second. */
  readonly speed: number;
  readonly sink: MetricSink;
  readonly services: () => readonly CountedService[];
}

const PENDING: readonly string[] = ["PROVISIONING", "PENDING", "ACTIVATING"];

export class ContainerInsights {
  readonly #dependencies: ContainerInsightsDependencies;
  readonly #cancel: Cancel;

  constructor(dependencies: ContainerInsightsDependencies) {
    this.#dependencies = dependencies;
    this.#cancel = eachEngineMinute(dependencies, (minuteStart) => this.#record(minuteStart));
  }

  close(): void {
    this.#cancel();
  }

  #record(timestamp: number): void {
    const { sink, services } = this.#dependencies;
    for (const { region, clusterName, serviceName, ...counts } of services()) {
      const dimensions = { ClusterName: clusterName, ServiceName: serviceName };
      const record = (name: string, value: number): void =>
        sink.record(region, "ECS/ContainerInsights", name, dimensions, value, timestamp, "Count");
      record("DesiredTaskCount", counts.desired);
      record("RunningTaskCount", counts.running);
      record("PendingTaskCount", counts.pending);
    }
  }
}

/** The services of every cluster whose setting `containerInsights` is `enabled` or `enhanced`, as the scheduler keeps them. */
export function countedServices(state: EcsState, keeper: StoreKeeper): CountedService[] {
  const clusters = state.clusters.list().filter(({ status, settings }) => status === "ACTIVE" && settings.some(isInsights));
  return clusters.flatMap(({ clusterArn, clusterName }) => {
    const services = keeper.services().filter((service) => service.clusterArn === clusterArn && service.status === "ACTIVE");
    if (services.length === 0) return [];
    const tasks = tasksByService(keeper.tasks().filter((task) => task.clusterArn === clusterArn));
    return services.map(({ serviceArn, serviceName, desiredCount }) => {
      const own = tasks.get(serviceArn) ?? [];
      return {
        region: parseArn(clusterArn)?.region ?? "",
        clusterName,
        serviceName,
        desired: desiredCount,
        running: own.filter(({ lastStatus }) => lastStatus === "RUNNING").length,
        pending: own.filter(({ lastStatus, desiredStatus }) => PENDING.includes(lastStatus) && desiredStatus === "RUNNING").length,
      };
    });
  });
}

function tasksByService(tasks: readonly TaskState[]): Map<string, TaskState[]> {
  const grouped = new Map<string, TaskState[]>();
  for (const task of tasks) {
    const own = grouped.get(task.serviceArn ?? "");
    if (own === undefined) grouped.set(task.serviceArn ?? "", [task]);
    else own.push(task);
  }
  return grouped;
}

function isInsights({ name, value }: { name?: string | undefined; value?: string | undefined }): boolean {
  return name === "containerInsights" && value !== undefined && value !== "disabled";
}
