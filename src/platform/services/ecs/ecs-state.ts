/**
 * What Amazon ECS remembers of its API, beyond what the scheduler keeps: clusters, task definitions, the parts of
 * services and revisions that no decision looks at, and tags. Keys are ARNs, which begin with the region.
 */
import type {
  CapacityProviderStrategyItem,
  ClusterConfiguration,
  ClusterServiceConnectDefaults,
  ClusterSetting,
  LoadBalancer,
  NetworkConfiguration,
  PlacementConstraint,
  PlacementStrategy,
  ServiceConnectConfiguration,
  ServiceConnectServiceResource,
  ServiceRegistry,
  ServiceVolumeConfiguration,
  TaskDefinition,
} from "@aws-sdk/client-ecs";
import type { Collection, Store } from "../../persistence/store.ts";

export interface ClusterRecord {
  readonly clusterArn: string;
  readonly clusterName: string;
  readonly status: "ACTIVE" | "INACTIVE";
  readonly settings: readonly ClusterSetting[];
  readonly configuration?: ClusterConfiguration;
  readonly serviceConnectDefaults?: ClusterServiceConnectDefaults;
  readonly capacityProviders: readonly string[];
  readonly defaultCapacityProviderStrategy: readonly CapacityProviderStrategyItem[];
}

/** Dates as milliseconds since the epoch. */
export type TaskDefinitionRecord = Omit<TaskDefinition, "registeredAt" | "deregisteredAt" | "deleteRequestedAt"> & {
  readonly taskDefinitionArn: string;
  readonly family: string;
  readonly revision: number;
  readonly status: "ACTIVE" | "INACTIVE" | "DELETE_IN_PROGRESS";
  readonly registeredAt: number;
  readonly deregisteredAt?: number;
  readonly deleteRequestedAt?: number;
};

/** What belongs to the service as such. */
export interface ServiceRecord {
  readonly serviceArn: string;
  readonly clientToken?: string;
  readonly launchType?: "FARGATE";
  readonly schedulingStrategy: "REPLICA";
  readonly propagateTags: "TASK_DEFINITION" | "SERVICE" | "NONE";
  readonly enableECSManagedTags: boolean;
  readonly availabilityZoneRebalancing: "ENABLED" | "DISABLED";
  readonly placementConstraints: readonly PlacementConstraint[];
  readonly placementStrategy: readonly PlacementStrategy[];
  readonly roleArn: string;
  readonly createdBy: string;
}

/** What a revision was asked to be, in the API's own words. */
export interface RevisionRecord {
  readonly serviceRevisionArn: string;
  readonly taskDefinitionArn: string;
  readonly launchType?: "FARGATE";
  readonly capacityProviderStrategy?: readonly CapacityProviderStrategyItem[];
  readonly platformVersion: string;
  readonly networkConfiguration: NetworkConfiguration;
  readonly loadBalancers: readonly LoadBalancer[];
  readonly serviceRegistries: readonly ServiceRegistry[];
  readonly serviceConnectConfiguration?: ServiceConnectConfiguration;
  readonly volumeConfigurations?: readonly ServiceVolumeConfiguration[];
  /** The Cloud Map services that ECS made for it. */
  readonly serviceConnectResources?: readonly ServiceConnectServiceResource[];
  /** What it offers there, as it would have it. */
  readonly connectEndpoints?: readonly ConnectEndpoint[];
}

/** What a service offers the clients of a Service Connect namespace under one discovery name, as the deployment that has the traffic has it. */
export interface ConnectEndpoint {
  /** `<namespace ARN>/<discovery name>` */
  readonly endpoint: string;
  /** The ECS service. */
  readonly serviceArn: string;
  readonly namespaceArn: string;
  readonly discoveryName: string;
  /** The Cloud Map service. */
  readonly discoveryArn: string;
  /** Of its client alias. */
  readonly dnsName: string;
  readonly port: number;
  /** Absent: TCP. */
  readonly appProtocol?: "http" | "http2" | "grpc";
  /** 0: none. */
  readonly idleTimeoutMs: number;
  /** 0: none. */
  readonly perRequestTimeoutMs: number;
  /** By which a request asks for the revision under test; without `exact`, whatever its value. */
  readonly testHeader: { readonly name: string; readonly exact?: string };
}

/** An answered RunTask, by client token: the same token starts nothing twice. */
export interface RunTaskRecord {
  readonly request: string;
  readonly taskArns: readonly string[];
}

export class EcsState {
  readonly clusters: Collection<ClusterRecord>;
  readonly taskDefinitions: Collection<TaskDefinitionRecord>;
  /** Highest revision ever given, by `<region>/<family>`. */
  readonly families: Collection<number>;
  readonly services: Collection<ServiceRecord>;
  readonly revisions: Collection<RevisionRecord>;
  /** By `<namespace ARN>/<discovery name>`. */
  readonly connectEndpoints: Collection<ConnectEndpoint>;
  readonly tags: Collection<Readonly<Record<string, string>>>;
  readonly runs: Collection<RunTaskRecord>;

  constructor(store: Store) {
    this.clusters = store.collection("ecs.cluster");
    this.taskDefinitions = store.collection("ecs.task-definition");
    this.families = store.collection("ecs.family");
    this.services = store.collection("ecs.service");
    this.revisions = store.collection("ecs.revision");
    this.connectEndpoints = store.collection("ecs.connect-endpoint");
    this.tags = store.collection("ecs.tags");
    this.runs = store.collection("ecs.run");
  }
}
