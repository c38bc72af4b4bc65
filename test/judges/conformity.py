"""Holds what an endpoint answers against botocore's own models. `wrong` gets what an answer lacks or has in a wrong type, and each error
whose code neither the operation nor, for services whose models leave that open, any operation of the service can have; ValidationError
and ValidationException pass everywhere, and of EC2, whose models have no errors, only the message is asked for. `unknown` gets members
that the answer's model has not and values outside their enum: it says something only where the models are as new as those that the
platform is made from (requirement `new-botocore` of the tests).
Used by the other judges: `findings = nothing_found()`, `client(service, endpoint, findings)`, then print `findings`."""
import json
import xml.etree.ElementTree as xml

import boto3
from botocore.config import Config

# All of the platform's services, by boto3's names.
SERVICES = [
    *["application-autoscaling", "cloudformation", "cloudwatch", "ec2", "ecr", "ecs", "elbv2", "events", "iam", "kms", "logs"],
    *["scheduler", "secretsmanager", "servicediscovery", "sns", "sqs", "ssm", "stepfunctions", "sts"],
]
# What AWS's references list under "Common Errors", and what a front end answers before the operation is known.
COMMON = {
    *["AccessDenied", "AccessDeniedException", "ExpiredTokenException", "IncompleteSignature", "InternalFailure", "MalformedHttpRequestException"],
    *["MalformedInput", "MalformedQueryString", "MissingAction", "MissingAuthenticationToken", "OptInRequired", "RequestEntityTooLarge", "RequestExpired"],
    *["SerializationException", "ServiceUnavailable", "Throttling", "ThrottlingException", "UnrecognizedClientException", "ValidationError", "ValidationException"],
    # Ours, with status 501 and the operation's name.
    "NotImplemented",
}
# Codes that a service's guide has and its model lacks.
UNMODELLED = {
    "cloudwatch": {"InvalidParameterCombination", "InvalidParameterValue", "MissingParameter", "ResourceNotFound"},
    "logs": {"InvalidParameterException"},
    # The first stands in the header for clients of the query protocol.
    "sqs": {"AWS.SimpleQueueService.NonExistentQueue", "InvalidAttributeName", "InvalidAttributeValue", "InvalidParameterCombination", "InvalidParameterValue", "MissingParameter"},
}


# Values that AWS answers and its own enum lacks.
OUTSIDE_ENUM = {".InternetGateways[].Attachments[].State": {"available"}, ".InternetGateway.Attachments[].State": {"available"}, ".NetworkInterfaces[].InterfaceType": {"nat_gateway"}}
# The platform's members come from the JavaScript SDK, which knows these and no botocore did yet.
NEWER = (".deploymentCircuitBreaker.resetOnHealthyTask", ".deploymentCircuitBreaker.thresholdConfiguration")


def nothing_found():
    return {"wrong": {}, "unknown": {}}


