"""How boto3 uses queues: the query protocol (before 1.29) or JSON, digests checked by itself. Run: boto3-queues.py ENDPOINT"""
import hashlib
import json
import sys
import threading
import time

import boto3
from botocore.config import Config

config = Config(retries={"max_attempts": 1}, parameter_validation=False)
sqs = boto3.client("sqs", endpoint_url=sys.argv[1], region_name="eu-west-1", aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret", config=config)


def failure(operation, **arguments):
    try:
        getattr(sqs, operation)(**arguments)
    except Exception as error:
        known = getattr(error, "response", {})
        return [known.get("Error", {}).get("Code"), known.get("ResponseMetadata", {}).get("HTTPStatusCode")]
    return None



out = {}
url = sqs.create_queue(QueueName="jobs", Attributes={"VisibilityTimeout": "30"}, tags={"team": "x"})["QueueUrl"]
out["url"] = url.replace(sys.argv[1], "")
out["again"] = sqs.create_queue(QueueName="jobs", Attributes={"VisibilityTimeout": "30"})["QueueUrl"] == url
out["listed"] = [u == url for u in sqs.list_queues(QueueNamePrefix="jo")["QueueUrls"]]
out["tags"] = sqs.list_queue_tags(QueueUrl=url).get("Tags")
attributes = {
    "text": {"DataType": "String", "StringValue": "a <&> ☃ b"},
    "count": {"DataType": "Number.int", "StringValue": "3"},
    "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
}
sent = sqs.send_message(QueueUrl=url, MessageBody="<body> & ☃\n", MessageAttributes=attributes)
out["digests"] = [sent["MD5OfMessageBody"], sent["MD5OfMessageAttributes"]]
got = sqs.receive_message(QueueUrl=url, AttributeNames=["All"], MessageAttributeNames=["All"], MaxNumberOfMessages=10)["Messages"]
message = got[0]
value = lambda given: given["StringValue"] if "StringValue" in given else list(given["BinaryValue"])
out["received"] = [len(got), message["Body"], {name: [given["DataType"], value(given)] for name, given in message["MessageAttributes"].items()}]
out["same"] = [message["MD5OfBody"] == hashlib.md5(message["Body"].encode()).hexdigest(), message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]]
out["system"] = sorted(message["Attributes"])
out["count"] = message["Attributes"]["ApproximateReceiveCount"]
out["empty"] = sqs.receive_message(QueueUrl=url).get("Messages")
sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
message = sqs.receive_message(QueueUrl=url, AttributeNames=["ApproximateReceiveCount"])["Messages"][0]
out["twice"] = message["Attributes"]
sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
out["counts"] = {k: v for k, v in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"].items() if k.startswith("Approx")}
batch = sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(n), "MessageBody": f"m{n}" if n else "\x01"} for n in range(3)])
out["batch"] = [[s["Id"] for s in batch["Successful"]], [[f["Id"], f["Code"], f["SenderFault"]] for f in batch["Failed"]]]
handles = [{"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"])]
out["hidden"] = len(sqs.change_message_visibility_batch(QueueUrl=url, Entries=[{**h, "VisibilityTimeout": 60} for h in handles])["Successful"])
out["deleted"] = len(sqs.delete_message_batch(QueueUrl=url, Entries=handles)["Successful"])
threading.Timer(0.5, lambda: sqs.send_message(QueueUrl=url, MessageBody="late")).start()
began = time.time()
out["waited"] = [sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"][0]["Body"], time.time() - began < 5]
ordered = sqs.create_queue(QueueName="o.fifo", Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"})["QueueUrl"]
numbers = [sqs.send_message(QueueUrl=ordered, MessageBody=b, MessageGroupId="g")["SequenceNumber"] for b in ["1", "2", "2", "3"]]
out["fifo"] = [[m["Body"] for m in sqs.receive_message(QueueUrl=ordered, MaxNumberOfMessages=10)["Messages"]], numbers[1] == numbers[2] < numbers[3]]
missing = url.replace("jobs", "none")
out["failures"] = {
    "missing": failure("send_message", QueueUrl=missing, MessageBody="x"),
    "no such name": failure("get_queue_url", QueueName="none"),
    "other attributes": failure("create_queue", QueueName="jobs", Attributes={"VisibilityTimeout": "31"}),
    "unknown attribute": failure("set_queue_attributes", QueueUrl=url, Attributes={"Colour": "red"}),
    "bad value": failure("set_queue_attributes", QueueUrl=url, Attributes={"VisibilityTimeout": "-1"}),
    "no body": failure("send_message", QueueUrl=url, MessageBody=""),
    "receipt": failure("delete_message", QueueUrl=url, ReceiptHandle="nonsense"),
    "too many": failure("receive_message", QueueUrl=url, MaxNumberOfMessages=11),
    "same ids": failure("send_message_batch", QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "x"}] * 2),
}
sqs.purge_queue(QueueUrl=url)
for one in (url, ordered):
    sqs.delete_queue(QueueUrl=one)
out["left"] = sqs.list_queues().get("QueueUrls")
print(json.dumps(out))
