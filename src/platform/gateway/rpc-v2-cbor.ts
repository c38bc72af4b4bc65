/** Smithy RPC v2 with CBOR: the operation in the path, CBOR in and out, `__type` names an error. */
import { CborCodec, cbor } from "@smithy/core/cbor";
import { AwsFault } from "./aws-fault.ts";
import type { Answer, Protocol } from "./protocol.ts";
import { membersOf } from "./schema.ts";
import { queryErrorHeader } from "./wire-fault.ts";

const codec = new CborCodec();

const answer = (status: number, body: Uint8Array, requestId: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor", "x-amzn-requestid": requestId, ...headers },
  body,
});

export const rpcV2Cbor: Protocol = {
  parse({ body }, operation) {
    if (body.length === 0 || operation.input.isUnitSchema()) return {};
    let value: unknown;
    try {
      value = codec.createDeserializer().read(operation.input, body);
    } catch (failure) {
      throw new AwsFault("SerializationException", failure instanceof Error ? failure.message : String(failure));
    }
    if (value === null || typeof value !== "object" || Array.isArray(value)) {
      throw new AwsFault("SerializationException", "The request body is not a CBOR map.");
    }
    return value as Record<string, unknown>;
  },

  answer(output, operation, _service, requestId) {
    if (operation.output.isUnitSchema()) return answer(200, new Uint8Array(), requestId);
    const writer = codec.createSerializer();
    writer.write(operation.output, output);
    return answer(200, writer.flush(), requestId);
  },

  fault(fault, { namespace, queryCompatible }, requestId) {
    const values: Record<string, unknown> = { __type: `${namespace}#${fault.name}`, message: fault.message };
    for (const [name] of fault.modelled === undefined ? [] : membersOf(fault.modelled.shape)) {
      const value = fault.modelled?.values[name];
      if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") values[name] = value;
    }
    return answer(fault.status, cbor.serialize(values), requestId, queryCompatible ? queryErrorHeader(fault) : {});
  },
};
