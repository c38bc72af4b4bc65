/** The kind Service: every field, what it means, what is assumed without it, and what it becomes in AWS. */
import { arn } from "./arn.ts";
import { dependencies } from "./dependencies.ts";
import { any, boolean, choice, duration, integer, list, number, object, record, required, text, type ValueOf } from "./field.ts";
import { iam } from "./iam.ts";
import { metadata } from "./metadata.ts";
import { overrides } from "./overrides.ts";
import { resourceId } from "./resource-id.ts";
import { networking, observability } from "./service-surroundings.ts";
import { architecture, build, capacity, command, cpu, ephemeralStorage, image, memory, secrets, size, variables } from "./task.ts";

const hourInSeconds = 3600;

const healthCheck = object("How the load balancer finds out whether a task is well.", {
  path: text("What it asks for.", {
    pattern: /^\//,
    form: "a path that begins with /",
    max: 1024,
    default: "/health",
    becomes: "AWS::ElasticLoadBalancingV2::TargetGroup HealthCheckPath",
  }),
  interval: integer("Seconds between two checks.", 5, 300, { default: 30, becomes: "TargetGroup HealthCheckIntervalSeconds" }),
  timeout: integer("Seconds until a check without answer has failed.", 2, 120, {
    default: 5,
    becomes: "TargetGroup HealthCheckTimeoutSeconds",
  }),
  healthyThreshold: integer("Successes in a row that make an unhealthy target healthy.", 2, 10, {
    default: 2,
    becomes: "TargetGroup HealthyThresholdCount",
  }),
  unhealthyThreshold: integer("Failures in a row that make a target unhealthy.", 2, 10, {
    default: 3,
    becomes: "TargetGroup UnhealthyThresholdCount",
  }),
  matcher: text("Status codes that count as success.", {
    pattern: /^[2-4]\d\d(-[2-4]\d\d)?(,[2-4]\d\d(-[2-4]\d\d)?)*$/,
    form: "codes and ranges from 200 to 499, like 200 or 200-299,301",
    anyScalar: true,
    default: "200",
    becomes: "TargetGroup Matcher.HttpCode",
  }),
  gracePeriod: integer("Seconds after a task's start in which ECS ignores failed checks.", 0, 2_147_483_647, {
    default: 60,
    becomes: "AWS::ECS::Service HealthCheckGracePeriodSeconds",
  }),
  container: object(
    "A check inside the container, besides the load balancer's.",
    {
      http: text("A path to ask on the service's own port, with whatever the image has to ask with.", {
        pattern: /^\//,
        form: "a path that begins with /",
        max: 1024,
      }),
      command: list("The check's command.", text("A word."), { min: 1, example: ["CMD-SHELL", "pg_isready"] }),
      interval: integer("Seconds between two checks.", 5, 300, { default: 30 }),
      timeout: integer("Seconds until a check has failed.", 2, 60, { default: 5 }),
      retries: integer("Failures in a row that make the container unhealthy.", 1, 10, { default: 3 }),
      startPeriod: integer("Seconds after the start in which failures do not count.", 0, 300, { default: 60 }),
    },
    { otherwise: "none", alternatives: [[["http"], ["command"]]], becomes: "AWS::ECS::TaskDefinition ContainerDefinitions.HealthCheck" },
  ),
});

const resources = object(
  "How large a task is and how many there are.",
  {
    size,
    cpu,
    memory,
    architecture,
    ephemeralStorage,
    desiredCount: integer("How many tasks there are.", 0, 5000, {
      otherwise: "2 with a port, else 1",
      becomes: "AWS::ECS::Service DesiredCount",
    }),
    minCapacity: integer("The fewest tasks scaling may leave.", 0, 5000, {
      otherwise: "desiredCount",
      becomes: "AWS::ApplicationAutoScaling::ScalableTarget MinCapacity",
    }),
    maxCapacity: integer("The most tasks scaling may start.", 0, 5000, {
      otherwise: "minCapacity",
      becomes: "AWS::ApplicationAutoScaling::ScalableTarget MaxCapacity",
    }),
  },
  { alternatives: [[["size"], ["cpu", "memory"]]] },
);

