/** Clusters with their capacity providers and settings. */
import {
  type Cluster,
  ClusterContainsServicesException,
  ClusterContainsTasksException,
  type ClusterServiceConnectDefaultsRequest,
  type ClusterSetting,
} from "@aws-sdk/client-ecs";
import type { Call, Operations, RequestContext } from "../../gateway/operations.ts";
import { pageOf } from "../page.ts";
import { requireStrategy } from "./capacity.ts";
import { namespaceOrNew } from "./connect-namespaces.ts";
import type { ClusterRecord, EcsState } from "./ecs-state.ts";
import { badToken, invalidParameter, namespaceNotFound, pageSize } from "./faults.ts";
import type { References } from "./references.ts";
import type { StoreKeeper } from "./store-keeper.ts";
import { tagList, tagRecord } from "./tags.ts";

export interface ClusterOperationsDependencies {
  readonly state: EcsState;
  readonly keeper: StoreKeeper;
  readonly references: References;
  readonly call: Call;
  readonly expectTasks?: () => void;
}

export function clusterOperations({ state, keeper, references, call, expectTasks }: ClusterOperationsDependencies): Operations<"ecs"> {
  const describe = (cluster: ClusterRecord, include: readonly string[]): Cluster => {
    const tasks = keeper.tasks(`${cluster.clusterArn.replace(":cluster/", ":task/")}/`);
    const services = keeper.services(`${cluster.clusterArn.replace(":cluster/", ":service/")}/`);
    const { configuration, serviceConnectDefaults } = cluster;
    return {
      clusterArn: cluster.clusterArn,
      clusterName: cluster.clusterName,
      status: cluster.status,
      registeredContainerInstancesCount: 0,
      runningTasksCount: tasks.filter((task) => task.lastStatus === "RUNNING").length,
      pendingTasksCount: tasks.filter((task) => ["PROVISIONING", "PENDING", "ACTIVATING"].includes(task.lastStatus)).length,
      activeServicesCount: services.filter((service) => service.status === "ACTIVE").length,
      statistics: [],
      tags: include.includes("TAGS") ? tagList(state.tags.get(cluster.clusterArn)) : [],
      settings: include.includes("SETTINGS") ? [...cluster.settings] : [],
      capacityProviders: [...cluster.capacityProviders],
      defaultCapacityProviderStrategy: [...cluster.defaultCapacityProviderStrategy],
      ...(configuration !== undefined && include.includes("CONFIGURATIONS") ? { configuration } : {}),
      ...(serviceConnectDefaults === undefined ? {} : { serviceConnectDefaults }),
    };
  };
  const everything = ["TAGS", "SETTINGS", "CONFIGURATIONS"];
  /** The namespace as the cluster keeps it, by ARN; without a name the cluster has none. */
  const connectDefaults = async (
    asked: ClusterServiceConnectDefaultsRequest,
    context: RequestContext,
  ): Promise<ClusterRecord["serviceConnectDefaults"]> => {
    const name = asked.namespace ?? "";
    if (name === "") return undefined;
    if (name.length > 1024 || (!name.startsWith("arn:") && /[<>"/]/.test(name))) {
      throw invalidParameter('Invalid namespace name: up to 1024 characters, none of them <, >, " or /.');
    }
    const namespace = await namespaceOrNew(name, call, context);
    if (namespace === undefined) throw namespaceNotFound(name);
    return { namespace: namespace.arn };
  };

  return {
    CreateCluster: async (input, context) => {
      const clusterName = input.clusterName ?? "default";
      if (!/^[A-Za-z0-9_-]{1,255}$/.test(clusterName)) {
        throw invalidParameter("Invalid cluster name: up to 255 letters, numbers, underscores and hyphens.");
      }
      const clusterArn = references.clusterArn(clusterName, context);
      const existing = state.clusters.get(clusterArn);
      // Creating what there is answers what there is.
      if (existing?.status === "ACTIVE") return { cluster: describe(existing, everything) };
      const capacityProviders = requireProviders(input.capacityProviders ?? []);
      const defaultCapacityProviderStrategy = requireStrategy(input.defaultCapacityProviderStrategy ?? [], capacityProviders);
      const { serviceConnectDefaults: asked } = input;
      const serviceConnectDefaults = asked === undefined ? undefined : await connectDefaults(asked, context);
      // Another request may have created it while this one asked Cloud Map.
      const meanwhile = state.clusters.get(clusterArn);
      if (meanwhile?.status === "ACTIVE") return { cluster: describe(meanwhile, everything) };
      const cluster: ClusterRecord = {
        clusterArn,
        clusterName,
        status: "ACTIVE",
        settings: withDefaults(input.settings),
        capacityProviders,
        defaultCapacityProviderStrategy,
        ...(input.configuration === undefined ? {} : { configuration: input.configuration }),
        ...(serviceConnectDefaults === undefined ? {} : { serviceConnectDefaults }),
      };
      state.clusters.put(clusterArn, cluster);
      expectTasks?.();
      const tags = tagRecord(input.tags);
      if (Object.keys(tags).length > 0) state.tags.put(clusterArn, tags);
      return { cluster: describe(cluster, everything) };
    },

    DescribeClusters: (input, context) => {
      const clusters: Cluster[] = [];
      const failures: { arn: string; reason: string }[] = [];
      for (const name of input.clusters ?? ["default"]) {
        const arn = references.clusterArn(name, context);
        const cluster = state.clusters.get(arn);
        if (cluster === undefined) failures.push({ arn, reason: "MISSING" });
        else clusters.push(describe(cluster, input.include ?? []));
      }
      return { clusters, failures };
    },

    ListClusters: (input, { region, account }) => {
      const prefix = references.clusterArn("x", { region, account }).slice(0, -1);
      const clusters = state.clusters.list(prefix).filter((cluster) => cluster.status === "ACTIVE");
      const { items, nextToken } = pageOf(clusters, (cluster) => cluster.clusterArn, pageSize(input.maxResults), input.nextToken, badToken);
      return { clusterArns: items.map((cluster) => cluster.clusterArn), nextToken };
    },

    UpdateCluster: async (input, context) => {
      references.cluster(input.cluster, context);
      const { serviceConnectDefaults: asked } = input;
      const wanted = asked === undefined ? undefined : await connectDefaults(asked, context);
      // The change applies to what the cluster is after Cloud Map was asked.
      const { serviceConnectDefaults: before, ...cluster } = references.cluster(input.cluster, context);
      const serviceConnectDefaults = asked === undefined ? before : wanted;
      const updated: ClusterRecord = {
        ...cluster,
        ...(input.settings === undefined ? {} : { settings: withDefaults(input.settings) }),
        ...(input.configuration === undefined ? {} : { configuration: input.configuration }),
        ...(serviceConnectDefaults === undefined ? {} : { serviceConnectDefaults }),
      };
      state.clusters.put(cluster.clusterArn, updated);
      return { cluster: describe(updated, everything) };
    },

    UpdateClusterSettings: (input, context) => {
      const cluster = references.cluster(input.cluster, context);
      const updated: ClusterRecord = { ...cluster, settings: withDefaults(input.settings) };
      state.clusters.put(cluster.clusterArn, updated);
      return { cluster: describe(updated, everything) };
    },

    PutClusterCapacityProviders: (input, context) => {
      const cluster = references.cluster(input.cluster, context);
      const capacityProviders = requireProviders(input.capacityProviders ?? []);
      const updated: ClusterRecord = {
        ...cluster,
        capacityProviders,
        defaultCapacityProviderStrategy: requireStrategy(input.defaultCapacityProviderStrategy ?? [], capacityProviders),
      };
      state.clusters.put(cluster.clusterArn, updated);
      return { cluster: describe(updated, everything) };
    },

    DeleteCluster: (input, context) => {
      const cluster = references.cluster(input.cluster, context);
      const services = keeper.services(`${cluster.clusterArn.replace(":cluster/", ":service/")}/`);
      if (services.some((service) => service.status !== "INACTIVE")) {
        throw new ClusterContainsServicesException({ message: "The Cluster cannot be deleted while Services are active.", $metadata: {} });
      }
      const tasks = keeper.tasks(`${cluster.clusterArn.replace(":cluster/", ":task/")}/`);
      if (tasks.some((task) => task.lastStatus !== "STOPPED")) {
        throw new ClusterContainsTasksException({ message: "The Cluster cannot be deleted while Tasks are active.", $metadata: {} });
      }
      const inactive: ClusterRecord = { ...cluster, status: "INACTIVE" };
      state.clusters.put(cluster.clusterArn, inactive);
      state.tags.delete(cluster.clusterArn);
      return { cluster: describe(inactive, everything) };
    },
  };
}

function withDefaults(settings: readonly ClusterSetting[] | undefined): ClusterSetting[] {
  return settings !== undefined && settings.length > 0 ? [...settings] : [{ name: "containerInsights", value: "disabled" }];
}

function requireProviders(names: readonly string[]): string[] {
  for (const name of names) {
    if (name !== "FARGATE" && name !== "FARGATE_SPOT") {
      throw invalidParameter(`The specified capacity provider was not found. Specify a valid name or ARN and try again: ${name}.`);
    }
  }
  return [...names];
}
