"""How boto3 reads and writes each protocol of the gateway, as one JSON document. Run: boto3-wire.py ENDPOINT"""
import json
import sys
from datetime import datetime, timezone

import boto3
from botocore.config import Config

endpoint = sys.argv[1]


def client(name, **options):
    # Shapes are not checked here: what is wrong must be refused by the gateway.
    config = Config(retries={"max_attempts": 1}, parameter_validation=False, **options)
    return boto3.client(name, endpoint_url=endpoint, region_name="eu-west-1", aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret", config=config)


def failure(service, operation, **arguments):
    act = getattr(service, operation)
    try:
        act(**arguments)
    except Exception as error:
        known = getattr(error, "response", {})
        return [type(error).__name__, known.get("Error", {}).get("Code"), known.get("ResponseMetadata", {}).get("HTTPStatusCode")]
    return None


out = {}
ec2, iam, ssm, secrets, sts, ecs, cloudwatch = map(client, ["ec2", "iam", "ssm", "secretsmanager", "sts", "ecs", "cloudwatch"])

# EC2: a network, its filters, its pages.
tags = lambda kind, name: [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]
vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tags("vpc", "judged <&>"))["Vpc"]
ec2.get_waiter("vpc_available").wait(VpcIds=[vpc["VpcId"]])
subnets = [ec2.create_subnet(VpcId=vpc["VpcId"], CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"eu-west-1{zone}")["Subnet"] for n, zone in enumerate("ab")]
gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc["VpcId"])
allocation = ec2.allocate_address(Domain="vpc")["AllocationId"]
nat = ec2.create_nat_gateway(SubnetId=subnets[0]["SubnetId"], AllocationId=allocation)["NatGateway"]["NatGatewayId"]
ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat])
table = ec2.create_route_table(VpcId=vpc["VpcId"])["RouteTable"]["RouteTableId"]
ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
ec2.associate_route_table(RouteTableId=table, SubnetId=subnets[1]["SubnetId"])
group = ec2.create_security_group(GroupName="web", Description="judged", VpcId=vpc["VpcId"])["GroupId"]
ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "all"}]}])
out["ec2"] = {
    "name": ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["judged*"]}])["Vpcs"][0]["Tags"],
    "zones": [subnet["AvailabilityZone"] for subnet in ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}, {"Name": "availability-zone", "Values": ["eu-west-1a", "eu-west-1b"]}])["Subnets"]].__len__(),
    "routes": [[route["DestinationCidrBlock"], route["State"]] for route in ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]],
    "ingress": ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"],
    "pages": sum(len(page["SecurityGroupRules"]) for page in ec2.get_paginator("describe_security_group_rules").paginate(PaginationConfig={"PageSize": 5})),
    "missing": failure(ec2, "describe_vpcs", VpcIds=["vpc-0"]),
    "needed": failure(ec2, "delete_vpc", VpcId=vpc["VpcId"]),
    "dry": failure(ec2, "create_vpc", CidrBlock="10.0.0.0/16", DryRun=True),
    "unnamed": failure(ec2, "delete_vpc"),
}

# IAM: a document that boto3 decodes, codes that are not the class's name.
trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
iam.create_role(RoleName="judged", AssumeRolePolicyDocument=json.dumps(trust), Tags=[{"Key": "a", "Value": "b"}])
iam.put_role_policy(RoleName="judged", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}))
out["iam"] = {
    "trust": iam.get_role(RoleName="judged")["Role"]["AssumeRolePolicyDocument"] == trust,
    "policies": iam.list_role_policies(RoleName="judged")["PolicyNames"],
    "missing": failure(iam, "get_role", RoleName="nobody"),
    "twice": failure(iam, "create_role", RoleName="judged", AssumeRolePolicyDocument=json.dumps(trust)),
    "malformed": failure(iam, "create_role", RoleName="bad", AssumeRolePolicyDocument="{"),
    "unnamed": failure(iam, "create_role", AssumeRolePolicyDocument=json.dumps(trust)),
    "pattern": failure(iam, "get_role", RoleName="no such name!"),
    "in use": failure(iam, "delete_role", RoleName="judged"),
}
assumed = sts.assume_role(RoleArn="arn:aws:iam::000000000000:role/judged", RoleSessionName="boto3")
session = boto3.client("sts", endpoint_url=endpoint, region_name="eu-west-1", aws_access_key_id=assumed["Credentials"]["AccessKeyId"], aws_secret_access_key=assumed["Credentials"]["SecretAccessKey"], aws_session_token=assumed["Credentials"]["SessionToken"])
out["sts"] = {
    "root": sts.get_caller_identity()["Arn"],
    "role": session.get_caller_identity()["Arn"],
    "expires": assumed["Credentials"]["Expiration"] > datetime.now(timezone.utc),
    "denied": failure(sts, "assume_role", RoleArn="arn:aws:iam::000000000000:role/nobody", RoleSessionName="s-1"),
}

