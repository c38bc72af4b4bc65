/**
 * The wire facts of every emulated service: how a request names it and which protocols it speaks. Schemas and
 * constraints are imported when the service is first asked, so that an idle platform carries none of them.
 */
import type { ServiceName } from "./operations.ts";
import { type SchemaTable, schemasOfTable } from "./schema-table.ts";

/** How a service words a request that breaks its API's own constraints. */
export interface InvalidRequest {
  /** The code of a broken constraint; a modelled exception of that name is used when there is one. */
  readonly code: string;
  /** `coral`: "1 validation error detected: Value 'x' at 'name' failed to satisfy constraint: …"; `ec2`: EC2's own sentences. */
  readonly wording: "coral" | "ec2";
}

export interface ServiceEntry {
  readonly service: ServiceName;
  /** In the credential scope of a signature: `ecs`. */
  readonly signingName: string;
  /** Before the dot of `X-Amz-Target`, and in the path of RPC v2. */
  readonly target: string;
  /** The API's date, which the query protocols send as `Version`. */
  readonly version: string;
  readonly namespace: string;
  readonly xmlNamespace: string;
  readonly query?: "awsQuery" | "ec2Query";
  readonly rest?: "restJson";
  /** Query once, JSON and CBOR now: errors carry their old code in `x-amzn-query-error`. */
  readonly queryCompatible?: true;
  readonly invalid: InvalidRequest;
  /** Operation tuples by operation name. */
  readonly schemas: () => Promise<Record<string, unknown>>;
  readonly constraints: () => Promise<{ default: unknown }>;
}

const coral = (code: string): InvalidRequest => ({ code, wording: "coral" });
const xml = (host: string, version: string): string => `http://${host}.amazonaws.com/doc/${version}/`;