const autoScaling = object(
  "What the number of tasks follows.",
  {
    targetCPUUtilization: number("Average CPU in percent that scaling aims at.", 1, 100, {
      otherwise: "70 when maxCapacity is above minCapacity",
      becomes: "AWS::ApplicationAutoScaling::ScalingPolicy",
    }),
    targetMemoryUtilization: number("Average memory in percent that scaling aims at.", 1, 100, {
      otherwise: "80 when maxCapacity is above minCapacity",
      becomes: "AWS::ApplicationAutoScaling::ScalingPolicy",
    }),
    targetRequestsPerTask: number("Requests per minute and task that scaling aims at.", 1, 1_000_000, {
      becomes: "ScalingPolicy CustomizedMetricSpecification: requests for each healthy host of both target groups, by metric math",
    }),
    queue: object(
      "Follows an SQS queue.",
      {
        name: required(text("The queue's name.", { pattern: /^[A-Za-z0-9_-]{1,80}(\.fifo)?$/, form: "a queue's name" })),
        backlogPerTask: number("Messages each task may have waiting; needs Container Insights.", 0.01, 1_000_000),
        depth: number("Messages that may wait altogether.", 0.01, 1_000_000),
      },
      { alternatives: [[["backlogPerTask"], ["depth"]]] },
    ),
    metric: object("Follows a metric of your own.", {
      namespace: required(text("Its namespace.", { max: 255 })),
      name: required(text("Its name.", { max: 255 })),
      statistic: choice("How it is summed up.", ["Average", "Minimum", "Maximum", "SampleCount", "Sum"], { default: "Average" }),
      dimensions: record("Its dimensions.", text("A value.", { anyScalar: true })),
      target: required(number("The value scaling aims at.", 0.000_001, Number.MAX_SAFE_INTEGER)),
    }),
    scaleInCooldown: integer("Seconds after scaling in before scaling in again.", 0, hourInSeconds, { default: 300 }),
    scaleOutCooldown: integer("Seconds after scaling out before scaling out again.", 0, hourInSeconds, { default: 60 }),
    schedule: list(
      "Bounds that change by the clock.",
      object(
        "One change.",
        {
          name: required(text("Its name.", { pattern: /^[A-Za-z0-9-]+$/, form: "letters, digits and hyphens", max: 64 })),
          cron: text("When: six fields, minute hour day month weekday year.", { example: "0 20 * * ? *" }),
          rate: text("How often: `5 minutes`.", { example: "1 hour" }),
          at: text("Once: `2027-01-31T20:00:00`.", {
            pattern: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/,
            form: "a time like 2027-01-31T20:00:00",
          }),
          timezone: text("Time zone of the expression.", { default: "UTC", example: "Europe/Berlin" }),
          minCapacity: integer("The new minimum.", 0, 5000),
          maxCapacity: integer("The new maximum.", 0, 5000),
        },
        { alternatives: [[["cron"], ["rate"], ["at"]]] },
      ),
      { becomes: "AWS::ApplicationAutoScaling::ScalableTarget ScheduledActions" },
    ),
  },
  {
    renamed: { targetCPU: "targetCPUUtilization", targetMemory: "targetMemoryUtilization" },
    moved: { minCount: "resources.minCapacity", maxCount: "resources.maxCapacity" },
  },
);

