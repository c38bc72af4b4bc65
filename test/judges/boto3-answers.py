"""Reads everything an endpoint has: each operation that only reads, with names that earlier answers gave, alone and with each of its
options. Prints, as JSON, which operations gave an answer and each answer that is not as botocore's models say (`conformity.py`).
Before that it makes one of each thing that a deployment does not make. Run: boto3-answers.py ENDPOINT"""
import json
import re
import sys

from botocore import xform_name
from botocore.exceptions import ClientError

from conformity import SERVICES, client, nothing_found

endpoint = sys.argv[1]
findings, answered = nothing_found(), set()
# Texts that answers had, by the name they had there: what an operation asks for under a like name is taken from here.
seen = {("secretsmanager", "secretid"): {"judged": True}, ("events", "rule"): {"judged": True}}


def learn(value, service, name=""):
    if isinstance(value, dict):
        for key, item in value.items():
            learn(item, service, key)
    elif isinstance(value, list):
        for item in value:
            learn(item, service, name)
    elif isinstance(value, str) and value:
        seen.setdefault((service, singular(name)), {})[value] = True


singular = lambda name: re.sub(r"(?<=[a-z])s$", "", name.lower())


clients = {name: client(name, endpoint, findings) for name in SERVICES}
for made in clients.values():
    made.meta.events.register("after-call.*.*", lambda parsed, model, **_: learn({} if "Error" in parsed else {**parsed, "ResponseMetadata": {}}, model.service_model.service_name))

# One of each thing that `fsd deploy` of a plain service leaves out.
trust = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": ["states.amazonaws.com", "scheduler.amazonaws.com"]}, "Action": "sts:AssumeRole"}]})
role = clients["iam"].create_role(RoleName="judged", AssumeRolePolicyDocument=trust, Tags=[{"Key": "a", "Value": "b"}])["Role"]["Arn"]
clients["iam"].put_role_policy(RoleName="judged", PolicyName="inline", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}))
queue = clients["sqs"].create_queue(QueueName="judged", tags={"a": "b"})["QueueUrl"]
clients["sqs"].send_message(QueueUrl=queue, MessageBody="m", MessageAttributes={"n": {"DataType": "Number", "StringValue": "1"}})
queue_arn = clients["sqs"].get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
topic = clients["sns"].create_topic(Name="judged", Tags=[{"Key": "a", "Value": "b"}])["TopicArn"]
clients["sns"].subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn, ReturnSubscriptionArn=True)
clients["events"].put_rule(Name="judged", EventPattern='{"source":["a"]}', Tags=[{"Key": "a", "Value": "b"}])
clients["events"].put_targets(Rule="judged", Targets=[{"Id": "1", "Arn": queue_arn, "InputTransformer": {"InputPathsMap": {"a": "$.a"}, "InputTemplate": "<a>"}}])
key = clients["kms"].create_key(Description="judged", Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]["KeyId"]
clients["kms"].create_alias(AliasName="alias/judged", TargetKeyId=key)
clients["secretsmanager"].create_secret(Name="judged", SecretString="s", Tags=[{"Key": "a", "Value": "b"}])
clients["ssm"].put_parameter(Name="/judged/a", Type="StringList", Value="a,b", Tags=[{"Key": "a", "Value": "b"}])
clients["ssm"].put_parameter(Name="/judged/b", Type="SecureString", Value="s", Description="d", AllowedPattern=".*")
clients["cloudwatch"].put_metric_alarm(AlarmName="judged", Namespace="n", MetricName="m", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1, ComparisonOperator="LessThanThreshold")
clients["cloudwatch"].put_metric_alarm(AlarmName="math", EvaluationPeriods=1, Threshold=1, ComparisonOperator="LessThanThreshold", Metrics=[
    {"Id": "m", "ReturnData": False, "MetricStat": {"Period": 60, "Stat": "p90", "Metric": {"Namespace": "n", "MetricName": "m"}}}, {"Id": "e", "Expression": "m*2", "Label": "l"}])
