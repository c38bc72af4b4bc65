/** The kind Environment: where services run. */
import { arn } from "./arn.ts";
import { boolean, choice, either, integer, list, object, record, required, text, type ValueOf } from "./field.ts";
import { environmentNamePattern, metadata } from "./metadata.ts";
import { resourceId } from "./resource-id.ts";
import { variables } from "./task.ts";

const subnetId = resourceId("A subnet's id.", "subnet");
const account = text("An AWS account.", { pattern: /^\d{12}$/, form: "twelve digits", anyScalar: true, example: "123456789012" });
const region = text("An AWS region.", { pattern: /^[a-z]{2}(-[a-z]+)+-\d$/, form: "a region like us-east-1", example: "us-east-1" });

const loadBalancer = (about: string) =>
  object(about, {
    certificateArn: arn(
      "Its certificate; with one, HTTP redirects to HTTPS.",
      "arn:aws:acm:us-east-1:123456789012:certificate/0e1f",
      "AWS::ElasticLoadBalancingV2::Listener Certificates",
    ),
    sslPolicy: text("Which TLS versions and ciphers it speaks.", {
      pattern: /^ELBSecurityPolicy-/,
      form: "a policy's name (ELBSecurityPolicy-…)",
      default: "ELBSecurityPolicy-TLS13-1-2-2021-06",
    }),
    idleTimeout: integer("Seconds a silent connection stays open.", 1, 4000, { default: 60 }),
    accessLogs: boolean("Whether requests are logged to a bucket.", { default: false }),
    wafAclArn: arn("A web ACL in front of it.", "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/x/0e1f"),
    shards: integer("How many load balancers share the services.", 1, 10, { default: 1 }),
  });

const verdict = choice("What happens.", ["block", "ask", "note", "ignore"]);