const deployment = object("How a new version takes over.", {
  strategy: choice("The way of it.", ["rolling", "all-at-once", "blue-green", "canary", "linear"], {
    default: "rolling",
    becomes: "AWS::ECS::Service DeploymentConfiguration.Strategy",
  }),
  minimumHealthyPercent: integer("Percent of the desired tasks that stay healthy, rounded up.", 0, 100, {
    otherwise: "100; 0 for all-at-once and singletons",
  }),
  maximumPercent: integer("Percent of the desired tasks that may exist, rounded down.", 100, 200, {
    otherwise: "200; 100 for all-at-once and singletons",
  }),
  circuitBreaker: object("Gives up on a version whose tasks keep failing.", {
    enable: boolean("Whether it watches.", { default: true }),
    rollback: boolean("Whether it goes back to the last good version.", { default: true }),
    threshold: object("How many failures are too many.", {
      type: choice("What the value means.", ["BOUNDED_PERCENT", "UNBOUNDED_PERCENT", "COUNT"], { default: "BOUNDED_PERCENT" }),
      value: integer("Percent of the desired tasks, or a count.", 1, 5000, { default: 50 }),
    }),
    resetOnHealthyTask: boolean("Whether a healthy task starts the count anew.", { default: true }),
  }),
  alarms: list("Alarms of this service that roll a deployment back.", text("An alarm's name under observability.alarms."), {
    becomes: "AWS::ECS::Service DeploymentConfiguration.Alarms",
  }),
  bakeTime: duration("How long old and new stand side by side after the shift.", 0, 24 * hourInSeconds, {
    otherwise: "5m for blue-green, canary and linear",
  }),
  monitor: duration(
    "How long fsd deploy watches alarms after an update, with any strategy: those of deployment.alarms, else all of the service. When one goes off, the release before is redeployed.",
    0,
    24 * hourInSeconds,
    { otherwise: "not at all" },
  ),
  freezeOnFailure: boolean("Whether a failed deploy forbids further ones until `fsd unfreeze`.", {
    otherwise: "false; true in a protected environment",
  }),
  canary: object("Steps of the strategy canary.", {
    percent: number("Percent of the traffic that goes first.", 0.1, 100, { default: 5 }),
    bakeTime: duration("How long only they go.", 0, 24 * hourInSeconds, { otherwise: "10m" }),
  }),
  linear: object("Steps of the strategy linear.", {
    stepPercent: number("Percent of the traffic a step moves.", 3, 100, { default: 10 }),
    stepBakeTime: duration("How long a step lasts.", 0, 24 * hourInSeconds, { otherwise: "6m" }),
  }),
  hooks: list(
    "Points at which a deployment waits or asks a function.",
    object(
      "One hook.",
      {
        stage: required(
          choice("When.", [
            "RECONCILE_SERVICE",
            "PRE_SCALE_UP",
            "POST_SCALE_UP",
            "TEST_TRAFFIC_SHIFT",
            "POST_TEST_TRAFFIC_SHIFT",
            "PRE_PRODUCTION_TRAFFIC_SHIFT",
            "PRODUCTION_TRAFFIC_SHIFT",
            "POST_PRODUCTION_TRAFFIC_SHIFT",
          ]),
        ),
        pause: boolean("Waits for a person."),
        lambda: arn("Asks this function.", "arn:aws:lambda:us-east-1:123456789012:function:check"),
        timeout: duration("How long at most.", 60, 24 * hourInSeconds),
        onTimeout: choice("What happens then.", ["CONTINUE", "ROLLBACK"], { default: "ROLLBACK" }),
      },
      { alternatives: [[["pause"], ["lambda"]]] },
    ),
  ),
});

const sidecars = list(
  "Further containers of the task.",
  object("One container.", {
    name: required(
      text("Its name.", { pattern: /^(?!app$)[a-z0-9][a-z0-9_-]*$/, form: "lower-case letters, digits and hyphens, not app", max: 64 }),
    ),
    image: required(text("Its image.", { pattern: /^\S+$/, form: "an image reference without spaces", max: 512 })),
    essential: boolean("Whether the task ends with it.", { default: false }),
    command: command("it"),
    cpu: integer("CPU units of the task's that are its own.", 1, 16_384, {
      otherwise: "what the others leave",
      becomes: "AWS::ECS::TaskDefinition ContainerDefinitions.Cpu",
    }),
    memory: integer("MiB of the task's that it may use at most.", 6, 122_880, {
      otherwise: "what the others leave",
      becomes: "AWS::ECS::TaskDefinition ContainerDefinitions.Memory",
    }),
    port: integer("A port it listens on.", 1, 65_535),
    environment: variables("Its environment variables."),
    dependsOn: record("Containers that come first.", choice("How far they must have come.", ["START", "COMPLETE", "SUCCESS", "HEALTHY"])),
  }),
  { max: 9, becomes: "AWS::ECS::TaskDefinition ContainerDefinitions" },
);

