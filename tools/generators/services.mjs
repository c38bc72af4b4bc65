// The emulated services: folder name, botocore's folder name, and which of the API's operations are known to the gateway.
// All of them where the API is small; for the giants only what the platform implements, so that their schemas stay light.
const ec2 = `
AllocateAddress AssociateAddress AssociateRouteTable AssociateVpcCidrBlock AttachInternetGateway
AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress CreateInternetGateway CreateNatGateway CreateRoute CreateRouteTable
CreateSecurityGroup CreateSubnet CreateTags CreateVpc CreateVpcEndpoint DeleteInternetGateway DeleteNatGateway DeleteRoute
DeleteRouteTable DeleteSecurityGroup DeleteSubnet DeleteTags DeleteVpc DeleteVpcEndpoints DescribeAccountAttributes
DescribeAddresses DescribeAddressesAttribute DescribeAvailabilityZones DescribeInternetGateways DescribeManagedPrefixLists
DescribeNatGateways DescribeNetworkAcls DescribeNetworkInterfaces DescribePrefixLists DescribeRegions DescribeRouteTables
DescribeSecurityGroupRules DescribeSecurityGroups DescribeSubnets DescribeTags DescribeVpcAttribute DescribeVpcEndpoints
DescribeVpcEndpointServices DescribeVpcs DetachInternetGateway DisassociateAddress DisassociateRouteTable
DisassociateVpcCidrBlock ModifySecurityGroupRules ModifySubnetAttribute ModifyVpcAttribute ModifyVpcEndpoint ReleaseAddress
ReplaceRoute ReplaceRouteTableAssociation RevokeSecurityGroupEgress RevokeSecurityGroupIngress
UpdateSecurityGroupRuleDescriptionsEgress UpdateSecurityGroupRuleDescriptionsIngress
`
  .trim()
  .split(/\s+/);

const kms = `
CancelKeyDeletion CreateAlias CreateKey Decrypt DeleteAlias DescribeKey DisableKey DisableKeyRotation EnableKey EnableKeyRotation
Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext GetKeyPolicy GetKeyRotationStatus ListAliases ListKeyPolicies ListKeys
ListResourceTags PutKeyPolicy ReEncrypt ScheduleKeyDeletion TagResource UntagResource UpdateAlias UpdateKeyDescription
`
  .trim()
  .split(/\s+/);

export const services = [
  { service: "application-auto-scaling", botocore: "application-autoscaling" },
  { service: "cloudformation", botocore: "cloudformation" },
  { service: "cloudwatch", botocore: "cloudwatch" },
  { service: "cloudwatch-logs", botocore: "logs" },
  { service: "ec2", botocore: "ec2", copied: true, knows: (operation) => ec2.includes(operation) },
  { service: "ecr", botocore: "ecr" },
  { service: "ecs", botocore: "ecs" },
  { service: "elastic-load-balancing-v2", botocore: "elbv2" },
  // Buses, rules, targets and events; not archives, replays, endpoints, connections, partners.
  {
    service: "eventbridge",
    botocore: "events",
    knows: (operation) =>
      /EventBus|Rule|Targets|^PutEvents$|EventPattern|Resource$|Permission$/.test(operation) && !/Partner/.test(operation),
  },
  {
    service: "iam",
    botocore: "iam",
    knows: (operation) =>
      /Role|Polic|InstanceProfile|^(Get|List|Create|Delete|Update)Users?$|AccountSummary|AccountAlias|OpenIDConnect/.test(operation),
  },
  { service: "kms", botocore: "kms", knows: (operation) => kms.includes(operation) },
  { service: "scheduler", botocore: "scheduler" },
  { service: "secrets-manager", botocore: "secretsmanager" },
  { service: "servicediscovery", botocore: "servicediscovery" },
  { service: "sfn", botocore: "stepfunctions" },
  { service: "sns", botocore: "sns", knows: (operation) => !/Platform|Sms|SMS|PhoneNumber|OptIn/.test(operation) },
  // SQS names unknown attributes itself, and takes names of messages' attributes where its model lists those of queues.
  { service: "sqs", botocore: "sqs", enums: false },
  { service: "ssm", botocore: "ssm", knows: (operation) => /Parameter|Tags(To|From|For)Resource/.test(operation) },
  { service: "sts", botocore: "sts" },
];
