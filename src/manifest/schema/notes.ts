/**
 * What a field becomes and an example of it, where its own note does not say: a field of a group becomes what its group
 * becomes. By path below the kind's body, without places in lists; the longest beginning counts.
 */
import type { Field } from "./field.ts";
import type { Kind } from "./kinds.ts";

const becomes: Readonly<Record<string, string>> = {
  apiVersion: "nothing: it says how the document is read",
  kind: "nothing: it says how the document is read",
  metadata: "names and tags of everything that is made",
  environments: "what the fields within become, in that environment's stack",
  overrides: "the template itself, after everything else",
  dependencies: "statements of the task role's policy, security-group rules, environment variables of the container",
  "dependencies.endpoint": "environment variables of the container",
  "dependencies.as": "names of the container's environment variables",
  "dependencies.port": "AWS::EC2::SecurityGroupEgress, environment variables of the container",
  "dependencies.securityGroup": "AWS::EC2::SecurityGroupIngress of that group, with manageIngress",
  "dependencies.managed": "AWS::SQS::Queue, AWS::DynamoDB::Table, AWS::S3::Bucket or AWS::SNS::Topic",
  iam: "AWS::IAM::Role",
  "iam.policyStatements": "AWS::IAM::Role Policies of the task role",
  build: "the image that is pushed to the service's repository",
  healthCheck: "AWS::ElasticLoadBalancingV2::TargetGroup",
  resources: "AWS::ECS::TaskDefinition, AWS::ECS::Service DesiredCount, AWS::ApplicationAutoScaling::ScalableTarget",
  spot: "AWS::ECS::Service CapacityProviderStrategy",
  singleton: "AWS::ECS::Service DesiredCount 1, DeploymentConfiguration 0/100",
  autoScaling: "AWS::ApplicationAutoScaling::ScalingPolicy",
  "autoScaling.scaleInCooldown": "ScalingPolicy TargetTrackingScalingPolicyConfiguration.ScaleInCooldown",
  "autoScaling.scaleOutCooldown": "ScalingPolicy TargetTrackingScalingPolicyConfiguration.ScaleOutCooldown",
  deployment: "AWS::ECS::Service DeploymentConfiguration",
  "deployment.minimumHealthyPercent": "AWS::ECS::Service DeploymentConfiguration.MinimumHealthyPercent",
  "deployment.maximumPercent": "AWS::ECS::Service DeploymentConfiguration.MaximumPercent",
  "deployment.circuitBreaker": "AWS::ECS::Service DeploymentConfiguration.DeploymentCircuitBreaker",
  "deployment.bakeTime": "AWS::ECS::Service DeploymentConfiguration.BakeTimeInMinutes",
  "deployment.canary": "AWS::ECS::Service DeploymentConfiguration.CanaryConfiguration",
  "deployment.linear": "AWS::ECS::Service DeploymentConfiguration.LinearConfiguration",
  "deployment.hooks": "AWS::ECS::Service DeploymentConfiguration.LifecycleHooks",
  secrets: "AWS::ECS::TaskDefinition ContainerDefinitions.Secrets",
  networking: "AWS::ECS::Service NetworkConfiguration",
  "networking.loadBalancer": "AWS::ElasticLoadBalancingV2::TargetGroup, ListenerRule",
  "networking.loadBalancer.type": "nothing: there is one kind",
  "networking.loadBalancer.internal": "the listener that the AWS::ElasticLoadBalancingV2::ListenerRule belongs to",
  "networking.loadBalancer.priority": "AWS::ElasticLoadBalancingV2::ListenerRule Priority",
  "networking.loadBalancer.stripPrefix": "AWS::ElasticLoadBalancingV2::ListenerRule Transforms",
  "networking.loadBalancer.stickiness": "TargetGroup stickiness.enabled",
  "networking.loadBalancer.dedicated": "AWS::ElasticLoadBalancingV2::LoadBalancer",
  "networking.serviceDiscovery": "AWS::ServiceDiscovery::Service",
  "networking.ingress": "AWS::EC2::SecurityGroupIngress",
  observability: "what the fields within become",
  "observability.logs": "AWS::ECS::TaskDefinition ContainerDefinitions.LogConfiguration",
  "observability.logs.group": "AWS::Logs::LogGroup LogGroupName",
  "observability.metrics": "a collector's container in AWS::ECS::TaskDefinition",
  "observability.traces": "a collector's container in AWS::ECS::TaskDefinition",
  "observability.traces.otlpEndpoint": "environment variable OTEL_EXPORTER_OTLP_ENDPOINT",
  type: "nothing: it says where the service runs",
  // Job
  schedule: "AWS::Scheduler::Schedule",
  schedules: "AWS::Scheduler::Schedule",
  count: "AWS::Scheduler::Schedule Target.EcsParameters.TaskCount",
  logs: "AWS::Logs::LogGroup",
  stopTimeout: "AWS::ECS::TaskDefinition ContainerDefinitions.StopTimeout",
  // Environment
  account: "the account that is deployed to",
  region: "the region that is deployed to",
  vpc: "AWS::EC2::VPC, Subnet, RouteTable",
  cluster: "AWS::ECS::Cluster",
  loadBalancers: "AWS::ElasticLoadBalancingV2::LoadBalancer, Listener",
  domain: "AWS::CertificateManager::Certificate, AWS::Route53::RecordSet",
  alarmTopics: "AWS::CloudWatch::Alarm AlarmActions",
  images: "AWS::ECR::Repository",
  roles: "AWS::IAM::Role",
  protect: "termination protection of the stacks, deletion protection of load balancers and tables",
  local: "nothing in AWS: addresses and images on this machine",
  // Defaults
  defaults: "what the fields within become, in every document that does not say otherwise",
  guardrails: "nothing: a document that breaks one is refused",
};