# JSON 1.1: parameters and secrets.
for n in range(12):
    ssm.put_parameter(Name=f"/judged/{n:02}", Value=str(n), Type="String")
ssm.put_parameter(Name="/judged/secret", Value="hunter2 ☃", Type="SecureString")
out["ssm"] = {
    "pages": [parameter["Value"] for page in ssm.get_paginator("get_parameters_by_path").paginate(Path="/judged", WithDecryption=True) for parameter in page["Parameters"]],
    "missing": failure(ssm, "get_parameter", Name="/nothing"),
    "twice": failure(ssm, "put_parameter", Name="/judged/00", Value="x", Type="String"),
    "enum": failure(ssm, "put_parameter", Name="/judged/x", Value="x", Type="Text"),
}
created = secrets.create_secret(Name="judged", SecretString='{"password":"hunter2"}')
secrets.create_secret(Name="bytes", SecretBinary=b"\x00\xff")
out["secrets"] = {
    "string": secrets.get_secret_value(SecretId=created["ARN"])["SecretString"],
    "binary": list(secrets.get_secret_value(SecretId="bytes")["SecretBinary"]),
    "missing": failure(secrets, "get_secret_value", SecretId="nothing"),
    "twice": failure(secrets, "create_secret", Name="judged", SecretString="x"),
    "type": failure(secrets, "get_secret_value", SecretId=7),
}

# SQS: JSON that answers with query's old codes; botocore checks the digests.
sqs = client("sqs")
queue = sqs.create_queue(QueueName="judged", Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
sqs.send_message_batch(QueueUrl=queue, Entries=[{"Id": "1", "MessageBody": "hällo", "MessageAttributes": {"n": {"DataType": "Number", "StringValue": "7"}}}])
message = sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"])["Messages"][0]
out["sqs"] = {
    "body": message["Body"],
    "attribute": message["MessageAttributes"]["n"]["StringValue"],
    "received": message["Attributes"]["ApproximateReceiveCount"],
    "missing": failure(sqs, "get_queue_url", QueueName="nothing"),
    "receipt": failure(sqs, "delete_message", QueueUrl=queue, ReceiptHandle="none"),
}

# Whatever botocore speaks to CloudWatch, compressed when it is large.
data = [{"MetricName": f"m{n}", "Value": n / 2, "Timestamp": datetime(2026, 1, 1, tzinfo=timezone.utc), "Dimensions": [{"Name": "d", "Value": "x" * 200}]} for n in range(100)]
cloudwatch.put_metric_data(Namespace="judged", MetricData=data)
out["cloudwatch"] = {"missing": failure(cloudwatch, "put_metric_data", Namespace="gone", MetricData=[])}

# What nobody answers.
out["absent"] = {
    "operation": failure(ecs, "list_clusters"),
    "query": failure(iam, "list_users"),
    "ec2": failure(ec2, "describe_instances"),
    "dynamodb": failure(client("dynamodb"), "list_tables"),
    "ses": failure(client("ses"), "list_identities"),
    "s3": failure(client("s3"), "list_buckets"),
    "route53": failure(client("route53"), "list_hosted_zones"),
    "lambda": failure(client("lambda"), "list_functions"),
}
print(json.dumps(out))
