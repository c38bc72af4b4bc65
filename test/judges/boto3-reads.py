"""What boto3 sees at an endpoint, as one JSON document. Run: boto3-reads.py ENDPOINT SERVICE"""
import json
import sys

import boto3
from botocore.config import Config

endpoint, service = sys.argv[1:3]


def client(name):
    return boto3.client(name, endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test", config=Config(retries={"max_attempts": 1}))


def failure(act, **arguments):
    try:
        act(**arguments)
    except Exception as error:  # the class is what is judged
        return type(error).__name__
    return None


ecs, elb, cloudformation, logs, iam, ec2 = map(client, ["ecs", "elbv2", "cloudformation", "logs", "iam", "ec2"])
described = ecs.describe_services(cluster="fsd-local", services=[service])["services"][0]
tasks = ecs.describe_tasks(cluster="fsd-local", tasks=ecs.list_tasks(cluster="fsd-local", serviceName=service)["taskArns"])["tasks"]
group = described["loadBalancers"][0]["targetGroupArn"]
log_group = f"/ecs/local/{service}"
print(json.dumps({
    "clusters": [arn.split("/")[-1] for arn in ecs.list_clusters()["clusterArns"]],
    "service": {key: described[key] for key in ["status", "desiredCount", "runningCount"]},
    "rollout": described["deployments"][0]["rolloutState"],
    "tasks": sorted(task["lastStatus"] for task in tasks),
    "targets": sorted(target["TargetHealth"]["State"] for target in elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]),
    "stacks": sorted(stack["StackName"] for stack in cloudformation.describe_stacks()["Stacks"]),
    "logged": len(logs.filter_log_events(logGroupName=log_group)["events"]) > 0,
    "vpcs": [vpc["CidrBlock"] for vpc in ec2.describe_vpcs(Filters=[{"Name": "tag:aws:cloudformation:stack-name", "Values": ["fsd-local"]}])["Vpcs"]],
    "errors": {
        "cluster": failure(ecs.describe_services, cluster="nowhere", services=[service]),
        "role": failure(iam.get_role, RoleName="nobody"),
        "stack": failure(cloudformation.describe_stacks, StackName="nothing"),
        "group": failure(logs.get_log_events, logGroupName="/none", logStreamName="none"),
        "targetGroup": failure(elb.describe_target_groups, TargetGroupArns=[group[:-4] + "0000"]),
        "vpc": failure(ec2.describe_vpcs, VpcIds=["vpc-00000000"]),
        "parameter": failure(client("ssm").get_parameter, Name="/none"),
        "secret": failure(client("secretsmanager").get_secret_value, SecretId="none"),
    },
}))