export const environmentBody = object("The environment.", {
  account: { ...account, otherwise: "the account the template is deployed to" },
  region: { ...region, otherwise: "the region the template is deployed to" },
  vpc: object(
    "The network: a new one from a range, or an existing one.",
    {
      cidr: text("Range of the network.", {
        pattern: /^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/,
        form: "a range like 10.0.0.0/16",
        default: "10.0.0.0/16",
        becomes: "AWS::EC2::VPC CidrBlock",
      }),
      availabilityZones: integer("Zones it spans.", 2, 3, { default: 2 }),
      nat: choice("How private subnets reach out.", ["none", "single", "per-az", "endpoints"], {
        default: "single",
        becomes: "AWS::EC2::NatGateway or AWS::EC2::VPCEndpoint",
      }),
      endpoints: list(
        "AWS services that private subnets reach besides those every task needs; only with nat: endpoints.",
        choice("An AWS service.", ["kms", "monitoring", "sns", "sqs", "sts", "xray"]),
        { max: 6, becomes: "AWS::EC2::VPCEndpoint (about 7 dollars a month and zone each)" },
      ),
      flowLogs: boolean("Whether refused connections are logged.", { default: false, becomes: "AWS::EC2::FlowLog" }),
      id: resourceId("An existing network.", "vpc"),
      publicSubnets: list("Its public subnets.", subnetId, { max: 16 }),
      privateSubnets: list("Its private subnets.", subnetId, { max: 16 }),
    },
    {
      alternatives: [
        [
          ["availabilityZones", "nat", "endpoints", "flowLogs"],
          ["id", "publicSubnets", "privateSubnets"],
        ],
      ],
    },
  ),
  cluster: object("The ECS cluster.", {
    name: text("Its name.", {
      pattern: /^[A-Za-z][A-Za-z0-9_-]{0,254}$/,
      form: "letters, digits, hyphens and underscores",
      otherwise: "fsd-<env>",
      becomes: "AWS::ECS::Cluster ClusterName",
    }),
    existing: boolean("Whether it is there already and only used.", { default: false }),
    containerInsights: choice("How much is measured.", ["disabled", "enabled", "enhanced"], {
      default: "disabled",
      becomes: "AWS::ECS::Cluster ClusterSettings",
    }),
    capacityProviders: list("Capacity it may use.", choice("A capacity provider.", ["FARGATE", "FARGATE_SPOT"]), {
      min: 1,
      max: 2,
      otherwise: "both",
    }),
  }),
  loadBalancers: object(
    "Load balancers that the services share.",
    { public: loadBalancer("One that the world reaches."), internal: loadBalancer("One that only the network reaches.") },
    { otherwise: "an internal one" },
  ),
  domain: object("A name of its own: certificate, default hosts, alias records.", {
    name: required(text("The domain.", { pattern: /^[a-z0-9-]+(\.[a-z0-9-]+)+$/, form: "a domain like prod.example.com" })),
    zoneId: required(text("Its hosted zone.", { pattern: /^Z[A-Z0-9]+$/, form: "a hosted zone's id (Z…)" })),
  }),
  namespace: text("Private name space for service discovery.", {
    pattern: /^[a-z0-9-]+(\.[a-z0-9-]+)*$/,
    form: "a domain like prod.internal",
    otherwise: "<env>.internal",
    becomes: "AWS::ServiceDiscovery::PrivateDnsNamespace",
  }),
  variables: variables("Environment variables of every service."),
  alarmTopics: record(
    "Where alarms go, by pack; `default` is for the others.",
    arn("A topic.", "arn:aws:sns:us-east-1:123456789012:alarms"),
  ),
  packs: list(
    "Packs that get an alarm topic of their own here, for alarms and failed deployments of their services.",
    text("A pack.", { pattern: /^[a-z][a-z0-9-]*$/, form: "lower-case letters, digits and hyphens", max: 40 }),
    {
      max: 50,
      example: ["consumer-agent"],
      becomes: "AWS::SNS::Topic each, and one AWS::KMS::Key for all (a dollar a month) that CloudWatch and EventBridge may use",
    },
  ),
  dashboard: boolean("Whether there is a dashboard of the whole environment (three of an account are free, then 3 dollars a month).", {
    default: false,
    becomes: "AWS::CloudWatch::Dashboard",
  }),
  images: object("Container images.", {
    registry: object("Where they are kept, when not here.", { account: required(account), region: required(region) }),
    scanGate: object(
      "What findings of the image's scan in ECR do to a deploy; an image that was never scanned is asked for.",
      { critical: verdict, high: verdict, medium: verdict, low: verdict },
      { otherwise: "critical and high block, medium asks, low is noted" },
    ),
    tags: text("Which tags a service's or job's own image may have; * stands for any characters. An image by digest always may.", {
      default: "*",
    }),
    lifecycle: object("What is kept.", {
      keep: integer("How many.", 1, 1000, { default: 10 }),
      match: text("Of which tags.", { default: "v*" }),
    }),
  }),
  roles: object("Roles that deploy and bounds of the roles that are made.", {
    deployRoleArn: arn(
      "Role that fsd deploy assumes; other verbs read no document and act as their caller.",
      "arn:aws:iam::123456789012:role/deploy",
    ),
    cloudFormationRoleArn: arn(
      "Role that CloudFormation acts with; a stack keeps it, and is deleted with it.",
      "arn:aws:iam::123456789012:role/cloudformation",
    ),
    permissionsBoundaryArn: arn(
      "Boundary of every role that is made.",
      "arn:aws:iam::123456789012:policy/boundary",
      "AWS::IAM::Role PermissionsBoundary",
    ),
    rolePath: text("Path of every role that is made.", {
      pattern: /^\/([\w+=,.@-]+\/)*$/,
      form: "a path that begins and ends with /",
      default: "/fsd/",
      becomes: "AWS::IAM::Role Path",
    }),
  }),
  protect: boolean(
    "Termination protection of the stacks, deletion protection of load balancers and managed tables; a failed deployment freezes its service; the last task of a service goes with --force only; what changes the environment is approved and recorded.",
    { default: false },
  ),
  promoteFrom: text("Environment whose images come here: only what is live there is deployed.", {
    pattern: environmentNamePattern,
    form: "an environment's name",
  }),
  local: object("Stand-ins on this machine.", {
    dependencies: record(
      "host:port by dependency.",
      text("Where it answers.", { pattern: /^[^\s:/]+:\d{1,5}$/, form: "host:port", example: "host.fsd.internal:5432" }),
    ),
    images: record(
      "A folder by image: packed and run in its place.",
      text("A folder with a Dockerfile, relative to this document.", { example: "./envoy" }),
    ),
    hooks: record(
      "What answers in the place of a Lambda function that guards deployments, by the function's name.",
      either("A URL or a command.", [
        text("Where the function's event is posted to.", {
          pattern: /^https?:\/\/\S+$/,
          form: "a URL that begins with http:// or https://",
          example: "http://127.0.0.1:9000/check",
        }),
        list(
          "A command, run in this document's folder without a shell: it reads the event on its standard input and writes the answer as its last line.",
          text("A word of the command.", { min: 0, anyScalar: true }),
          { min: 1, example: ["python3", "check.py"] },
        ),
      ]),
    ),
  }),
});

export const environmentDocument = object("Where services run.", {
  apiVersion: required(text("Version of the format.", { default: "fsd/v1" })),
  kind: required(text("Kind of the document.", { default: "Environment" })),
  metadata: required(
    object("Which environment this is.", {
      ...metadata("environment").fields,
      name: required(
        text("Its name.", {
          pattern: environmentNamePattern,
          form: "a lower-case letter and up to 15 further lower-case letters and digits",
          example: "prod",
          becomes: "stack fsd-<name>, SSM parameters /fsd/<name>/…",
        }),
      ),
    }),
  ),
  environment: environmentBody,
});

export type EnvironmentValue = ValueOf<typeof environmentDocument>;
