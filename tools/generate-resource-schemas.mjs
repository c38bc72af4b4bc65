// Writes src/platform/services/<service>/resources/generated/schemas.ts: for every CloudFormation resource type the
// platform has, the shape of its properties, what replaces it, what it answers. The source is CloudFormation's own
// registry schemas, as the Python package cfn-lint ships them (pip install cfn-lint); so this runs by hand, when a
// type is added, and its result is committed: node tools/generate-resource-schemas.mjs
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./installed.mjs";

const types = {
  "application-auto-scaling": ["AWS::ApplicationAutoScaling::ScalableTarget", "AWS::ApplicationAutoScaling::ScalingPolicy"],
  cloudformation: ["AWS::CloudFormation::WaitConditionHandle"],
  cloudwatch: ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard"],
  "cloudwatch-logs": ["AWS::Logs::LogGroup"],
  ec2: [
    "AWS::EC2::EIP",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::NatGateway",
    "AWS::EC2::Route",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::Subnet",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCEndpoint",
    "AWS::EC2::VPCGatewayAttachment",
  ],
  ecr: ["AWS::ECR::Repository"],
  ecs: [
    "AWS::ECS::Cluster",
    "AWS::ECS::ClusterCapacityProviderAssociations",
    "AWS::ECS::PrimaryTaskSet",
    "AWS::ECS::Service",
    "AWS::ECS::TaskDefinition",
    "AWS::ECS::TaskSet",
  ],
  "elastic-load-balancing-v2": [
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::ElasticLoadBalancingV2::ListenerCertificate",
    "AWS::ElasticLoadBalancingV2::ListenerRule",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
  ],
  eventbridge: ["AWS::Events::EventBus", "AWS::Events::Rule"],
  iam: ["AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::Role", "AWS::IAM::ServiceLinkedRole"],
  kms: ["AWS::KMS::Alias", "AWS::KMS::Key"],
  scheduler: ["AWS::Scheduler::Schedule", "AWS::Scheduler::ScheduleGroup"],
  "secrets-manager": ["AWS::SecretsManager::Secret"],
  servicediscovery: [
    "AWS::ServiceDiscovery::HttpNamespace",
    "AWS::ServiceDiscovery::PrivateDnsNamespace",
    "AWS::ServiceDiscovery::Service",
  ],
  sfn: ["AWS::StepFunctions::StateMachine"],
  sns: ["AWS::SNS::Subscription", "AWS::SNS::Topic", "AWS::SNS::TopicPolicy"],
  sqs: ["AWS::SQS::Queue", "AWS::SQS::QueuePolicy"],
  ssm: ["AWS::SSM::Parameter"],
};

// Properties that a type here would have to ignore. Ignored in silence they would lie; so a template with one is refused.
const unsupported = {
  "AWS::Events::EventBus": ["DeadLetterConfig", "EventSourceName", "KmsKeyIdentifier", "LogConfig"],
  "AWS::EC2::EIP": ["Address", "InstanceId", "IpamPoolId", "NetworkBorderGroup", "PublicIpv4Pool", "TransferAddress"],
  "AWS::EC2::NatGateway": [
    ...["AvailabilityMode", "AvailabilityZoneAddresses", "SecondaryAllocationIds", "SecondaryPrivateIpAddressCount"],
    ...["SecondaryPrivateIpAddresses"],
  ],
  "AWS::EC2::Subnet": [
    ...["AssignIpv6AddressOnCreation", "EnableDns64", "EnableLniAtDeviceIndex", "Ipv4IpamPoolId", "Ipv4NetmaskLength", "Ipv6CidrBlock"],
    ...["Ipv6IpamPoolId", "Ipv6Native", "Ipv6NetmaskLength", "OutpostArn", "PrivateDnsNameOptionsOnLaunch"],
  ],
  "AWS::EC2::VPC": ["Ipv4IpamPoolId", "Ipv4NetmaskLength"],
  "AWS::EC2::VPCEndpoint": ["DnsOptions", "IpAddressType", "ResourceConfigurationArn", "ServiceNetworkArn", "ServiceRegion"],
  "AWS::ElasticLoadBalancingV2::LoadBalancer": [
    ...["EnablePrefixForIpv6SourceNat", "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic", "Ipv4IpamPoolId"],
    ...["EnableCapacityReservationProvisionStabilize", "MinimumLoadBalancerCapacity"],
  ],
  "AWS::KMS::Key": ["BypassPolicyLockoutSafetyCheck", "KeySpec", "KeyUsage", "Origin"],
  "AWS::Logs::LogGroup": ["BearerTokenAuthenticationEnabled", "DataProtectionPolicy", "FieldIndexPolicies", "ResourcePolicyDocument"],
  "AWS::SNS::Subscription": ["Region", "ReplayPolicy"],
  "AWS::SNS::Topic": ["ArchivePolicy", "DataProtectionPolicy", "DeliveryStatusLogging"],
  "AWS::SecretsManager::Secret": ["ReplicaRegions", "Type"],
  "AWS::ServiceDiscovery::Service": ["ServiceAttributes"],
  "AWS::StepFunctions::StateMachine": ["DefinitionS3Location", "EncryptionConfiguration", "LoggingConfiguration", "TracingConfiguration"],
};