clients["cloudwatch"].set_alarm_state(AlarmName="judged", StateValue="ALARM", StateReason="r")
clients["cloudwatch"].put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", "Value": 1, "Unit": "Count", "Dimensions": [{"Name": "d", "Value": "v"}]}])
clients["cloudwatch"].put_dashboard(DashboardName="judged", DashboardBody='{"widgets":[]}')
definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": {"a": 1}, "Next": "B"}, "B": {"Type": "Wait", "Seconds": 600, "End": True}}})
machine = clients["stepfunctions"].create_state_machine(name="judged", definition=definition, roleArn=role, tags=[{"key": "a", "value": "b"}])["stateMachineArn"]
clients["stepfunctions"].start_execution(stateMachineArn=machine, name="judged", input="{}")
failing = clients["stepfunctions"].create_state_machine(name="failing", definition=json.dumps({"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "E", "Cause": "c"}}}), roleArn=role)["stateMachineArn"]
clients["stepfunctions"].start_execution(stateMachineArn=failing, name="failed", input="{}")
target = {"Arn": queue_arn, "RoleArn": role, "Input": "{}", "RetryPolicy": {"MaximumRetryAttempts": 1}}
clients["scheduler"].create_schedule_group(Name="judged", Tags=[{"Key": "a", "Value": "b"}])
clients["scheduler"].create_schedule(Name="judged", GroupName="judged", ScheduleExpression="rate(1 day)", FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}, Target=target)
clients["ecr"].put_lifecycle_policy(repositoryName="seen", lifecyclePolicyText=json.dumps({"rules": [
    {"rulePriority": 1, "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 9}, "action": {"type": "expire"}}]}))
clients["application-autoscaling"].register_scalable_target(ServiceNamespace="ecs", ResourceId="service/fsd-local/seen", ScalableDimension="ecs:service:DesiredCount", MinCapacity=2, MaxCapacity=3)
scaled = {"ServiceNamespace": "ecs", "ResourceId": "service/fsd-local/seen", "ScalableDimension": "ecs:service:DesiredCount"}
tracking = {"TargetValue": 60.0, "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}}
clients["application-autoscaling"].put_scaling_policy(PolicyName="judged", PolicyType="TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration=tracking, **scaled)
clients["application-autoscaling"].put_scheduled_action(ScheduledActionName="judged", Schedule="cron(0 0 * * ? *)", ScalableTargetAction={"MinCapacity": 2}, **scaled)
namespace = clients["servicediscovery"].create_http_namespace(Name="judged", Tags=[{"Key": "a", "Value": "b"}])["OperationId"]
clients["cloudformation"].create_stack(StackName="judged", TemplateBody=json.dumps({
    "Parameters": {"P": {"Type": "String", "Default": "p", "NoEcho": True}}, "Resources": {"H": {"Type": "AWS::CloudFormation::WaitConditionHandle"}},
    "Outputs": {"O": {"Value": {"Ref": "P"}, "Export": {"Name": "judged"}}}}), Tags=[{"Key": "a", "Value": "b"}])
clients["cloudformation"].create_change_set(StackName="judged-2", ChangeSetName="judged", ChangeSetType="CREATE", TemplateBody=json.dumps({"Resources": {"H": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}))

READS = re.compile(r"^(Describe|List|Get|Batch(Check|Get)|Filter|Lookup|Discover|Validate|Receive)")


def distance(have, word):
    """How far a name that was seen is from one that is asked for: `taskArn` is near `tasks`."""
    if have == word:
        return 0
    if have.startswith(word) and have[len(word):] in ("arn", "name", "id", "url") or word.startswith(have) and word[len(have):] in ("arn", "name", "id"):
        return 1
    return 2 if have.endswith(word) or word.endswith(have) and len(have) > 1 else None


def known(name, shape, service):
    if shape.enum:
        return shape.enum[:3]
    near = [(other != service, distance(have, singular(name)), list(texts)) for (other, have), texts in seen.items()]
    ranked = sorted((entry for entry in near if entry[1] is not None), key=lambda entry: (entry[1], entry[0]))
    return list(dict.fromkeys(text for _, _, texts in ranked for text in texts))[:8]


def values(name, shape, service):
    kind = shape.type_name
    if kind == "string":
        return known(name, shape, service)
    if kind == "list" and shape.member.type_name == "string":
        return [[value] for value in known(name, shape.member, service)]
    if kind == "boolean":
        return [True]
    if kind == "timestamp":
        return [0, 2_000_000_000]
    if kind in ("integer", "long"):
        return [max(60 if name == "Period" else 5, shape.metadata.get("min", 0))]
    if kind == "structure" and shape.required_members:
        inner = {member: values(member, shape.members[member], service)[:1] for member in shape.required_members}
        return [{member: first[0] for member, first in inner.items()}] if all(inner.values()) else []
    return []


def ask(asked, operation, arguments):
    try:
        getattr(asked, xform_name(operation))(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"] != "NotImplemented"
    answered.add(f"{asked.meta.service_model.service_name}:{operation}")
    return True


absent = set()
for _ in range(2):
    for service, asked in clients.items():
        for operation in filter(READS.match, asked.meta.service_model.operation_names):
            model = asked.meta.service_model.operation_model(operation)
            if model.has_event_stream_output or (service, operation) in absent:
                continue
            members = dict(model.input_shape.members) if model.input_shape else {}
            required = {name: values(name, members[name], service) for name in (model.input_shape.required_members if members else [])}
            if not all(required.values()):
                continue
            # Each value of the first required member, the others being the first that is known of them.
            first = next(iter(required), None)
            least = [{**{name: given[0] for name, given in required.items()}, **({first: value} if first else {})} for value in (required[first] if first else [None])]
            if not ask(asked, operation, least[0]):
                absent.add((service, operation))
                continue
            for arguments in least[1:]:
                ask(asked, operation, arguments)
            for name, member in members.items():
                if name not in required and name not in ("NextToken", "nextToken", "Marker", "WaitTimeSeconds"):
                    for value in values(name, member, service)[:4]:
                        ask(asked, operation, {**least[0], name: value})
print(json.dumps({"answered": sorted(answered), "findings": findings}))
