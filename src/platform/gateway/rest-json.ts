/** REST with JSON: method and path name the operation; members travel in path, query, headers and the body. */
import { JsonCodec2 } from "@aws-sdk/core/protocols";
import { AwsFault } from "./aws-fault.ts";
import { faultBody, jsonObject } from "./aws-json.ts";
import type { Answer, Protocol, WireRequest } from "./protocol.ts";
import { labelsOf } from "./rest-route.ts";
import { bodyOf, membersOf, type OperationSchema, placeOf, type Shape } from "./schema.ts";
import { readText } from "./text-value.ts";

const EPOCH_SECONDS = 7;
const codec = new JsonCodec2({ timestampFormat: { useTrait: true, default: EPOCH_SECONDS }, jsonName: true });
const reader = codec.createDeserializer() as unknown as { readObject(shape: unknown, value: unknown): Record<string, unknown> };

export const restJson: Protocol = {
  parse(request, operation) {
    const { input, http } = operation;
    if (input.isUnitSchema() || http === undefined) return {};
    const members = membersOf(input);
    const payload = members.find(([, member]) => placeOf(member)?.in === "payload");
    const value = payload === undefined ? readBody(request.body, bodyOf(input)) : { [payload[0]]: readPayload(request.body, payload[1]) };
    const labels = labelsOf(http.pattern, request.path);
    for (const [name, member] of members) {
      const bound = readBound(request, member, labels[name]);
      if (bound !== undefined) value[name] = bound;
    }
    return value;
  },

  answer(output, operation, _service, requestId) {
    const headers: Record<string, string> = { "x-amzn-requestid": requestId };
    let status = operation.http?.status ?? 200;
    let payload: Shape | undefined;
    for (const [name, member] of operation.output.isUnitSchema() ? [] : membersOf(operation.output)) {
      const place = placeOf(member);
      const value = output[name];
      if (place?.in === "payload") payload = member;
      if (place === undefined || value === undefined || value === null) continue;
      if (place.in === "status") status = Number(value);
      if (place.in === "header") headers[place.name] = headerText(value);
      if (place.in === "prefix headers") {
        for (const [key, text] of Object.entries(value)) headers[`${place.name}${key.toLowerCase()}`] = headerText(text);
      }
    }
    if (operation.output.isUnitSchema()) return { status, headers, body: "" };
    if (payload !== undefined) return { status, ...writePayload(output[payload.getMemberName()], payload, headers) };
    return { status, headers: { ...headers, "content-type": "application/json" }, body: write(bodyShapeOf(operation), output) };
  },

  fault(fault, _service, requestId) {
    const headers = { "content-type": "application/json", "x-amzn-requestid": requestId, "x-amzn-errortype": fault.name };
    return { status: fault.status, headers, body: faultBody(fault.name, fault) };
  },
};

function readBody(body: Buffer, shape: Shape): Record<string, unknown> {
  try {
    return reader.readObject(shape, jsonObject(body));
  } catch (failure) {
    if (failure instanceof AwsFault) throw failure;
    throw new AwsFault("SerializationException", failure instanceof Error ? failure.message : String(failure));
  }
}

function readPayload(body: Buffer, member: Shape): unknown {
  if (member.isBlobSchema()) return body;
  if (member.isStringSchema()) return body.toString("utf8");
  return body.length === 0 ? undefined : readBody(body, member);
}

function readBound({ query, headers }: WireRequest, member: Shape, label: string | undefined): unknown {
  const place = placeOf(member);
  switch (place?.in) {
    case "path":
      return label === undefined || label === "" ? undefined : readText(member, label);
    case "query": {
      const texts = query?.getAll(place.name) ?? [];
      if (texts.length === 0) return undefined;
      return member.isListSchema() ? texts.map((text) => readText(member.getValueSchema(), text)) : readText(member, texts[0] as string);
    }
    case "params": {
      const entries = [...(query?.entries() ?? [])];
      return entries.length === 0 ? undefined : Object.fromEntries(entries);
    }
    case "header": {
      const text = headers[place.name];
      if (typeof text !== "string") return undefined;
      return member.isListSchema() ? text.split(",").map((item) => readText(member.getValueSchema(), item.trim())) : readText(member, text);
    }
    case "prefix headers": {
      const entries = Object.entries(headers).filter(([name]) => name.startsWith(place.name));
      return entries.length === 0
        ? undefined
        : Object.fromEntries(entries.map(([name, text]) => [name.slice(place.name.length), String(text)]));
    }
    default:
      return undefined;
  }
}

const bodyShapes = new WeakMap<OperationSchema, Shape>();

function bodyShapeOf(operation: OperationSchema): Shape {
  let shape = bodyShapes.get(operation);
  if (shape === undefined) {
    shape = bodyOf(operation.output);
    bodyShapes.set(operation, shape);
  }
  return shape;
}

function write(shape: Shape, value: unknown): Uint8Array {
  const writer = codec.createSerializer();
  writer.write(shape, value);
  return writer.flush();
}

function writePayload(value: unknown, member: Shape, headers: Record<string, string>): Pick<Answer, "headers" | "body"> {
  if (value === undefined || value === null) return { headers, body: "" };
  if (value instanceof Uint8Array) return { headers: { "content-type": "application/octet-stream", ...headers }, body: value };
  if (typeof value === "string") return { headers: { "content-type": "text/plain", ...headers }, body: value };
  return { headers: { ...headers, "content-type": "application/json" }, body: write(member, value) };
}

function headerText(value: unknown): string {
  if (value instanceof Date) return value.toUTCString();
  return Array.isArray(value) ? value.map(headerText).join(", ") : String(value);
}