// What CloudFormation's reference has and the registry schemas do not have yet: the same patches that the judge cfn-lint gets.
const { Patches: patches } = JSON.parse(readFileSync(join(root, "test/judges/cfn-lint-overrides.json"), "utf8"));

function patch(schema, { op, path, value }) {
  const keys = path.split("/").slice(1);
  const last = keys.pop();
  const owner = keys.reduce((node, key) => node[key], schema);
  if (op === "remove") delete owner[last];
  else if (last === "-") owner.push(value);
  else owner[last] = value;
}

const names = (pointers = []) => pointers.map((pointer) => pointer.replace("/properties/", "").replaceAll("/properties/", "/")).sort();

// "string" | "integer" | "number" | "boolean" | "json" | {ref} | {list} | {map} | {object, required?}
function shape(node) {
  if (node.$ref !== undefined) return { ref: node.$ref.replace("#/definitions/", "") };
  const type = Array.isArray(node.type) ? (node.type.includes("object") ? "json" : "string") : node.type;
  if (type === "array") return { list: node.items === undefined ? "json" : shape(node.items) };
  if (type === "json") return "json";
  if (node.properties !== undefined)
    return {
      object: Object.fromEntries(Object.entries(node.properties).map(([name, inner]) => [name, shape(inner)])),
      ...(node.required?.length > 0 ? { required: [...node.required].sort() } : {}),
    };
  if (node.patternProperties !== undefined) return { map: shape(Object.values(node.patternProperties)[0]) };
  if (type === "object" || type === undefined) return node.additionalProperties?.type ? { map: shape(node.additionalProperties) } : "json";
  return type;
}

function compact(schema, type) {
  const readOnly = names(schema.readOnlyProperties);
  const { object: properties } = shape({ properties: schema.properties });
  const tags =
    schema.tagging?.taggable === false ? undefined : (schema.tagging?.tagProperty ?? "/properties/Tags").replace("/properties/", "");
  const lists = readOnly.filter((name) => typeof properties[name] === "object" && "list" in properties[name]);
  return {
    properties: Object.fromEntries(Object.entries(properties).filter(([name]) => !readOnly.includes(name))),
    required: [...(schema.required ?? [])].sort(),
    createOnly: names(schema.createOnlyProperties),
    attributes: readOnly,
    ...(lists.length > 0 ? { lists } : {}),
    ...(tags !== undefined && tags in schema.properties ? { tags } : {}),
    ...(unsupported[type] === undefined ? {} : { unsupported: unsupported[type] }),
    definitions: Object.fromEntries(Object.entries(schema.definitions ?? {}).map(([name, node]) => [name, shape(node)])),
  };
}

const source = `
import json, sys
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER as manager
json.dump({t: manager.get_resource_schema("us-east-1", t).schema for t in json.load(sys.stdin)}, sys.stdout)
`;
const schemas = JSON.parse(
  execFileSync("python3", ["-c", source], { input: JSON.stringify(Object.values(types).flat()), encoding: "utf8", maxBuffer: 2 ** 28 }),
);
for (const [service, list] of Object.entries(types)) {
  const file = join(root, "src/platform/services", service, "resources/generated/schemas.ts");
  for (const type of list) for (const change of patches[type] ?? []) patch(schemas[type], change);
  mkdirSync(dirname(file), { recursive: true });
  const lines = list.map((type) => `  ${JSON.stringify(type)}: ${JSON.stringify(compact(schemas[type], type))},`);
  const head = "// Generated by tools/generate-resource-schemas.mjs from CloudFormation's registry schemas.";
  const names = list.map((type) => JSON.stringify(type)).join(" | ");
  writeFileSync(
    file,
    `${head}\nimport type { ResourceSchema } from "../../../../../engine/stack/resource-schema.ts";\n\nexport const schemas: Readonly<Record<${names}, ResourceSchema>> = {\n${lines.join("\n")}\n};\n`,
  );
}
