/** Logs of the environment itself: refused connections, and requests to the load balancers. Kept when the stack goes. */
import type { ResolvedEnvironment } from "../../manifest/resolved.ts";
import { tagList } from "../tags.ts";
import { getAtt, ref, sub, type TemplateBuilder, type Value } from "../template.ts";

export function synthesizeFlowLogs(environment: ResolvedEnvironment, vpc: Value, template: TemplateBuilder): void {
  const { name, tags, roles } = environment;
  template.resource("FlowLogGroup", {
    Type: "AWS::Logs::LogGroup",
    DeletionPolicy: "Retain",
    UpdateReplacePolicy: "Retain",
    Properties: { LogGroupName: `/fsd/${name}/flow`, RetentionInDays: 30, Tags: tagList(tags) },
  });
  template.resource("FlowLogRole", {
    Type: "AWS::IAM::Role",
    Properties: {
      Description: `How flow logs of ${name} are written`,
      Path: roles.rolePath,
      AssumeRolePolicyDocument: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "vpc-flow-logs.amazonaws.com" },
            Action: "sts:AssumeRole",
            Condition: { StringEquals: { "aws:SourceAccount": ref("AWS::AccountId") } },
          },
        ],
      },
      ...(roles.permissionsBoundaryArn === undefined ? {} : { PermissionsBoundary: roles.permissionsBoundaryArn }),
      Policies: [
        {
          PolicyName: "write",
          PolicyDocument: {
            Version: "2012-10-17",
            Statement: [
              {
                Sid: "WriteFlowLogs",
                Effect: "Allow",
                Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                Resource: getAtt("FlowLogGroup", "Arn"),
              },
            ],
          },
        },
      ],
      Tags: tagList(tags),
    },
  });
  template.resource("FlowLog", {
    Type: "AWS::EC2::FlowLog",
    Properties: {
      ResourceType: "VPC",
      ResourceId: vpc,
      // Accepted connections are many and say little; refused ones say what a security group forbids.
      TrafficType: "REJECT",
      LogDestinationType: "cloud-watch-logs",
      LogGroupName: ref("FlowLogGroup"),
      DeliverLogsPermissionArn: getAtt("FlowLogRole", "Arn"),
      Tags: tagList(tags),
    },
  });
}

/** The bucket that load balancers write their access logs to; made once for all of them. */
export function accessLogBucket({ name, tags }: ResolvedEnvironment, template: TemplateBuilder): Value {
  if (template.has("AccessLogBucket")) return ref("AccessLogBucket");
  template.resource("AccessLogBucket", {
    Type: "AWS::S3::Bucket",
    DeletionPolicy: "Retain",
    UpdateReplacePolicy: "Retain",
    Properties: {
      BucketName: sub(`fsd-${name}-access-logs-\${AWS::AccountId}-\${AWS::Region}`),
      // Load balancers write with S3's own keys only.
      BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
      LifecycleConfiguration: { Rules: [{ Id: "expire", Status: "Enabled", ExpirationInDays: 90 }] },
      Tags: tagList(tags),
    },
  });
  const objects = sub("${AccessLogBucket.Arn}/*");
  template.resource("AccessLogBucketPolicy", {
    Type: "AWS::S3::BucketPolicy",
    Properties: {
      Bucket: ref("AccessLogBucket"),
      PolicyDocument: {
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "TakeAccessLogs",
            Effect: "Allow",
            Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
            Action: "s3:PutObject",
            // One prefix for each load balancer; this principal is the one for every region, old or new (ALB guide, "Enable access logs").
            Resource: sub("${AccessLogBucket.Arn}/*/AWSLogs/${AWS::AccountId}/*"),
            Condition: {
              ArnLike: {
                "aws:SourceArn": sub("arn:${AWS::Partition}:elasticloadbalancing:${AWS::Region}:${AWS::AccountId}:loadbalancer/*"),
              },
            },
          },
          {
            Sid: "RefusePlainHttp",
            Effect: "Deny",
            Principal: "*",
            Action: "s3:*",
            Resource: [getAtt("AccessLogBucket", "Arn"), objects],
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          },
        ],
      },
    },
  });
  return ref("AccessLogBucket");
}
