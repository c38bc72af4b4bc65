"""Asks every operation boto3 knows of the platform's services strange things: right shapes with wrong values, wrong shapes, names
of JavaScript's own. Prints, as JSON, how many requests were answered, each that broke the platform (status 500 or no answer), and each
answer that is not as botocore's models say (`conformity.py`).
Run: boto3-strange.py ENDPOINT SEED ROUNDS"""
import datetime
import json
import random
import sys

from botocore import xform_name
from botocore.exceptions import ConnectionError, HTTPClientError

from conformity import SERVICES, client, nothing_found

endpoint, seed, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
texts = [
    "", "a", "local", "fsd-local", "x" * 300, "*", "../..", "☃", "0", "-1", "1.5", "true", "null", "{}", "[]", "a/b/c", "/a", "a:b", "tcp", "80",
    "__proto__", "constructor", "toString", "rate(1 minute)", "10.0.0.0/16", "vpc-1", "name:1",
    "arn:aws:ecs:us-east-1:000000000000:cluster/local", "arn:aws:ecs:us-east-1:000000000000:service/local/a", "arn:aws:iam::000000000000:role/x",
]
numbers = [0, 1, 2, 5, 10, 30, 50, 60, 80, 100, 1024, 65536, -1, 2**31]


def strange(shape, chance, depth=0):
    kind = shape.type_name
    if chance.random() < 0.02:
        return chance.choice(["x", 7, True, [], {}, [None]])
    if kind == "structure":
        if depth > 4:
            return {}
        required = set(shape.required_members)
        given = lambda name: chance.random() < (0.95 if name in required else 0.35)
        return {name: strange(member, chance, depth + 1) for name, member in shape.members.items() if given(name)}
    if kind == "list":
        return [strange(shape.member, chance, depth + 1) for _ in range(chance.choice([0, 1, 1, 2]))]
    if kind == "map":
        return {chance.choice(texts) or "k": strange(shape.value, chance, depth + 1) for _ in range(chance.choice([0, 1, 2]))}
    if kind == "string":
        if shape.enum and chance.random() < 0.9:
            return chance.choice(shape.enum)
        text, least, most = chance.choice(texts), shape.metadata.get("min", 0), shape.metadata.get("max", 10**9)
        return text if chance.random() < 0.2 else (text + "a" * (least - len(text)))[:most]
    if kind in ("integer", "long"):
        return chance.choice(numbers)
    if kind in ("float", "double"):
        return chance.choice([0, 1, 2.5, -1.5, 1e9])
    if kind == "boolean":
        return chance.choice([True, False])
    if kind == "timestamp":
        return datetime.datetime(chance.choice([1970, 2026]), 1, 1, tzinfo=datetime.timezone.utc)
    return chance.choice([b"", b"{}", b"\x00\xff"])


answered, broken, findings = 0, {}, nothing_found()
for service in SERVICES:
    asked = client(service, endpoint, findings)
    for operation in asked.meta.service_model.operation_names:
        model = asked.meta.service_model.operation_model(operation)
        if model.has_event_stream_output or model.input_shape is None:
            continue
        # Each operation has a chance of its own, so that one more or less does not change the others.
        chance = random.Random(f"{seed} {service} {operation}")
        for _ in range(rounds):
            arguments = strange(model.input_shape, chance)
            if not isinstance(arguments, dict):
                continue
            try:
                getattr(asked, xform_name(operation))(**arguments)
                answered += 1
            except (ConnectionError, HTTPClientError) as error:
                broken.setdefault(f"{service}:{operation} {type(error).__name__}", arguments)
            except Exception as error:
                # Without a response, boto3 itself could not send the request.
                response = getattr(error, "response", None)
                if response is None:
                    continue
                answered += 1
                if response["ResponseMetadata"]["HTTPStatusCode"] == 500:
                    broken.setdefault(f"{service}:{operation} {response['Error'].get('Message')}", arguments)
                if response["Error"].get("Code") == "NotImplemented":
                    break
print(json.dumps({"answered": answered, "broken": broken, "findings": findings}, default=str))
