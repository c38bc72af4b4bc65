/** How requests name things: short names, `family:revision` and ARNs, resolved to records or refused as ECS does. */
import type { ServiceState } from "../../../engine/service/service-state.ts";
import type { TaskState } from "../../../engine/service/task-state.ts";
import { formatArn, parseArn } from "../../../model/arn.ts";
import type { RequestContext } from "../../gateway/operations.ts";
import type { ClusterRecord, EcsState, TaskDefinitionRecord } from "./ecs-state.ts";
import { clientFault, clusterNotFound, serviceNotFound } from "./faults.ts";
import type { StoreKeeper } from "./store-keeper.ts";

type Where = Pick<RequestContext, "region" | "account">;

export class References {
  readonly #state: EcsState;
  readonly #keeper: StoreKeeper;

  constructor(state: EcsState, keeper: StoreKeeper) {
    this.#state = state;
    this.#keeper = keeper;
  }

  clusterArn(name: string | undefined, { region, account }: Where): string {
    if (name?.startsWith("arn:") === true) return name;
    return formatArn("ecs", region, account, `cluster/${name === undefined || name === "" ? "default" : name}`);
  }

  cluster(name: string | undefined, where: Where): ClusterRecord {
    const cluster = this.#state.clusters.get(this.clusterArn(name, where));
    if (cluster === undefined || cluster.status !== "ACTIVE") throw clusterNotFound();
    return cluster;
  }

  serviceArn(name: string, cluster: Pick<ClusterRecord, "clusterName">, { region, account }: Where): string {
    if (name.startsWith("arn:")) return name;
    return formatArn("ecs", region, account, `service/${cluster.clusterName}/${name}`);
  }

  service(name: string | undefined, clusterName: string | undefined, where: Where): ServiceState {
    const inArn = name?.startsWith("arn:") === true ? parseArn(name)?.resource.split("/")[1] : undefined;
    const cluster = this.cluster(clusterName ?? inArn, where);
    const service = this.#keeper.service(this.serviceArn(name ?? "", cluster, where));
    if (service === undefined || service.clusterArn !== cluster.clusterArn) throw serviceNotFound();
    return service;
  }

  taskArn(name: string, cluster: Pick<ClusterRecord, "clusterName">, { region, account }: Where): string {
    if (name.startsWith("arn:")) return name;
    return formatArn("ecs", region, account, `task/${cluster.clusterName}/${name}`);
  }

  task(name: string, cluster: Pick<ClusterRecord, "clusterName" | "clusterArn">, where: Where): TaskState | undefined {
    const task = this.#keeper.task(this.taskArn(name, cluster, where));
    return task?.clusterArn === cluster.clusterArn ? task : undefined;
  }

  taskDefinitionArn(family: string, revision: number, { region, account }: Where): string {
    return formatArn("ecs", region, account, `task-definition/${family}:${revision}`);
  }

  /** `family` (its latest ACTIVE revision), `family:revision` or an ARN; undefined when there is none. */
  taskDefinition(name: string, where: Where): TaskDefinitionRecord | undefined {
    const short = name.startsWith("arn:") ? (parseArn(name)?.resource.replace(/^task-definition\//, "") ?? "") : name;
    const [family = "", revision] = short.split(":");
    if (revision !== undefined) return this.#state.taskDefinitions.get(this.taskDefinitionArn(family, Number(revision), where));
    const latest = this.#state.families.get(`${where.region}/${family}`) ?? 0;
    for (let number = latest; number > 0; number--) {
      const record = this.#state.taskDefinitions.get(this.taskDefinitionArn(family, number, where));
      if (record?.status === "ACTIVE") return record;
    }
    return undefined;
  }

  /** A task definition that tasks may be started from. */
  usableTaskDefinition(name: string | undefined, where: Where): TaskDefinitionRecord {
    if (name === undefined || name === "") throw clientFault("TaskDefinition can not be blank.");
    const record = this.taskDefinition(name, where);
    if (record === undefined) throw clientFault("Unable to describe task definition.");
    if (record.status !== "ACTIVE") throw clientFault("TaskDefinition is inactive");
    return record;
  }
}
