"""How boto3 uses EventBridge, SNS and KMS: answers, paginators, exception classes. Run: boto3-notifications.py ENDPOINT"""
import json
import sys

import boto3
from botocore.config import Config

config = Config(retries={"max_attempts": 1}, parameter_validation=False)
options = dict(endpoint_url=sys.argv[1], region_name="eu-west-1", aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret", config=config)
events, sns, sqs, kms = (boto3.client(service, **options) for service in ("events", "sns", "sqs", "kms"))


def failure(client, operation, **arguments):
    try:
        getattr(client, operation)(**arguments)
    except Exception as error:
        known = getattr(error, "response", {})
        return [type(error).__name__, known.get("Error", {}).get("Code"), known.get("ResponseMetadata", {}).get("HTTPStatusCode")]
    return None


def received(url):
    found = []
    while len(found) < 1:
        found += sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10, MessageAttributeNames=["All"]).get("Messages", [])
        for message in found:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found[0]


def opened(service, action):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": action, "Resource": "*"}]})


out = {}
url = sqs.create_queue(QueueName="told", Attributes={"Policy": opened("sns.amazonaws.com", "sqs:SendMessage")})["QueueUrl"]
queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
key = kms.create_key(Description="topics", Policy=opened("events.amazonaws.com", "kms:*"))["KeyMetadata"]
kms.create_alias(AliasName="alias/topics", TargetKeyId=key["KeyId"])
topic = sns.create_topic(Name="news", Attributes={"Policy": opened("events.amazonaws.com", "sns:Publish"), "KmsMasterKeyId": "alias/topics"}, Tags=[{"Key": "team", "Value": "x"}])["TopicArn"]
subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})["SubscriptionArn"]
out["topics"] = [found["TopicArn"] == topic for page in sns.get_paginator("list_topics").paginate() for found in page["Topics"]]
out["subscriptions"] = [found["SubscriptionArn"] == subscription for page in sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic) for found in page["Subscriptions"]]
out["attributes"] = {name: sns.get_topic_attributes(TopicArn=topic)["Attributes"][name] for name in ("KmsMasterKeyId", "SubscriptionsConfirmed")}
out["tags"] = sns.list_tags_for_resource(ResourceArn=topic)["Tags"]
sns.publish(TopicArn=topic, Message="<a> & b ☃", MessageAttributes={"kind": {"DataType": "String", "StringValue": "x"}})
message = received(url)
out["published"] = [message["Body"], message["MessageAttributes"]["kind"]["StringValue"]]
batch = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[{"Id": "a", "Message": "one"}, {"Id": "b", "Message": ""}])
out["batch"] = [[entry["Id"] for entry in batch["Successful"]], [[entry["Id"], entry["Code"]] for entry in batch["Failed"]]]
out["batched"] = received(url)["Body"]

rule = events.put_rule(Name="orders", EventPattern=json.dumps({"source": ["shop"], "detail": {"order": [{"numeric": [">", 5]}]}}), State="ENABLED")["RuleArn"]
events.put_targets(Rule="orders", Targets=[{"Id": "topic", "Arn": topic, "InputTransformer": {"InputPathsMap": {"n": "$.detail.order"}, "InputTemplate": '{"n": <n>}'}}])
put = events.put_events(Entries=[{"Source": "shop", "DetailType": "Order", "Detail": json.dumps({"order": order})} for order in (5, 6)])
out["put"] = [put["FailedEntryCount"], len(put["Entries"])]
out["transformed"] = json.loads(received(url)["Body"])
out["rules"] = [found["Arn"] == rule for page in events.get_paginator("list_rules").paginate() for found in page["Rules"]]
out["targets"] = [found["Id"] for page in events.get_paginator("list_targets_by_rule").paginate(Rule="orders") for found in page["Targets"]]

blob = kms.encrypt(KeyId="alias/topics", Plaintext=b"a secret", EncryptionContext={"for": "you"})["CiphertextBlob"]
out["decrypted"] = kms.decrypt(CiphertextBlob=blob, EncryptionContext={"for": "you"})["Plaintext"].decode()
out["data key"] = len(kms.generate_data_key(KeyId=key["Arn"], KeySpec="AES_256")["Plaintext"])
out["keys"] = [found["KeyId"] == key["KeyId"] for page in kms.get_paginator("list_keys").paginate() for found in page["Keys"]]
out["deletion"] = kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)["KeyState"]

out["failures"] = {
    "no topic": failure(sns, "publish", TopicArn=topic + "s", Message="x"),
    "bad topic": failure(sns, "publish", TopicArn="news", Message="x"),
    "elsewhere": failure(sns, "subscribe", TopicArn=topic, Protocol="https", Endpoint="https://example.org/"),
    "no rule": failure(events, "describe_rule", Name="none"),
    "bad pattern": failure(events, "put_rule", Name="r", EventPattern="{"),
    "no schedule": failure(events, "put_rule", Name="r"),
    "targets left": failure(events, "delete_rule", Name="orders"),
    "no key": failure(kms, "describe_key", KeyId="alias/none"),
    "other context": failure(kms, "decrypt", CiphertextBlob=b"nonsense"),
    "pending deletion": failure(kms, "encrypt", KeyId=key["KeyId"], Plaintext=b"x"),
}
print(json.dumps(out))
