/** Made-up manifests: most of what they say is valid, some of it is not, and all of it is what people might write. */
import fc from "fast-check";

const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
/** Short ones, words that mean something to JavaScript, and the longest that is legal. */
const name = fc.oneof(
  { weight: 6, arbitrary: fc.stringMatching(/^[a-z][a-z0-9]{1,10}(-[a-z0-9]{1,8})?$/) },
  { weight: 1, arbitrary: fc.constantFrom("constructor", "valueof", "a-1", "a1", "failure", "default") },
  { weight: 1, arbitrary: fc.stringMatching(/^[a-z][a-z0-9]{19}-[a-z0-9]{19}$/) },
);
/** Texts that YAML, CloudFormation and `${…}` might each misunderstand. */
const awkward = fc.oneof(
  fc.string({ maxLength: 20 }).filter((text) => !text.includes("${")),
  fc.constantFrom(
    "yes",
    "012",
    "1.10",
    "null",
    "{{resolve:x}}",
    "a: b",
    "- a",
    "${ENV}-x",
    "$${literal}",
    "\u00e4\u2028\ud83d\ude80",
    "a\nb\n",
  ),
);
const variables = fc.dictionary(fc.stringMatching(/^[A-Z][A-Z_]{0,8}$/), awkward, { maxKeys: 4 });
const size = fc.oneof(
  fc.record({ size: fc.constantFrom("micro", "small", "medium", "large") }),
  fc.constantFrom({ cpu: 256, memory: 512 }, { cpu: 1024, memory: 3072 }, { cpu: 4096, memory: 30_720 }),
);
const key = fc.constant("arn:aws:kms:us-east-1:123456789012:key/0e1f2a3b");
const dependency = fc.oneof(
  fc.record({
    type: fc.constantFrom("aws_dynamodb_table", "aws_s3_bucket", "aws_sqs_queue", "aws_sns_topic"),
    name,
    access: fc.constantFrom("read", "write", "read_write"),
    managed: maybe(fc.constant(true)),
    kmsKey: maybe(key),
  }),
  fc.record({ type: fc.constantFrom("aws_rds_instance", "aws_elasticache"), name, port: maybe(fc.integer({ min: 1, max: 65_535 })) }),
  fc.record({ type: fc.constantFrom("aws_secretsmanager_secret", "aws_ssm_parameter"), name }),
  fc.record({
    type: fc.constant("aws_msk_cluster"),
    name,
    access: fc.constantFrom("read", "write"),
    topics: fc.array(name, { maxLength: 2 }),
  }),
  fc.record({ type: fc.constant("service"), name, port: maybe(fc.constant(8000)) }),
);
const secret = fc.record({
  name: fc.stringMatching(/^[A-Z]{3,8}$/),
  valueFrom: fc.oneof(
    name.map((one) => `secretsmanager:${one}`),
    name.map((one) => `secretsmanager:${one}:key`),
    name.map((one) => `ssm:/${one}`),
  ),
});
const metadata = fc.record({
  name,
  pack: maybe(name),
  description: maybe(awkward.filter((text) => text !== "")),
  tags: maybe(fc.dictionary(name, name, { maxKeys: 3 })),
});
const around = {
  apiVersion: fc.constant("fsd/v1"),
  metadata,
  dependencies: maybe(fc.uniqueArray(dependency, { maxLength: 4, selector: (one) => one.name })),
};

const alarm = fc.record({
  metric: fc.constantFrom("cpu", "memory", "restarts", "runningTasks"),
  threshold: fc.integer({ min: 1, max: 100 }),
  periods: maybe(fc.integer({ min: 1, max: 5 })),
});
const balancedAlarm = fc.record({
  metric: fc.constantFrom("unhealthyHosts", "requests", "latencyP50", "latencyP95", "latencyP99", "4xxRate", "5xxRate"),
  threshold: fc.integer({ min: 1, max: 100 }),
});
const bounds = fc.record({ low: fc.integer({ min: 1, max: 4 }), more: fc.integer({ min: 0, max: 8 }) });
const strategy = fc.constantFrom("rolling", "all-at-once", "blue-green", "canary", "linear");
const balancer = fc.record({
  internal: fc.boolean(),
  dedicated: fc.boolean(),
  path: fc.constantFrom("/*", "/x/*", "/api/v1/*", "/"),
  stripPrefix: fc.boolean(),
  stickiness: fc.boolean(),
});
const autoScaling = fc.record({
  targetCPUUtilization: maybe(fc.integer({ min: 10, max: 90 })),
  queue: maybe(name.map((queue) => ({ name: queue, backlogPerTask: 10 }))),
  metric: maybe(name.map((metric) => ({ namespace: "App", name: metric, target: 5 }))),
});
const observability = fc.record({
  dashboard: fc.boolean(),
  logs: fc.record({ enabled: fc.boolean() }),
  metrics: fc.record({
    enabled: fc.boolean(),
    port: fc.constant(9090),
    exporter: fc.constantFrom("emf", { amp: "arn:aws:aps:us-east-1:123456789012:workspace/ws-1" }),
  }),
  traces: fc.record({ enabled: fc.boolean() }),
});