const examples: Readonly<Record<string, unknown>> = {
  "metadata.description": "Category lookup",
  "metadata.tags.<name>": "engineering",
  "build.args": { PYTHON: "3.12" },
  "build.args.<name>": "3.12",
  "build.target": "prod",
  "healthCheck.container": { http: "/health" },
  "healthCheck.container.http": "/health",
  "autoScaling.queue": { name: "${ENV}-jobs", backlogPerTask: 100 },
  "autoScaling.queue.name": "${ENV}-jobs",
  "autoScaling.metric": { namespace: "App", name: "Lag", target: 50 },
  "autoScaling.metric.namespace": "App",
  "autoScaling.metric.name": "Lag",
  "autoScaling.metric.dimensions": { Queue: "jobs" },
  "autoScaling.metric.dimensions.<name>": "jobs",
  "autoScaling.schedule": [{ name: "night", cron: "0 20 * * ? *", minCapacity: 0 }],
  "autoScaling.schedule.name": "night",
  "autoScaling.schedule.at": "2027-01-31T20:00:00",
  "schedule.at": "2027-01-31T20:00:00",
  schedules: [{ name: "nightly", cron: "0 2 * * ? *" }],
  "schedules.name": "nightly",
  "schedules.at": "2027-01-31T20:00:00",
  "deployment.alarms": ["high-errors"],
  "deployment.hooks": [{ stage: "POST_TEST_TRAFFIC_SHIFT", pause: true, timeout: "1h" }],
  "environment.<name>": "INFO",
  "schedules.environment.<name>": "INFO",
  "variables.<name>": "INFO",
  secrets: [{ name: "DB_PASSWORD", valueFrom: "secretsmanager:category/db:password" }],
  "networking.subnets": ["subnet-0123"],
  "networking.securityGroups": ["sg-0123"],
  "networking.loadBalancer.host": "category.${ENV}.example.com",
  "networking.serviceDiscovery.name": "category",
  "networking.ingress": [{ from: { service: "offer-api" }, port: 8000 }],
  "networking.ingress.from": { service: "offer-api" },
  "networking.ingress.from.service": "offer-api",
  "observability.logs.group": "/ecs/${ENV}/${SERVICE}",
  "logs.group": "/ecs/${ENV}/etl",
  "observability.logs.multilinePattern": "^\\[",
  "observability.alarms": { "high-errors": { metric: "5xxRate", threshold: 1 } },
  "observability.alarms.<name>": { metric: "5xxRate", threshold: 1 },
  "observability.alarms.<name>.metric": "5xxRate",
  "observability.alarms.<name>.statistic": "Average",
  "observability.alarms.<name>.namespace": "App",
  "observability.alarms.<name>.dimensions": { Queue: "jobs" },
  "observability.alarms.<name>.dimensions.<name>": "jobs",
  capacity: [
    { provider: "FARGATE", base: 2, weight: 1 },
    { provider: "FARGATE_SPOT", weight: 3 },
  ],
  sidecars: [{ name: "envoy", image: "envoyproxy/envoy:v1.33", memory: 256 }],
  "sidecars.name": "envoy",
  "sidecars.image": "envoyproxy/envoy:v1.33",
  "sidecars.environment.<name>": "INFO",
  "sidecars.dependsOn": { app: "START" },
  volumes: [{ name: "data", mountPath: "/app/data" }],
  "volumes.name": "data",
  "volumes.mountPath": "/app/data",
  "volumes.efs": { fileSystemId: "fs-12345678" },
  "volumes.efs.fileSystemId": "fs-12345678",
  "volumes.efs.accessPointId": "fsap-1",
  "volumes.efs.securityGroup": "sg-0123",
  dependencies: [{ type: "aws_dynamodb_table", name: "${ENV}-cache", access: "read_write" }],
  "dependencies.endpoint": "db.prod.internal:5432",
  "dependencies.as": "CACHE",
  "dependencies.port": 5432,
  "dependencies.securityGroup": "sg-0123",
  "dependencies.topics": ["orders-*"],
  "dependencies.groups": ["${SERVICE}-*"],
  "dependencies.managed": { visibilityTimeout: 300 },
  "dependencies.managed.partitionKey": "id",
  "dependencies.managed.partitionKey.name": "id",
  "dependencies.managed.sortKey": { name: "at", type: "N" },
  "dependencies.managed.sortKey.name": "at",
  "dependencies.managed.ttl": "expires",
  "iam.managedPolicies": ["arn:aws:iam::aws:policy/AmazonSESFullAccess"],
  "iam.policyStatements": [{ actions: ["ses:SendEmail"], resources: ["arn:aws:ses:us-east-1:123456789012:identity/example.com"] }],
  "iam.policyStatements.sid": "Mail",
  "iam.policyStatements.actions": ["ses:SendEmail"],
  "iam.policyStatements.resources": ["arn:aws:ses:us-east-1:123456789012:identity/example.com"],
  "iam.policyStatements.conditions": { StringEquals: { "ses:FromAddress": "a@example.com" } },
  "iam.policyStatements.conditions.<name>": { "ses:FromAddress": "a@example.com" },
  environments: { dev: { service: { resources: { size: "micro" } } } },
  "environments.<name>": { service: { resources: { size: "micro" } } },
  overrides: [{ path: "/Resources/TargetGroup/Properties/Port", value: 8000 }],
  "overrides.value": 8000,
  command: ["uvicorn", "app.main:app"],
  "sidecars.command": ["envoy", "-c", "/etc/envoy.yaml"],
  "schedules.command": ["python", "all.py"],
  "vpc.id": "vpc-0123",
  "vpc.publicSubnets": ["subnet-0123", "subnet-4567"],
  "vpc.privateSubnets": ["subnet-89ab", "subnet-cdef"],
  "cluster.name": "prod",
  "cluster.capacityProviders": ["FARGATE", "FARGATE_SPOT"],
  "domain.name": "prod.example.com",
  "domain.zoneId": "Z123",
  namespace: "prod.internal",
  alarmTopics: { "consumer-agent": "arn:aws:sns:us-east-1:123456789012:alarms" },
  promoteFrom: "preprod",
  "local.dependencies": { main: "host.fsd.internal:5432" },
  "local.images": { "envoyproxy/envoy:v1": "./envoy" },
  "local.hooks": { smoke: "http://127.0.0.1:9000/check" },
  "local.hooks.<name>": ["python3", "check.py"],
  "guardrails.name": "keep-logs",
  "guardrails.reason": "auditors ask for a month",
  "guardrails.environments": ["prod"],
  "guardrails.requiredTags": ["cost-center"],
  "guardrails.regions": ["us-east-1"],
  guardrails: [{ name: "keep-logs", reason: "auditors ask for a month", minimumRetention: 30 }],
};