def client(service, endpoint, findings):
    """A client of the service at the endpoint that sends whatever it is given, once, and whose every answer is judged."""
    config = Config(retries={"max_attempts": 0}, parameter_validation=False, read_timeout=20, inject_host_prefix=False)
    made = boto3.client(service, endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b", config=config)
    made.meta.events.register("after-call.*.*", lambda http_response, parsed, model, **_: judge(http_response, parsed, model, findings))
    return made


def judge(http, parsed, operation, findings):
    service = operation.service_model.service_name
    note_in = lambda kind: lambda what: findings[kind].setdefault(f"{service}:{operation.name} {what}", parsed.get("ResponseMetadata", {}).get("HTTPStatusCode"))
    note, unknown = note_in("wrong"), note_in("unknown")
    if "Error" in parsed and http.status_code >= 300:
        code = parsed["Error"].get("Code")
        if service != "ec2" and code not in codes_of(service, operation):
            note(f"error {code}: {parsed['Error'].get('Message', '')[:120]}")
        if not parsed["Error"].get("Message"):
            note(f"error {code} without a message")
        return
    if operation.output_shape is None or operation.has_streaming_output:
        return
    protocol = operation.service_model.metadata["protocol"]
    check(parsed, operation.output_shape, "", protocol, note, unknown)
    if http.content and protocol in ("json", "rest-json"):
        check_json(json.loads(http.content), operation.output_shape, "", note, unknown)
    elif http.content and protocol in ("query", "ec2"):
        result = xml.fromstring(http.content)
        wrapper = operation.output_shape.serialization.get("resultWrapper")
        result = result if wrapper is None else next((child for child in result if local(child) == wrapper), None)
        if result is not None:
            check_xml(result, operation.output_shape, "", protocol, note, unknown)


def codes_of(service, operation):
    shapes = operation.service_model.error_shapes if service in ("sqs", "cloudwatch") else operation.error_shapes
    modelled = {name for shape in shapes for name in (shape.name, shape.metadata.get("error", {}).get("code"))}
    return COMMON | UNMODELLED.get(service, set()) | modelled


def check(value, shape, path, protocol, note, unknown):
    """What the parsed value lacks or has wrong."""
    kind = shape.type_name
    if kind == "structure":
        for name in shape.required_members:
            # In XML nothing stands for an empty list without an element around it.
            if name not in value and not (protocol in ("query", "ec2") and shape.members[name].serialization.get("flattened")):
                note(f"{path}.{name} is required and missing")
        for name, member in shape.members.items():
            if name in value and not (path == "" and name == "ResponseMetadata"):
                check(value[name], member, f"{path}.{name}", protocol, note, unknown)
    elif kind == "list":
        for item in value:
            check(item, shape.member, f"{path}[]", protocol, note, unknown)
    elif kind == "map":
        for key, item in value.items():
            check(key, shape.key, f"{path}{{key}}", protocol, note, unknown)
            check(item, shape.value, f"{path}{{}}", protocol, note, unknown)
    elif kind == "string" and shape.enum and value not in shape.enum and value not in OUTSIDE_ENUM.get(path, ()):
        unknown(f"{path} is {value!r}, which is none of its values")


TYPES = {"string": str, "character": str, "blob": str, "boolean": bool, "integer": int, "long": int, "float": (int, float), "double": (int, float)}


def check_json(value, shape, path, note, unknown):
    """What is of a wrong type on the wire, which the parser may have mended, and what the parser leaves out."""
    kind = shape.type_name
    if value is None:
        return
    expected = {"structure": dict, "map": dict, "list": list}.get(kind, TYPES.get(kind, object))
    if not isinstance(value, expected) or (expected is not bool and expected is not object and isinstance(value, bool)):
        if kind not in ("float", "double") or value not in ("NaN", "Infinity", "-Infinity"):
            note(f"{path} is {type(value).__name__} on the wire, its model says {kind}")
    elif kind == "structure" and not getattr(shape, "is_document_type", False):
        members = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        for name, item in value.items():
            if name in members:
                check_json(item, members[name], f"{path}.{name}", note, unknown)
            elif not f"{path}.{name}".endswith(NEWER):
                unknown(f"{path}.{name} is on the wire and not in its model")
    elif kind == "list":
        for item in value:
            check_json(item, shape.member, f"{path}[]", note, unknown)
    elif kind == "map":
        for item in value.values():
            check_json(item, shape.value, f"{path}{{}}", note, unknown)


def local(element):
    return element.tag.rpartition("}")[2]


def check_xml(element, shape, path, protocol, note, unknown):
    if shape.type_name == "structure":
        flattened = lambda member: member.type_name == "list" and member.serialization.get("flattened")
        name_of = lambda name, member: (member.member.serialization.get("name") if flattened(member) else None) or member.serialization.get("name", name)
        members = {name_of(name, member): member for name, member in shape.members.items()}
        for child in element:
            member = members.get(local(child))
            if member is not None:
                check_xml(child, member.member if flattened(member) else member, f"{path}.{local(child)}", protocol, note, unknown)
            elif not (path == "" and local(child) in ("requestId", "ResponseMetadata")):
                unknown(f"{path}.{local(child)} is on the wire and not in its model")
    elif shape.type_name == "list":
        wrapper = shape.member.serialization.get("name", "item" if protocol == "ec2" else "member")
        for child in element:
            if local(child) != wrapper:
                note(f"{path} has <{local(child)}> where its model says <{wrapper}>")
            check_xml(child, shape.member, f"{path}[]", protocol, note, unknown)