export const service = fc
  .record({
    ...around,
    port: maybe(fc.integer({ min: 1, max: 65_535 })),
    size,
    bounds,
    strategy,
    balancer,
    autoScaling: maybe(autoScaling),
    hook: fc.boolean(),
    singleton: fc.boolean(),
    spot: fc.boolean(),
    discovery: fc.boolean(),
    image: maybe(name.map((one) => `acme/${one}:\${VERSION}`)),
    environment: variables,
    command: maybe(fc.array(awkward, { minLength: 1, maxLength: 3 })),
    secrets: fc.uniqueArray(secret, { maxLength: 3, selector: (one) => one.name }),
    alarms: fc.dictionary(name, alarm, { maxKeys: 3 }),
    balancedAlarms: fc.dictionary(name, balancedAlarm, { maxKeys: 2 }),
    observability,
    sidecars: fc.uniqueArray(fc.record({ name, image: fc.constantFrom("envoy:1", "${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/x:1") }), {
      maxLength: 2,
      selector: (one) => one.name,
    }),
    volumes: fc
      .uniqueArray(fc.record({ name, efs: maybe(fc.constant({ fileSystemId: "fs-12345678", securityGroup: "sg-0123456789abcdef1" })) }), {
        maxLength: 2,
        selector: (one) => one.name,
      })
      .map((list) => list.map((one, index) => ({ ...one, mountPath: `/data/${index}` }))),
    exec: fc.boolean(),
  })
  .map(({ apiVersion, metadata: about, dependencies, ...given }) => {
    const single = given.singleton;
    const { low, more } = given.bounds;
    const balanced = given.port !== undefined;
    const shifts = ["blue-green", "canary", "linear"].includes(given.strategy) && balanced && !single && !given.discovery;
    return {
      apiVersion,
      kind: "Service",
      metadata: about,
      service: {
        image: given.image,
        command: given.command,
        ...(balanced ? { port: given.port, healthCheck: { path: "/health" } } : {}),
        networking: {
          ...(balanced ? { loadBalancer: given.balancer } : {}),
          ...(given.discovery ? { serviceDiscovery: {} } : {}),
        },
        resources: single ? given.size : { ...given.size, desiredCount: low, minCapacity: low, maxCapacity: low + more },
        ...(single || more === 0 || given.autoScaling === undefined
          ? {}
          : { autoScaling: { ...given.autoScaling, ...(balanced ? { targetRequestsPerTask: 100 } : {}) } }),
        singleton: single,
        spot: given.spot,
        ...(balanced && !single && !given.discovery
          ? {
              deployment: {
                strategy: given.strategy,
                ...(shifts && given.hook ? { hooks: [{ stage: "POST_TEST_TRAFFIC_SHIFT", pause: true }] } : {}),
                alarms: Object.keys(given.alarms).slice(0, 1),
              },
            }
          : {}),
        environment: given.environment,
        secrets: given.secrets,
        observability: { ...given.observability, alarms: { ...given.alarms, ...(balanced ? given.balancedAlarms : {}) } },
        sidecars: given.sidecars,
        volumes: given.volumes,
        exec: given.exec,
      },
      dependencies,
    };
  });

export const job = fc
  .record({
    ...around,
    resources: size,
    environment: variables,
    schedule: maybe(fc.constantFrom({ cron: "0 2 * * ? *", timezone: "Europe/Berlin" }, { rate: "1 hour" })),
    timeout: maybe(fc.constantFrom("30m", 60)),
    retries: maybe(fc.integer({ min: 0, max: 3 })),
    concurrency: maybe(fc.constantFrom("allow", "forbid")),
  })
  .map(({ apiVersion, metadata: about, dependencies, ...given }) => ({
    apiVersion,
    kind: "Job",
    metadata: about,
    job: given,
    dependencies,
  }));

const shared = fc.record({ accessLogs: fc.boolean(), shards: fc.integer({ min: 1, max: 3 }) });
export const environment = fc.record({
  vpc: maybe(
    fc.oneof(
      {
        weight: 7,
        arbitrary: fc.record({
          availabilityZones: fc.constantFrom(2, 3),
          nat: fc.constantFrom("single", "per-az"),
          flowLogs: fc.boolean(),
        }),
      },
      // Most services take an image from elsewhere, which these have no way to: they are refused.
      {
        weight: 1,
        arbitrary: fc.record({ nat: fc.constant("endpoints"), endpoints: fc.constant(["kms", "monitoring", "sns", "sqs", "sts", "xray"]) }),
      },
    ),
  ),
  domain: maybe(fc.constant({ name: "dev.example.com", zoneId: "Z0123" })),
  loadBalancers: fc.record({ public: shared, internal: shared }),
  cluster: fc.record({ containerInsights: fc.constantFrom("enabled", "enhanced") }),
  variables,
  packs: maybe(fc.uniqueArray(name, { maxLength: 3 })),
  alarmTopics: maybe(fc.dictionary(name, fc.constant("arn:aws:sns:us-east-1:123456789012:alarms"), { maxKeys: 2 })),
  dashboard: fc.boolean(),
  protect: fc.boolean(),
});
