/**
 * The rate limits of ECS's API, a token bucket for each group of operations in each region ("Request throttling for the
 * Amazon ECS API"). They are for clients on the wire, in wall time; the platform's own calls are not counted.
 */
import type { Clock } from "../../kit/clock.ts";
import { TokenBucket } from "../../kit/token-bucket.ts";
import { AwsFault } from "./aws-fault.ts";

interface Limit {
  readonly group: string;
  readonly burst: number;
  readonly perSecond: number;
  readonly operations: readonly string[];
}

const limits: readonly Limit[] = [
  {
    group: "task definition modify",
    burst: 20,
    perSecond: 1,
    operations: ["RegisterTaskDefinition", "DeregisterTaskDefinition", "DeleteTaskDefinitions"],
  },
  {
    group: "task definition read",
    burst: 50,
    perSecond: 20,
    operations: ["DescribeTaskDefinition", "ListTaskDefinitions", "ListTaskDefinitionFamilies"],
  },
  {
    group: "service modify",
    burst: 50,
    perSecond: 5,
    operations: [
      "CreateService",
      "UpdateService",
      "DeleteService",
      "CreateTaskSet",
      "UpdateTaskSet",
      "DeleteTaskSet",
      "UpdateServicePrimaryTaskSet",
    ],
  },
  { group: "service read", burst: 100, perSecond: 20, operations: ["DescribeServices", "ListServices", "DescribeTaskSets"] },
  {
    group: "service deployments and revisions read",
    burst: 50,
    perSecond: 20,
    operations: ["DescribeServiceDeployments", "ListServiceDeployments", "DescribeServiceRevisions"],
  },
  // RunTask has, for tasks on Fargate, a limit of its own.
  { group: "RunTask on Fargate", burst: 20, perSecond: 20, operations: ["RunTask"] },
  { group: "cluster resource modify", burst: 100, perSecond: 40, operations: ["StopTask", "ExecuteCommand"] },
  { group: "cluster resource read", burst: 100, perSecond: 20, operations: ["DescribeTasks", "ListTasks"] },
  { group: "cluster read", burst: 50, perSecond: 20, operations: ["DescribeClusters", "ListClusters"] },
  {
    group: "cluster modify",
    burst: 20,
    perSecond: 1,
    operations: ["CreateCluster", "UpdateCluster", "DeleteCluster", "PutClusterCapacityProviders"],
  },
];

const limitOf = new Map(limits.flatMap((limit) => limit.operations.map((operation) => [operation, limit])));

export class ApiLimits {
  readonly #wallClock: Pick<Clock, "now">;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(wallClock: Pick<Clock, "now">) {
    this.#wallClock = wallClock;
  }

  /** Throws ECS's refusal of a call that comes too soon. */
  admit(service: string, operation: string, region: string): void {
    const limit = service === "ecs" ? limitOf.get(operation) : undefined;
    if (limit === undefined) return;
    const key = `${region} ${limit.group}`;
    const bucket = this.#buckets.get(key) ?? new TokenBucket(limit.burst, limit.perSecond);
    this.#buckets.set(key, bucket);
    if (!bucket.take(this.#wallClock.now())) throw new AwsFault("ThrottlingException", "Rate exceeded");
  }
}