/** What the field becomes: its own note, else its group's. */
export function becomesText(kind: Kind, path: string, field: Field): string {
  if (field.becomes !== undefined) return field.becomes;
  const own = below(kind, path);
  const parts = own.split(".");
  for (let length = parts.length; length > 0; length--) {
    const found = becomes[parts.slice(0, length).join(".")];
    if (found !== undefined) return found;
  }
  return "what the fields within become";
}

/** An example: its own note, else the table's, else its default or the first that fits; undefined for a map that is only its fields. */
export function exampleOf(kind: Kind, path: string, field: Field): unknown {
  const own = below(kind, path);
  const said = field.example ?? (Object.hasOwn(examples, own) ? examples[own] : undefined) ?? field.default;
  if (said !== undefined) return said;
  switch (field.type) {
    case "boolean":
      return true;
    case "choice":
      return field.values.at(-1);
    case "number":
      return field.max === Number.MAX_SAFE_INTEGER || field.min > 1 ? Math.max(field.min, 1) : Math.min(field.max, 10);
    case "duration":
      return "10m";
    case "list": {
      const item = exampleOf(kind, path, field.item);
      return item === undefined ? undefined : [item];
    }
    default:
      return undefined;
  }
}

const bodies: Readonly<Record<Kind, RegExp>> = {
  Service: /^service\./,
  Job: /^job\./,
  Environment: /^environment\./,
  Defaults: /^defaults\.(service|job)\.((service|job)\.)?/,
};

function below(kind: Kind, path: string): string {
  return path.replaceAll("[]", "").replace(bodies[kind], "");
}
