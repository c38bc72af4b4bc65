/**
 * The flat dialect: what a service looked like before `apiVersion: fsd/v1`. Every section says where its keys stand
 * now. Hyphens, underscores and capitals make no difference to a key, so `target_cpu` and `targetCpu` are one.
 * Reading, `fsd fmt --upgrade` and `docs/flat-dialect.md` are all made from this table.
 */

/** How a value changes on its way. */
export type Turn =
  /** `true` becomes `false`. */
  | "inverted"
  /** `x` becomes `[x]`. */
  | "listed"
  /** `/health` becomes `{path: /health}`. */
  | "path"
  /** `.` becomes `{context: .}`. */
  | "context"
  /** `{NAME: place}` becomes `[{name: NAME, valueFrom: place}]`. */
  | "secrets"
  /** `{orders: {type: …}}` becomes `[{name: orders, type: …}]`, and what each item holds is modernised. */
  | "dependencies"
  /** `Action: x` becomes `actions: [x]`. */
  | "statements"
  /** `fargate` becomes `ecs`. */
  | "platform";

export interface FlatKey {
  /** Its path in a document of `fsd/v1`. */
  readonly now: string;
  readonly turn?: Turn;
}

export interface FlatSection {
  /** Maps of `fsd/v1` whose fields the section may hold under their own names, the first that knows the key first. */
  readonly into: readonly string[];
  readonly keys: Readonly<Record<string, FlatKey>>;
}

const healthCheck: FlatKey = { now: "service.healthCheck", turn: "path" };
const minimum: FlatKey = { now: "service.resources.minCapacity" };
const maximum: FlatKey = { now: "service.resources.maxCapacity" };
const desired: FlatKey = { now: "service.resources.desiredCount" };
const targetCpu: FlatKey = { now: "service.autoScaling.targetCPUUtilization" };
const targetMemory: FlatKey = { now: "service.autoScaling.targetMemoryUtilization" };
const targetRequests: FlatKey = { now: "service.autoScaling.targetRequestsPerTask" };

/** The document itself. */
export const flatRoot: FlatSection = {
  into: ["service", "metadata", ""],
  keys: {
    name: { now: "metadata.name" },
    platform: { now: "service.type", turn: "platform" },
    team: { now: "metadata.pack" },
    owner: { now: "metadata.owners", turn: "listed" },
    owners: { now: "metadata.owners", turn: "listed" },
    health_check: healthCheck,
    build: { now: "service.build", turn: "context" },
    secrets: { now: "service.secrets", turn: "secrets" },
    dependencies: { now: "dependencies", turn: "dependencies" },
    logging: { now: "service.observability.logs" },
    logs: { now: "service.observability.logs" },
    alarms: { now: "service.observability.alarms" },
    metrics: { now: "service.observability.metrics" },
    tracing: { now: "service.observability.traces" },
  },
};

/** The sections of the document, by key. */
export const flatSections: Readonly<Record<string, FlatSection>> = {
  compute: {
    into: ["service.resources"],
    keys: {
      arch: { now: "service.resources.architecture" },
      count: desired,
      replicas: desired,
      instances: desired,
      image: { now: "service.image" },
      build: { now: "service.build", turn: "context" },
      command: { now: "service.command" },
      port: { now: "service.port" },
      spot: { now: "service.spot" },
      capacity: { now: "service.capacity" },
      platform_version: { now: "service.platformVersion" },
    },
  },
  networking: {
    into: ["service.networking", "service.networking.loadBalancer"],
    keys: {
      port: { now: "service.port" },
      health_check: healthCheck,
      public: { now: "service.networking.loadBalancer.internal", turn: "inverted" },
      domain: { now: "service.networking.loadBalancer.host" },
    },
  },
  scaling: {
    into: ["service.autoScaling", "service.resources"],
    keys: {
      min: minimum,
      min_count: minimum,
      min_tasks: minimum,
      max: maximum,
      max_count: maximum,
      max_tasks: maximum,
      desired,
      count: desired,
      target_cpu: targetCpu,
      target_cpu_percent: targetCpu,
      target_memory: targetMemory,
      target_memory_percent: targetMemory,
      target_requests: targetRequests,
      requests_per_task: targetRequests,
    },
  },
  iam: {
    into: ["iam"],
    keys: {
      policy_statements: { now: "iam.policyStatements", turn: "statements" },
      statements: { now: "iam.policyStatements", turn: "statements" },
    },
  },
};

/** Short names of dependencies' types. */
export const shortTypes: Readonly<Record<string, string>> = {
  dynamodb: "aws_dynamodb_table",
  dynamodb_table: "aws_dynamodb_table",
  s3: "aws_s3_bucket",
  s3_bucket: "aws_s3_bucket",
  sqs: "aws_sqs_queue",
  sqs_queue: "aws_sqs_queue",
  sns: "aws_sns_topic",
  sns_topic: "aws_sns_topic",
  msk: "aws_msk_cluster",
  kafka: "aws_msk_cluster",
  rds: "aws_rds_instance",
  redis: "aws_elasticache",
  elasticache: "aws_elasticache",
  efs: "aws_efs_file_system",
  secret: "aws_secretsmanager_secret",
  secretsmanager: "aws_secretsmanager_secret",
  ssm: "aws_ssm_parameter",
};
