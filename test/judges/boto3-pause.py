"""A deployment that is paused, as boto3 sees it and lets it go on, as one JSON document. Run: boto3-pause.py ENDPOINT SERVICE"""
import json
import sys

import boto3

endpoint, service = sys.argv[1:3]
ecs = boto3.client("ecs", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")


def failure(act, **arguments):
    try:
        act(**arguments)
    except Exception as error:  # the class is what is judged
        return type(error).__name__
    return None


arn = ecs.list_service_deployments(cluster="fsd-local", service=service)["serviceDeployments"][0]["serviceDeploymentArn"]
paused = ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"][0]
hook = paused["lifecycleHookDetails"][0]
errors = {
    "hook": failure(ecs.continue_service_deployment, serviceDeploymentArn=arn, hookId="another", action="CONTINUE"),
    "deployment": failure(ecs.continue_service_deployment, serviceDeploymentArn=arn + "0", hookId=hook["hookId"], action="CONTINUE"),
    "stop": failure(ecs.stop_service_deployment, serviceDeploymentArn=arn + "0"),
}
answered = ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=hook["hookId"], action="ROLLBACK")
print(json.dumps({
    "status": paused["status"],
    "stage": paused["lifecycleStage"],
    "hook": {key: hook[key] for key in ["targetType", "status"]},
    "errors": errors,
    "answered": answered["serviceDeploymentArn"] == arn,
}))
