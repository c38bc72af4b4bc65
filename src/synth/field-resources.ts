/**
 * Which fields of a manifest become which CloudFormation resource types: the source of `docs/local-support.md` and of the
 * field that a refusal on `local` names. The golden situations hold it against the templates, in both directions.
 */
import type { resourceTypes } from "./resource-types.ts";

export type SynthesizedType = (typeof resourceTypes)[number];

export interface FieldResources {
  readonly kind: "Service" | "Job" | "Environment";
  /** From the document's root; a kind's body (`service`) stands for what every document of the kind becomes. */
  readonly field: string;
  /** Of `dependencies[]` fields: only with this type of dependency. */
  readonly dependency?: string;
  /** Only with this value. */
  readonly value?: string;
  readonly types: readonly SynthesizedType[];
}

const task: readonly SynthesizedType[] = [
  "AWS::CloudWatch::Alarm",
  "AWS::EC2::SecurityGroup",
  "AWS::ECS::TaskDefinition",
  "AWS::IAM::Role",
  "AWS::Logs::LogGroup",
];

const managed = (kind: "Service" | "Job"): FieldResources[] => {
  const field = "dependencies[].managed";
  return [
    { kind, field, dependency: "aws_dynamodb_table", types: ["AWS::DynamoDB::Table"] },
    { kind, field, dependency: "aws_s3_bucket", types: ["AWS::S3::Bucket", "AWS::S3::BucketPolicy"] },
    { kind, field, dependency: "aws_sns_topic", types: ["AWS::SNS::Topic", "AWS::SNS::TopicPolicy"] },
    { kind, field, dependency: "aws_sqs_queue", types: ["AWS::SQS::Queue", "AWS::SQS::QueuePolicy"] },
    { kind, field: "dependencies[].manageIngress", types: ["AWS::EC2::SecurityGroupIngress"] },
  ];
};

export const fieldResources: readonly FieldResources[] = [
  { kind: "Service", field: "service", types: [...task, "AWS::ECS::Service", "AWS::SSM::Parameter", "AWS::Events::Rule"] },
  {
    kind: "Service",
    field: "service.port",
    types: [
      "AWS::ElasticLoadBalancingV2::TargetGroup",
      "AWS::ElasticLoadBalancingV2::ListenerRule",
      "AWS::ElasticLoadBalancingV2::Listener",
      "AWS::EC2::SecurityGroupIngress",
    ],
  },
  { kind: "Service", field: "service.networking.loadBalancer", types: ["AWS::Route53::RecordSet"] },
  { kind: "Service", field: "service.networking.loadBalancer.certificateArn", types: ["AWS::ElasticLoadBalancingV2::ListenerCertificate"] },
  {
    kind: "Service",
    field: "service.networking.loadBalancer.dedicated",
    types: ["AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::WAFv2::WebACLAssociation"],
  },
  { kind: "Service", field: "service.volumes", types: ["AWS::EC2::SecurityGroupIngress"] },
  { kind: "Service", field: "service.networking.serviceDiscovery", types: ["AWS::ServiceDiscovery::Service"] },
  {
    kind: "Service",
    field: "service.resources.maxCapacity",
    types: ["AWS::ApplicationAutoScaling::ScalableTarget", "AWS::ApplicationAutoScaling::ScalingPolicy"],
  },
  // With an alarm on `restarts`.
  { kind: "Service", field: "service.observability.alarms", types: ["AWS::Events::Rule", "AWS::SQS::Queue", "AWS::SQS::QueuePolicy"] },
  { kind: "Service", field: "service.observability.dashboard", types: ["AWS::CloudWatch::Dashboard"] },
  ...managed("Service"),
  { kind: "Job", field: "job", types: [...task, "AWS::Events::Rule", "AWS::SQS::Queue", "AWS::SQS::QueuePolicy"] },
  { kind: "Job", field: "job.schedule", types: ["AWS::Scheduler::Schedule", "AWS::Scheduler::ScheduleGroup"] },
  { kind: "Job", field: "job.schedules", types: ["AWS::Scheduler::Schedule", "AWS::Scheduler::ScheduleGroup"] },
  { kind: "Job", field: "job.timeout", types: ["AWS::StepFunctions::StateMachine"] },
  { kind: "Job", field: "job.retries", types: ["AWS::StepFunctions::StateMachine"] },
  { kind: "Job", field: "job.concurrency", value: "forbid", types: ["AWS::StepFunctions::StateMachine"] },
  ...managed("Job"),
  { kind: "Environment", field: "environment", types: ["AWS::SSM::Parameter"] },
  {
    kind: "Environment",
    field: "environment.vpc",
    types: [
      "AWS::EC2::InternetGateway",
      "AWS::EC2::Route",
      "AWS::EC2::RouteTable",
      "AWS::EC2::Subnet",
      "AWS::EC2::SubnetRouteTableAssociation",
      "AWS::EC2::VPC",
      "AWS::EC2::VPCGatewayAttachment",
    ],
  },
  { kind: "Environment", field: "environment.vpc.nat", types: ["AWS::EC2::EIP", "AWS::EC2::NatGateway", "AWS::EC2::VPCEndpoint"] },
  { kind: "Environment", field: "environment.vpc.flowLogs", types: ["AWS::EC2::FlowLog", "AWS::IAM::Role", "AWS::Logs::LogGroup"] },
  { kind: "Environment", field: "environment.cluster", types: ["AWS::ECS::Cluster"] },
  {
    kind: "Environment",
    field: "environment.loadBalancers",
    types: ["AWS::EC2::SecurityGroup", "AWS::ElasticLoadBalancingV2::Listener", "AWS::ElasticLoadBalancingV2::LoadBalancer"],
  },
  ...(["public", "internal"] as const).flatMap((balancer): FieldResources[] => [
    {
      kind: "Environment",
      field: `environment.loadBalancers.${balancer}.accessLogs`,
      types: ["AWS::S3::Bucket", "AWS::S3::BucketPolicy"],
    },
    { kind: "Environment", field: `environment.loadBalancers.${balancer}.wafAclArn`, types: ["AWS::WAFv2::WebACLAssociation"] },
  ]),
  {
    kind: "Environment",
    field: "environment.packs",
    types: ["AWS::KMS::Key", "AWS::SNS::Topic", "AWS::SNS::TopicPolicy"],
  },
  { kind: "Environment", field: "environment.dashboard", types: ["AWS::CloudWatch::Dashboard"] },
  { kind: "Environment", field: "environment.domain", types: ["AWS::CertificateManager::Certificate"] },
  { kind: "Environment", field: "environment.namespace", types: ["AWS::ServiceDiscovery::PrivateDnsNamespace"] },
  { kind: "Environment", field: "environment.images", types: ["AWS::ECR::Repository"] },
];
