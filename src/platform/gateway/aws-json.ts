/** AWS JSON 1.0 and 1.1: one POST, the operation in `X-Amz-Target`, JSON in and out, `__type` names an error. */
import { JsonCodec2 } from "@aws-sdk/core/protocols";
import { AwsFault } from "./aws-fault.ts";
import type { Answer, Protocol } from "./protocol.ts";
import { membersOf } from "./schema.ts";
import { queryErrorHeader, type WireFault } from "./wire-fault.ts";

const EPOCH_SECONDS = 7;
const codec = new JsonCodec2({ timestampFormat: { useTrait: true, default: EPOCH_SECONDS }, jsonName: false });
const reader = codec.createDeserializer() as unknown as { readObject(shape: unknown, value: unknown): Record<string, unknown> };

export function awsJson(version: "1.0" | "1.1"): Protocol {
  const answer = (status: number, body: string | Uint8Array, requestId: string, headers: Record<string, string> = {}): Answer => ({
    status,
    headers: { "content-type": `application/x-amz-json-${version}`, "x-amzn-requestid": requestId, ...headers },
    body,
  });
  return {
    parse({ body }, operation) {
      const value = jsonObject(body);
      if (operation.input.isUnitSchema()) return {};
      try {
        return reader.readObject(operation.input, value);
      } catch (failure) {
        // A timestamp or blob that cannot be read; the codec's own words name it.
        throw new AwsFault("SerializationException", failure instanceof Error ? failure.message : String(failure));
      }
    },

    answer(output, operation, _service, requestId) {
      if (operation.output.isUnitSchema()) return answer(200, "", requestId);
      // Serialisers keep state between write and flush: one per answer.
      const writer = codec.createSerializer();
      writer.write(operation.output, output);
      return answer(200, writer.flush(), requestId);
    },

    fault(fault, { namespace, queryCompatible }, requestId) {
      const type = version === "1.0" && fault.modelled ? `${namespace}#${fault.name}` : fault.name;
      // JSON 1.1 services answer 400 to whatever the caller did wrong, whatever status their model gives the exception.
      const status = version === "1.1" && fault.modelled && fault.sender ? 400 : fault.status;
      return answer(status, faultBody(type, fault), requestId, queryCompatible ? queryErrorHeader(fault) : {});
    },
  };
}

/** The body as a JSON object; an empty body is an empty object. */
export function jsonObject(body: Buffer): object {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    throw new AwsFault("SerializationException", "The request body is not valid JSON.");
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new AwsFault("SerializationException", "The request body is not a JSON object.");
  }
  return value;
}

/** The message goes under the name the exception's shape gives it (`message`, in some services `Message`). */
export function faultBody(type: string, fault: WireFault): string | Uint8Array {
  if (fault.modelled === undefined) return JSON.stringify({ __type: type, message: fault.message });
  const { shape, values } = fault.modelled;
  const messageMember = membersOf(shape).find(([name]) => name.toLowerCase() === "message")?.[0];
  const writer = codec.createSerializer();
  writer.write(shape, { ...values, ...(messageMember === undefined ? {} : { [messageMember]: fault.message }) });
  const bytes = writer.flush();
  const own = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8").slice(1, -1);
  const message = messageMember === undefined ? `,"message":${JSON.stringify(fault.message)}` : "";
  return `{"__type":${JSON.stringify(type)}${message}${own === "" ? "" : `,${own}`}}`;
}
