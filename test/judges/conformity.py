"""Holds what an endpoint answers against botocore's own models: an answer has only members its operation knows, all that are required
and none of a wrong type or outside its enum; an error has a code that the operation, or any operation of the service, can have.
Used by the other judges: `watch(client, findings)` before the first call, then print `findings`."""
import json
import xml.etree.ElementTree as xml

import botocore

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
# The platform's members come from the JavaScript SDK. What that knows and an older botocore does not is nothing to find.
IS_NEW = tuple(map(int, botocore.__version__.split(".")[:2])) >= (1, 43)
NEWER = (".deploymentCircuitBreaker.resetOnHealthyTask", ".deploymentCircuitBreaker.thresholdConfiguration")


def watch(client, findings):
    client.meta.events.register("after-call.*.*", lambda http_response, parsed, model, **_: judge(http_response, parsed, model, findings))


def judge(http, parsed, operation, findings):
    service = operation.service_model.service_name
    note = lambda what: findings.setdefault(f"{service}:{operation.name} {what}", parsed.get("ResponseMetadata", {}).get("HTTPStatusCode"))
    if "Error" in parsed and http.status_code >= 300:
        code = parsed["Error"].get("Code")
        if service != "ec2" and code not in codes_of(service, operation):
            note(f"error {code}: {parsed['Error'].get('Message', '')[:120]}")
        if not parsed["Error"].get("Message"):
            note(f"error {code} without a message")
        return
    if operation.output_shape is None or operation.has_streaming_output:
        return
    check(parsed, operation.output_shape, "", note)
    protocol = operation.service_model.metadata["protocol"]
    if not IS_NEW:
        return
    if http.content and protocol in ("json", "rest-json"):
        unknown_in_json(json.loads(http.content), operation.output_shape, "", note)
    elif http.content and protocol in ("query", "ec2"):
        result = xml.fromstring(http.content)
        wrapper = operation.output_shape.serialization.get("resultWrapper")
        result = result if wrapper is None else next((child for child in result if local(child) == wrapper), None)
        if result is not None:
            unknown_in_xml(result, operation.output_shape, "", protocol, note)


def codes_of(service, operation):
    shapes = operation.service_model.error_shapes if service in ("sqs", "cloudwatch") else operation.error_shapes
    modelled = {name for shape in shapes for name in (shape.name, shape.metadata.get("error", {}).get("code"))}
    return COMMON | UNMODELLED.get(service, set()) | modelled


def check(value, shape, path, note):
    """What the parsed value lacks or has wrong."""
    kind = shape.type_name
    if kind == "structure":
        for name in shape.required_members:
            if name not in value:
                note(f"{path}.{name} is required and missing")
        for name, member in shape.members.items():
            if name in value and not (path == "" and name == "ResponseMetadata"):
                check(value[name], member, f"{path}.{name}", note)
    elif kind == "list":
        for item in value:
            check(item, shape.member, f"{path}[]", note)
    elif kind == "map":
        for key, item in value.items():
            check(key, shape.key, f"{path}{{key}}", note)
            check(item, shape.value, f"{path}{{}}", note)
    elif kind == "string" and shape.enum and value not in shape.enum and value not in OUTSIDE_ENUM.get(path, ()):
        note(f"{path} is {value!r}, which is none of its values")


TYPES = {"string": str, "character": str, "blob": str, "boolean": bool, "integer": int, "long": int, "float": (int, float), "double": (int, float)}


def unknown_in_json(value, shape, path, note):
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
                unknown_in_json(item, members[name], f"{path}.{name}", note)
            elif not f"{path}.{name}".endswith(NEWER):
                note(f"{path}.{name} is on the wire and not in its model")
    elif kind == "list":
        for item in value:
            unknown_in_json(item, shape.member, f"{path}[]", note)
    elif kind == "map":
        for item in value.values():
            unknown_in_json(item, shape.value, f"{path}{{}}", note)


def local(element):
    return element.tag.rpartition("}")[2]


def unknown_in_xml(element, shape, path, protocol, note):
    if shape.type_name == "structure":
        flattened = lambda member: member.type_name == "list" and member.serialization.get("flattened")
        name_of = lambda name, member: (member.member.serialization.get("name") if flattened(member) else None) or member.serialization.get("name", name)
        members = {name_of(name, member): member for name, member in shape.members.items()}
        for child in element:
            member = members.get(local(child))
            if member is not None:
                unknown_in_xml(child, member.member if flattened(member) else member, f"{path}.{local(child)}", protocol, note)
            elif not (path == "" and local(child) in ("requestId", "ResponseMetadata")):
                note(f"{path}.{local(child)} is on the wire and not in its model")
    elif shape.type_name == "list":
        wrapper = shape.member.serialization.get("name", "item" if protocol == "ec2" else "member")
        for child in element:
            if local(child) != wrapper:
                note(f"{path} has <{local(child)}> where its model says <{wrapper}>")
            unknown_in_xml(child, shape.member, f"{path}[]", protocol, note)