const volumes = list(
  "File systems in the container.",
  object("One volume.", {
    name: required(text("Its name.", { pattern: /^[A-Za-z0-9_-]+$/, form: "letters, digits, hyphens and underscores", max: 255 })),
    mountPath: required(text("Where it appears.", { pattern: /^\//, form: "a path that begins with /" })),
    efs: object("An EFS file system; absent: scratch space of the task.", {
      fileSystemId: required(resourceId("The file system.", "fs")),
      accessPointId: resourceId("An access point.", "fsap"),
      securityGroup: resourceId("The mount targets' security group.", "sg"),
      readOnly: boolean("Whether it may only be read.", { default: false }),
    }),
  }),
  { max: 20, becomes: "AWS::ECS::TaskDefinition Volumes" },
);

export const serviceBody = object(
  "What runs and how.",
  {
    type: text("Where it runs.", { default: "ecs" }),
    image,
    build,
    command: command("the container"),
    port: integer("The port it listens on; without one it is a worker.", 1, 65_535, {
      otherwise: "a worker without load balancer",
      example: 8000,
      becomes: "AWS::ECS::TaskDefinition ContainerDefinitions.PortMappings, target group, listener rule",
    }),
    healthCheck,
    resources,
    platformVersion: choice("Fargate platform version.", ["LATEST", "1.4.0"], {
      default: "LATEST",
      becomes: "AWS::ECS::Service PlatformVersion",
    }),
    capacity,
    spot: boolean("Short for capacity FARGATE_SPOT alone.", { default: false }),
    singleton: boolean(
      "One task: the old one is told to stop before a new one starts. One that takes long to stop runs beside its successor.",
      { default: false },
    ),
    autoScaling,
    deployment,
    environment: variables("Environment variables."),
    secrets,
    networking,
    observability,
    sidecars,
    volumes,
    exec: boolean("Whether `fsd exec` may open a shell in it.", { default: false, becomes: "AWS::ECS::Service EnableExecuteCommand" }),
    readonlyRootFilesystem: boolean("Whether the container may not write to its own file system.", {
      default: false,
      becomes: "AWS::ECS::TaskDefinition ContainerDefinitions.ReadonlyRootFilesystem",
    }),
    stopTimeout: integer("Seconds between the stop signal and the kill.", 2, 120, {
      default: 30,
      becomes: "AWS::ECS::TaskDefinition ContainerDefinitions.StopTimeout",
    }),
  },
  {
    alternatives: [
      [["image"], ["build"]],
      [["spot"], ["capacity"]],
    ],
  },
);

/** What may differ between environments. */
const layerFields = {
  service: serviceBody,
  dependencies,
  iam,
  overrides,
};

const { name: _, ...layerMetadata } = metadata("service").fields;

export const serviceLayer = object("What differs in one environment.", {
  metadata: object("Whose it is, where that differs.", layerMetadata, { renamed: metadata("service").renamed }),
  ...layerFields,
});

export const serviceDocument = object("A service that runs all the time.", {
  apiVersion: required(text("Version of the format.", { default: "fsd/v1" })),
  kind: required(text("Kind of the document.", { default: "Service" })),
  metadata: required(metadata("service")),
  service: serviceBody,
  dependencies,
  iam,
  environments: record("What differs, by environment; maps merge deeply, lists are replaced.", any("A layer.")),
  overrides,
});

export type ServiceValue = Omit<ValueOf<typeof serviceDocument>, "environments">;
