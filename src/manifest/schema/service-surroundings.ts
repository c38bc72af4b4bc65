/** Fields of a service about what is around it: the network it is reached through, and what is kept and watched of it. */
import { arn } from "./arn.ts";
import { boolean, choice, either, integer, list, number, object, record, required, text } from "./field.ts";
import { resourceId } from "./resource-id.ts";

const hourInSeconds = 3600;

export const networking = object("Where it runs and how it is reached.", {
  vpc: boolean("True: private subnets. False: public subnets and a public address.", {
    default: true,
    becomes: "AWS::ECS::Service NetworkConfiguration",
  }),
  subnets: list("Subnets instead of the environment's.", resourceId("A subnet's id.", "subnet"), { max: 16 }),
  securityGroups: list("Security groups besides its own.", resourceId("A security group's id.", "sg"), { max: 4 }),
  loadBalancer: object("How requests find it.", {
    type: choice("Kind of load balancer.", ["application"], { default: "application" }),
    internal: boolean("Whether only the VPC reaches it.", { default: true }),
    certificateArn: arn(
      "A certificate for its host.",
      "arn:aws:acm:us-east-1:123456789012:certificate/0e1f",
      "AWS::ElasticLoadBalancingV2::ListenerCertificate",
    ),
    host: text("Host name it answers to.", {
      pattern: /^[A-Za-z0-9*?.-]+$/,
      form: "a host name",
      max: 128,
      otherwise: "<service>.<the environment's domain>, when it has one",
      becomes: "AWS::ElasticLoadBalancingV2::ListenerRule host-header",
    }),
    path: text("Path it answers to; `/x/*` also matches `/x`.", {
      max: 128,
      default: "/*",
      becomes: "AWS::ElasticLoadBalancingV2::ListenerRule path-pattern",
    }),
    priority: integer("Priority of its rule.", 1, 50_000, { otherwise: "by how specific host and path are" }),
    stripPrefix: boolean("Whether the path's fixed part is removed before the service sees it.", { default: false }),
    deregistrationDelay: integer("Seconds a task may finish its requests in.", 0, hourInSeconds, {
      default: 30,
      becomes: "TargetGroup deregistration_delay.timeout_seconds",
    }),
    stickiness: boolean("Whether a client stays with its task.", { default: false }),
    dedicated: boolean("Whether it has a load balancer of its own.", { default: false }),
  }),
  serviceDiscovery: object("A name in the environment's private namespace.", {
    name: text("The name.", {
      pattern: /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
      form: "lower-case letters, digits and hyphens",
      max: 63,
      otherwise: "the service's name",
    }),
    ttl: integer("Seconds an answer may be kept.", 0, 86_400, { default: 10 }),
  }),
  ingress: list(
    "Who else may connect.",
    object("One opening.", {
      from: required(object("From where.", { service: required(text("A service's name.")) })),
      port: required(integer("To which port.", 1, 65_535)),
    }),
  ),
});

export const retentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

export const observability = object("What is kept and watched.", {
  logs: object(
    "Logs.",
    {
      enabled: boolean("Whether they go to CloudWatch Logs.", { default: true }),
      retention: choice("Days they are kept.", retentionDays, { default: 30, becomes: "AWS::Logs::LogGroup RetentionInDays" }),
      group: text("Log group.", {
        pattern: /^[A-Za-z0-9_/.#-]+$/,
        form: "letters, digits and _ / . # -",
        max: 512,
        otherwise: "/ecs/<env>/<service>",
      }),
      streamPrefix: text("First part of a stream's name.", {
        pattern: /^[^:*]+$/,
        form: "a text without : and *",
        max: 128,
        default: "ecs",
      }),
      mode: choice("Whether a full buffer drops lines or stops the program.", ["non-blocking", "blocking"], { default: "non-blocking" }),
      datetimeFormat: text("A new record begins with a time of this form.", { example: "%Y-%m-%d" }),
      multilinePattern: text("A new record begins with this pattern."),
    },
    { alternatives: [[["datetimeFormat"], ["multilinePattern"]]] },
  ),
  metrics: object("Prometheus metrics.", {
    enabled: boolean("Whether they are collected.", { default: false }),
    port: integer("Where the service offers them.", 1, 65_535, { otherwise: "the service's port" }),
    path: text("Under which path.", { pattern: /^\//, form: "a path that begins with /", default: "/metrics" }),
    exporter: either(
      "Where they go.",
      [
        choice("CloudWatch.", ["emf"]),
        object("Managed Prometheus.", { amp: required(arn("A workspace.", "arn:aws:aps:us-east-1:123456789012:workspace/ws-1")) }),
      ],
      { otherwise: "emf" },
    ),
  }),
  traces: object("Traces.", {
    enabled: boolean("Whether they are collected.", { default: false }),
    exporter: choice("Where the sidecar sends them: to X-Ray, or by OTLP to the address given.", ["xray", "otlp"], { default: "xray" }),
    otlpEndpoint: text(
      "A collector of your own. With exporter otlp the sidecar sends there; else the program does, and there is no sidecar for traces.",
      {
        pattern: /^https?:\/\//,
        form: "an http:// or https:// address",
        example: "http://otel-collector:4317",
      },
    ),
  }),
  dashboard: boolean("Whether it has a dashboard.", { default: false, becomes: "AWS::CloudWatch::Dashboard" }),
  alarms: record(
    "Alarms by name.",
    object("One alarm.", {
      metric: required(
        text(
          "cpu, memory, runningTasks, unhealthyHosts, requests, latencyP50, latencyP95, latencyP99, 4xxRate, 5xxRate, queueAge, restarts (tasks that ended by themselves and are replaced), or a metric of your own.",
          { max: 255 },
        ),
      ),
      threshold: required(number("The value that is too much.", -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)),
      periods: integer("Periods in a row.", 1, 1440, { otherwise: "3; 1 for unhealthyHosts" }),
      period: choice("Seconds of a period.", [10, 30, 60, 120, 180, 240, 300, 600, 900, 1800, 3600, 21_600, 86_400], { default: 60 }),
      statistic: text("How the metric is summed up.", {
        pattern: /^(Average|Minimum|Maximum|Sum|SampleCount|p\d{1,2}(\.\d{1,2})?)$/,
        form: "Average, Minimum, Maximum, Sum, SampleCount or p99",
      }),
      comparison: choice("How it is compared.", [">", ">=", "<", "<="], { otherwise: ">; >= for unhealthyHosts, < for runningTasks" }),
      missingData: choice("What no data means.", ["breaching", "notBreaching", "ignore", "missing"], { default: "notBreaching" }),
      namespace: text("Namespace of a metric of your own.", { max: 255 }),
      dimensions: record("Dimensions of a metric of your own.", text("A value.", { anyScalar: true })),
    }),
    {
      key: { pattern: /^[A-Za-z0-9-]+$/, form: "letters, digits and hyphens", max: 64 },
      otherwise: "cpu above 80 for 3 minutes, and with a port unhealthyHosts of 1 or more",
      becomes: "AWS::CloudWatch::Alarm",
    },
  ),
});
