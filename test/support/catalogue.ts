/** Manifests that together give every field of every kind, each valid in the environment `prod` without a remark. */

export const catalogue: Readonly<Record<string, string>> = {
  "a service with everything": `apiVersion: fsd/v1
kind: Service
metadata:
  name: category-service
  pack: consumer-agent
  owners: ["@pack-consumer-agent"]
  description: Category lookup
  tags: {cost-center: engineering}
service:
  type: ecs
  image: "\${REGISTRY}/category-service:\${VERSION}"
  command: [uvicorn, "app.main:app"]
  port: 8000
  healthCheck:
    path: /health
    interval: 30
    timeout: 5
    healthyThreshold: 2
    unhealthyThreshold: 3
    matcher: "200"
    gracePeriod: 60
    container: {http: /health, interval: 30, timeout: 5, retries: 3, startPeriod: 60}
  resources: {cpu: 1024, memory: 2048, architecture: x86_64, ephemeralStorage: 21, desiredCount: 2, minCapacity: 2, maxCapacity: 10}
  platformVersion: LATEST
  capacity:
    - {provider: FARGATE, base: 2, weight: 1}
    - {provider: FARGATE_SPOT, weight: 3}
  autoScaling:
    targetCPUUtilization: 70
    targetMemoryUtilization: 80
    targetRequestsPerTask: 1000
    queue: {name: "\${ENV}-jobs", backlogPerTask: 100}
    metric: {namespace: App, name: Lag, statistic: Average, dimensions: {Queue: jobs}, target: 50}
    scaleInCooldown: 300
    scaleOutCooldown: 60
    schedule:
      - {name: night, cron: "0 20 * * ? *", timezone: Europe/Berlin, minCapacity: 1, maxCapacity: 1}
      - {name: morning, rate: 1 day, timezone: UTC, minCapacity: 2, maxCapacity: 10}
      - {name: launch, at: "2027-01-31T20:00:00", minCapacity: 5}
  deployment:
    strategy: rolling
    minimumHealthyPercent: 100
    maximumPercent: 200
    circuitBreaker: {enable: true, rollback: true, threshold: {type: BOUNDED_PERCENT, value: 50}, resetOnHealthyTask: true}
    alarms: [high-errors]
    monitor: 30m
    freezeOnFailure: false
  environment: {SERVICE_NAME: category-service, ENVIRONMENT: "\${ENV}", RETRIES: 3, DEBUG: false}
  secrets:
    - {name: OPENAI_API_KEY, valueFrom: "arn:aws:secretsmanager:us-east-1:123456789012:secret:openai-api-key-abc123"}
    - {name: DB_PASSWORD, valueFrom: "secretsmanager:category/db:password"}
    - {name: FLAG, valueFrom: "ssm:/category/flag"}
  networking:
    vpc: true
    subnets: [subnet-0123456789abcdef0]
    securityGroups: [sg-0123456789abcdef0]
    loadBalancer:
      type: application
      internal: true
      certificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/0e1f"
      host: "category.\${ENV}.example.com"
      path: /category/*
      priority: 100
      stripPrefix: false
      deregistrationDelay: 30
      stickiness: false
      dedicated: false
    serviceDiscovery: {name: category, ttl: 10}
    ingress: [{from: {service: offer-api}, port: 8000}]
  observability:
    logs: {enabled: true, retention: 30, group: "/ecs/\${ENV}/category", streamPrefix: ecs, mode: non-blocking, datetimeFormat: "%Y-%m-%d"}
    metrics: {enabled: true, port: 9090, path: /metrics, exporter: {amp: "arn:aws:aps:us-east-1:123456789012:workspace/ws-1"}}
    traces: {enabled: true, exporter: otlp, otlpEndpoint: "http://otel-collector:4317"}
    dashboard: true
    alarms:
      high-errors: {metric: 5xxRate, threshold: 1, statistic: Average, comparison: ">", missingData: notBreaching, periods: 3, period: 60}
      lag: {metric: Lag, namespace: App, dimensions: {Queue: jobs}, threshold: 5}
  sidecars:
    - {name: envoy, image: "envoyproxy/envoy:v1", essential: false, command: [envoy], cpu: 128, memory: 256, port: 9901, environment: {A: b}, dependsOn: {app: START}}
  volumes:
    - {name: data, mountPath: /app/data, efs: {fileSystemId: fs-12345678, accessPointId: fsap-0123456789abcdef0, securityGroup: sg-0123456789abcdef1, readOnly: false}}
  exec: true
  readonlyRootFilesystem: false
  stopTimeout: 30
dependencies:
  - {type: aws_msk_cluster, name: "\${ENV}-services", access: read, topics: ["orders-*"], groups: ["\${SERVICE}-*"], endpoint: "b-1:9098"}
  - {type: aws_dynamodb_table, name: "\${ENV}-cache", access: read_write, kmsKey: "arn:aws:kms:us-east-1:123456789012:key/0e1f2a3b", as: CACHE}
  - {type: aws_s3_bucket, name: "\${ENV}-exports", permissions: [s3:PutObject], arn: "arn:aws:s3:::prod-exports"}
  - {type: aws_sqs_queue, name: "\${ENV}-jobs", access: read_write, managed: {visibilityTimeout: 300, messageRetentionPeriod: 3600, delaySeconds: 1, deadLetter: {maxReceive: 5}}}
  - {type: aws_dynamodb_table, name: "\${ENV}-orders", managed: {partitionKey: {name: id, type: S}, sortKey: at, ttl: expires}}
  - {type: aws_s3_bucket, name: "\${ENV}-files", managed: {expireAfterDays: 30, versioning: false}}
  - {type: aws_rds_instance, name: main, port: 5432, securityGroup: sg-0123456789abcdef0, manageIngress: true, endpoint: "db:5432"}
iam:
  managedPolicies: ["arn:aws:iam::aws:policy/AmazonSESFullAccess"]
  policyStatements:
    - {sid: Mail, effect: Allow, actions: [ses:SendEmail], resources: ["arn:aws:ses:us-east-1:123456789012:identity/x"], conditions: {StringEquals: {a: b}}}
overrides:
  - {path: /Resources/TargetGroup/Properties/Port, value: 8000}
environments:
  dev: {metadata: {pack: other}, service: {spot: true, resources: {size: small, minCapacity: 1, desiredCount: 1}, deployment: {strategy: all-at-once, minimumHealthyPercent: null, maximumPercent: null}}}
`,
  "an environment with everything": `apiVersion: fsd/v1
kind: Environment
metadata: {name: prod, description: Production, tags: {a: b}, pack: platform, owners: ["@ops"]}
environment:
  account: "123456789012"
  region: us-east-1
  vpc: {cidr: 10.0.0.0/16, availabilityZones: 2, nat: per-az, flowLogs: true}
  cluster: {name: prod, existing: false, containerInsights: enhanced, capacityProviders: [FARGATE, FARGATE_SPOT]}
  loadBalancers:
    public: {certificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/0e1f", sslPolicy: ELBSecurityPolicy-TLS13-1-2-2021-06, idleTimeout: 60, accessLogs: true, wafAclArn: "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/x/0e1f", shards: 1}
    internal: {}
  domain: {name: prod.example.com, zoneId: Z123}
  namespace: prod.internal
  variables: {LOG_LEVEL: WARNING}
  alarmTopics: {consumer-agent: "arn:aws:sns:us-east-1:123456789012:alarms"}
  images:
    registry: {account: "111122223333", region: us-east-1}
    scanGate: {critical: block, high: block, medium: ask, low: note}
    tags: "v*"
    lifecycle: {keep: 10, match: "v*"}
  roles:
    deployRoleArn: "arn:aws:iam::123456789012:role/deploy"
    cloudFormationRoleArn: "arn:aws:iam::123456789012:role/cloudformation"
    permissionsBoundaryArn: "arn:aws:iam::123456789012:policy/boundary"
    rolePath: /fsd/
  protect: true
  promoteFrom: preprod
`,
  "a canary that is built here": `apiVersion: fsd/v1
kind: Service
metadata: {name: canary}
service:
  build: {context: src, dockerfile: Dockerfile, args: {A: b}, target: prod}
  port: 80
  healthCheck: {path: /, container: {command: [CMD-SHELL, "test -f /ok"]}}
  resources: {size: small}
  deployment:
    strategy: canary
    bakeTime: 30m
    canary: {percent: 5, bakeTime: 10m}
    hooks:
      - {stage: POST_TEST_TRAFFIC_SHIFT, pause: true, timeout: 1h, onTimeout: ROLLBACK}
      - {stage: PRE_SCALE_UP, lambda: "arn:aws:lambda:us-east-1:123456789012:function:check"}
  observability: {metrics: {enabled: true, exporter: emf}, logs: {multilinePattern: "^x"}}
`,
  "a linear one": `apiVersion: fsd/v1
kind: Service
metadata: {name: linear}
service:
  spot: true
  port: 80
  healthCheck: {path: /}
  deployment: {strategy: linear, linear: {stepPercent: 10, stepBakeTime: 6m}}
iam: {taskRoleArn: "arn:aws:iam::123456789012:role/app", executionRoleArn: "arn:aws:iam::123456789012:role/execution"}
`,
  "a singleton": `apiVersion: fsd/v1
kind: Service
metadata: {name: single}
service:
  singleton: true
  observability: {logs: {enabled: false}, traces: {enabled: true, exporter: xray}}
dependencies: [{type: aws_sns_topic, name: events, access: write, managed: true}]
`,
  "a job": `apiVersion: fsd/v1
kind: Job
metadata: {name: etl, pack: data, owners: ["@d"], description: Loads, tags: {a: b}}
job:
  image: "etl:\${VERSION}"
  command: [python, etl.py]
  resources: {cpu: 512, memory: 1024, architecture: arm64, ephemeralStorage: 30}
  environment: {A: b}
  secrets: [{name: S, valueFrom: "ssm:/s"}]
  schedules:
    - {name: nightly, cron: "0 2 * * ? *", timezone: Europe/Berlin, enabled: true, command: [python, all.py], environment: {B: c}, cpu: 1024, memory: 2048}
    - {name: hourly, rate: 1 hour}
    - {name: once, at: "2027-01-31T20:00:00"}
  timeout: 1h
  retries: 2
  concurrency: forbid
  count: 1
  networking: {vpc: true, securityGroups: [sg-0123456789abcdef1]}
  logs: {retention: 30, group: /ecs/etl}
  stopTimeout: 30
dependencies: [{type: aws_s3_bucket, name: x, access: read}]
iam: {managedPolicies: ["arn:aws:iam::aws:policy/AmazonSESFullAccess"]}
environments:
  prod: {job: {resources: {size: large}}}
overrides: [{path: /Resources/X, value: 1}]
`,
  "a job with one schedule": `apiVersion: fsd/v1
kind: Job
metadata: {name: etl}
job:
  build: {context: .}
  schedule: {cron: "0 2 * * ? *", timezone: UTC, enabled: false}
`,
  "an environment in a network that is there": `apiVersion: fsd/v1
kind: Environment
metadata: {name: prod}
environment:
  vpc: {id: vpc-0123456789abcdef1, cidr: 10.0.0.0/16, publicSubnets: [subnet-0000000000000001a, subnet-0000000000000002a], privateSubnets: [subnet-0000000000000003a, subnet-0000000000000004a]}
  loadBalancers: {internal: {}}
`,
  "an organisation": `apiVersion: fsd/v1
kind: Defaults
metadata: {name: acme, description: Acme}
defaults:
  service: {metadata: {tags: {a: b}}, service: {stopTimeout: 45, resources: {size: medium}}, iam: {managedPolicies: []}}
  job: {job: {retries: 1}}
guardrails:
  - {name: cpu, reason: costs, environments: [prod], maximumCpu: 4096}
  - {name: memory, reason: costs, maximumMemory: 8192}
  - {name: tasks, reason: costs, maximumTasks: 50}
  - {name: two, reason: zones, minimumTasks: 2}
  - {name: logs, reason: audit, minimumRetention: 30}
  - {name: tags, reason: finance, requiredTags: [cost-center]}
  - {name: regions, reason: law, regions: [us-east-1]}
  - {name: https, reason: privacy, publicLoadBalancerNeedsCertificate: true}
  - {name: private, reason: safety, noPublicAddresses: true}
`,
  "stand-ins": `apiVersion: fsd/v1
kind: Environment
metadata: {name: local}
environment:
  local: {dependencies: {main: "host.fsd.internal:5432"}, images: {"envoyproxy/envoy:v1": ./envoy}}
`,
};
