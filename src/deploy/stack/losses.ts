/**
 * What a change set takes away: resources that are made anew or deleted although they hold data, or are what others know the
 * service by. Only the change set knows: a template does not say that CloudFormation replaces. Pure.
 * (`Replacement` and `PolicyAction` of `ResourceChange`, CloudFormation's API reference.)
 */
import type { Change } from "@aws-sdk/client-cloudformation";

export interface ReplacedResource {
  /** `may-replace`: CloudFormation knows only when it gets there. */
  readonly action: "replace" | "may-replace";
  readonly logicalId: string;
  readonly resourceType: string;
}

/** A resource whose data or address goes. */
export interface Loss {
  readonly action: ReplacedResource["action"] | "delete";
  readonly logicalId: string;
  readonly resourceType: string;
  readonly what: string;
}

/** What is lost with a resource of the type; the others are made anew with nobody the worse. */
const lostWith: Readonly<Record<string, string>> = {
  "AWS::CertificateManager::Certificate": "the certificate",
  "AWS::DynamoDB::Table": "its items",
  "AWS::EC2::EIP": "the address that tasks call others from",
  "AWS::EC2::NatGateway": "the way out of running tasks",
  "AWS::EC2::Subnet": "the network of running tasks",
  "AWS::EC2::VPC": "the network of running tasks",
  "AWS::ECR::Repository": "its images",
  "AWS::ECS::Cluster": "the running services",
  "AWS::ECS::Service": "the running tasks",
  "AWS::EFS::FileSystem": "its files",
  "AWS::ElastiCache::ReplicationGroup": "its data",
  "AWS::ElasticLoadBalancingV2::LoadBalancer": "its address",
  "AWS::KMS::Key": "what it has encrypted",
  "AWS::Logs::LogGroup": "its logs",
  "AWS::RDS::DBCluster": "its data",
  "AWS::RDS::DBInstance": "its data",
  "AWS::Route53::HostedZone": "its records",
  "AWS::Route53::RecordSet": "the name it answers",
  "AWS::S3::Bucket": "its objects",
  "AWS::SecretsManager::Secret": "its value",
  "AWS::ServiceDiscovery::PrivateDnsNamespace": "the names in it",
  "AWS::ServiceDiscovery::Service": "the name it answers",
  "AWS::SNS::Topic": "its subscriptions",
  "AWS::SQS::Queue": "its messages",
};

/** Every resource that the change set replaces, in its order. */
export function replacedResources(changes: readonly Change[]): ReplacedResource[] {
  return changes.flatMap(({ ResourceChange }): ReplacedResource[] => {
    const { Action, Replacement, LogicalResourceId: logicalId = "", ResourceType: resourceType = "" } = ResourceChange ?? {};
    if (Action !== "Modify" || (Replacement !== "True" && Replacement !== "Conditional")) return [];
    return [{ action: Replacement === "True" ? "replace" : "may-replace", logicalId, resourceType }];
  });
}

/** What is lost by the change set. What is retained when it leaves the stack is not; what is replaced is, as the new one begins empty. */
export function lossesOf(changes: readonly Change[]): Loss[] {
  const deleted = changes.flatMap(({ ResourceChange }): Omit<Loss, "what">[] => {
    const { Action, PolicyAction = "Delete", LogicalResourceId: logicalId = "", ResourceType: resourceType = "" } = ResourceChange ?? {};
    return Action === "Remove" && PolicyAction === "Delete" ? [{ action: "delete", logicalId, resourceType }] : [];
  });
  return [...replacedResources(changes), ...deleted].flatMap((one) => {
    const what = lostWith[one.resourceType];
    return what === undefined ? [] : [{ ...one, what }];
  });
}

/** `replaces Table (AWS::DynamoDB::Table), and with it its items` */
export function lossText({ action, logicalId, resourceType, what }: Loss): string {
  const verb = { replace: "replaces", "may-replace": "may replace", delete: "deletes" }[action];
  return `${verb} ${logicalId} (${resourceType}), and with it ${what}`;
}