export const serviceCatalog: Readonly<Record<ServiceName, ServiceEntry>> = {
  "application-auto-scaling": {
    service: "application-auto-scaling",
    signingName: "application-autoscaling",
    target: "AnyScaleFrontendService",
    version: "2016-02-06",
    namespace: "com.amazonaws.applicationautoscaling",
    xmlNamespace: xml("autoscaling", "2016-02-06"),
    invalid: coral("ValidationException"),
    schemas: () => import("./generated/operations/application-auto-scaling.ts"),
    constraints: () => import("./generated/constraints/application-auto-scaling.json"),
  },
  cloudformation: {
    service: "cloudformation",
    signingName: "cloudformation",
    target: "CloudFormation",
    version: "2010-05-15",
    namespace: "com.amazonaws.cloudformation",
    xmlNamespace: xml("cloudformation", "2010-05-15"),
    query: "awsQuery",
    invalid: coral("ValidationError"),
    schemas: () => import("./generated/operations/cloudformation.ts"),
    constraints: () => import("./generated/constraints/cloudformation.json"),
  },
  cloudwatch: {
    service: "cloudwatch",
    signingName: "monitoring",
    target: "GraniteServiceVersion20100801",
    version: "2010-08-01",
    namespace: "com.amazonaws.cloudwatch",
    xmlNamespace: xml("monitoring", "2010-08-01"),
    query: "awsQuery",
    queryCompatible: true,
    invalid: coral("ValidationError"),
    schemas: () => import("./generated/operations/cloudwatch.ts"),
    constraints: () => import("./generated/constraints/cloudwatch.json"),
  },
  "cloudwatch-logs": {
    service: "cloudwatch-logs",
    signingName: "logs",
    target: "Logs_20140328",
    version: "2014-03-28",
    namespace: "com.amazonaws.cloudwatchlogs",
    xmlNamespace: xml("logs", "2014-03-28"),
    invalid: coral("InvalidParameterException"),
    schemas: () => import("./generated/operations/cloudwatch-logs.ts"),
    constraints: () => import("./generated/constraints/cloudwatch-logs.json"),
  },
  ec2: {
    service: "ec2",
    signingName: "ec2",
    target: "AmazonEC2",
    version: "2016-11-15",
    namespace: "com.amazonaws.ec2",
    xmlNamespace: xml("ec2", "2016-11-15"),
    query: "ec2Query",
    invalid: { code: "InvalidParameterValue", wording: "ec2" },
    schemas: async () => schemasOfTable((await import("./generated/operations/ec2.json")).default as unknown as SchemaTable),
    constraints: () => import("./generated/constraints/ec2.json"),
  },
  ecr: {
    service: "ecr",
    signingName: "ecr",
    target: "AmazonEC2ContainerRegistry_V20150921",
    version: "2015-09-21",
    namespace: "com.amazonaws.ecr",
    xmlNamespace: xml("ecr", "2015-09-21"),
    invalid: coral("InvalidParameterException"),
    schemas: () => import("./generated/operations/ecr.ts"),
    constraints: () => import("./generated/constraints/ecr.json"),
  },
  ecs: {
    service: "ecs",
    signingName: "ecs",
    target: "AmazonEC2ContainerServiceV20141113",
    version: "2014-11-13",
    namespace: "com.amazonaws.ecs",
    xmlNamespace: xml("ecs", "2014-11-13"),
    invalid: coral("InvalidParameterException"),
    schemas: () => import("./generated/operations/ecs.ts"),
    constraints: () => import("./generated/constraints/ecs.json"),
  },
  "elastic-load-balancing-v2": {
    service: "elastic-load-balancing-v2",
    signingName: "elasticloadbalancing",
    target: "ElasticLoadBalancing_v10",
    version: "2015-12-01",
    namespace: "com.amazonaws.elasticloadbalancingv2",
    xmlNamespace: xml("elasticloadbalancing", "2015-12-01"),
    query: "awsQuery",
    invalid: coral("ValidationError"),
    schemas: () => import("./generated/operations/elastic-load-balancing-v2.ts"),
    constraints: () => import("./generated/constraints/elastic-load-balancing-v2.json"),
  },
  eventbridge: {
    service: "eventbridge",
    signingName: "events",
    target: "AWSEvents",
    version: "2015-10-07",
    namespace: "com.amazonaws.eventbridge",
    xmlNamespace: xml("events", "2015-10-07"),
    invalid: coral("ValidationException"),
    schemas: () => import("./generated/operations/eventbridge.ts"),
    constraints: () => import("./generated/constraints/eventbridge.json"),
  },
  iam: {
    service: "iam",
    signingName: "iam",
    target: "AWSIdentityManagementV20100508",
    version: "2010-05-08",
    namespace: "com.amazonaws.iam",
    xmlNamespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    query: "awsQuery",
    invalid: coral("ValidationError"),
    schemas: () => import("./generated/operations/iam.ts"),
    constraints: () => import("./generated/constraints/iam.json"),
  },
  kms: {
    service: "kms",
    signingName: "kms",
    target: "TrentService",
    version: "2014-11-01",
    namespace: "com.amazonaws.kms",
    xmlNamespace: xml("kms", "2014-11-01"),
    invalid: coral("ValidationException"),
    schemas: () => import("./generated/operations/kms.ts"),
    constraints: () => import("./generated/constraints/kms.json"),
  },
  scheduler: {
    service: "scheduler",
    signingName: "scheduler",
    target: "AWSChronosService",
    version: "2021-06-30",
    namespace: "com.amazonaws.scheduler",
    xmlNamespace: xml("scheduler", "2021-06-30"),
    rest: "restJson",
    invalid: coral("ValidationException"),
    schemas: () => import("./generated/operations/scheduler.ts"),
    constraints: () => import("./generated/constraints/scheduler.json"),
  },
  "secrets-manager": {
    service: "secrets-manager",
    signingName: "secretsmanager",
    target: "secretsmanager",
    version: "2017-10-17",
    namespace: "com.amazonaws.secretsmanager",
    xmlNamespace: xml("secretsmanager", "2017-10-17"),
    invalid: coral("ValidationException"),
    schemas: () => import("./generated/operations/secrets-manager.ts"),
    constraints: () => import("./generated/constraints/secrets-manager.json"),
  },
  servicediscovery: {
    service: "servicediscovery",
    signingName: "servicediscovery",
    target: "Route53AutoNaming_v20170314",
    version: "2017-03-14",
    namespace: "com.amazonaws.servicediscovery",
    xmlNamespace: xml("servicediscovery", "2017-03-14"),
    invalid: coral("InvalidInput"),
    schemas: () => import("./generated/operations/servicediscovery.ts"),
    constraints: () => import("./generated/constraints/servicediscovery.json"),
  },
  sfn: {
    service: "sfn",
    signingName: "states",
    target: "AWSStepFunctions",
    version: "2016-11-23",
    namespace: "com.amazonaws.sfn",
    xmlNamespace: xml("states", "2016-11-23"),
    invalid: coral("ValidationException"),
    schemas: () => import("./generated/operations/sfn.ts"),
    constraints: () => import("./generated/constraints/sfn.json"),
  },
  sns: {
    service: "sns",
    signingName: "sns",
    target: "AmazonSimpleNotificationService",
    version: "2010-03-31",
    namespace: "com.amazonaws.sns",
    xmlNamespace: xml("sns", "2010-03-31"),
    query: "awsQuery",
    invalid: coral("ValidationError"),
    schemas: () => import("./generated/operations/sns.ts"),
    constraints: () => import("./generated/constraints/sns.json"),
  },
  sqs: {
    service: "sqs",
    signingName: "sqs",
    target: "AmazonSQS",
    version: "2012-11-05",
    namespace: "com.amazonaws.sqs",
    xmlNamespace: "http://queue.amazonaws.com/doc/2012-11-05/",
    query: "awsQuery",
    queryCompatible: true,
    invalid: coral("InvalidParameterValue"),
    schemas: () => import("./generated/operations/sqs.ts"),
    constraints: () => import("./generated/constraints/sqs.json"),
  },
  ssm: {
    service: "ssm",
    signingName: "ssm",
    target: "AmazonSSM",
    version: "2014-11-06",
    namespace: "com.amazonaws.ssm",
    xmlNamespace: xml("ssm", "2014-11-06"),
    invalid: coral("ValidationException"),
    schemas: () => import("./generated/operations/ssm.ts"),
    constraints: () => import("./generated/constraints/ssm.json"),
  },
  sts: {
    service: "sts",
    signingName: "sts",
    target: "AWSSecurityTokenServiceV20110615",
    version: "2011-06-15",
    namespace: "com.amazonaws.sts",
    xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    query: "awsQuery",
    invalid: coral("ValidationError"),
    schemas: () => import("./generated/operations/sts.ts"),
    constraints: () => import("./generated/constraints/sts.json"),
  },
};
