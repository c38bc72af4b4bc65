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

const BYTE_STRING = 2;
const TEXT_STRING = 3;
const TAG = 6;
/** Bytes that a head's length or value takes, by what its first byte says of it. */
const EXTENDED_BYTES: Readonly<Record<number, number>> = { 24: 1, 25: 2, 26: 4, 27: 8 };
/** Tags 2 to 5: integers and fractions of any length (RFC 8949, 3.4.3 and 3.4.4). */
const isLargeNumber = (tag: number): boolean => tag >= 2 && tag <= 5;

/**
 * No shape of an emulated service takes them (Smithy's bigInteger and bigDecimal), and the codec reads one of a megabyte for minutes,
 * in which the platform does nothing else. CBOR is a row of heads, each followed by its own bytes only if it is a string: no
 * structure need be known to look at every one.
 */
function refuseLargeNumbers(body: Buffer): void {
  for (let at = 0; at < body.length; ) {
    const head = body[at] as number;
    const major = head >> 5;
    const minor = head & 0x1f;
    const extended = EXTENDED_BYTES[minor] ?? 0;
    // What is cut off is the codec's to refuse.
    if (at + 1 + extended > body.length) return;
    const value = extended === 0 ? minor : extended === 8 ? Number(body.readBigUInt64BE(at + 1)) : body.readUIntBE(at + 1, extended);
    at += 1 + extended;
    if (major === TAG && isLargeNumber(value)) throw new Error("numbers of any length (tags 2 to 5) are of no type here");
    // 31: a string in pieces, each of which is one of its own.
    if ((major === BYTE_STRING || major === TEXT_STRING) && minor !== 31) at += value;
  }
}

export const rpcV2Cbor: Protocol = {
  parse({ body }, operation) {
    if (body.length === 0 || operation.input.isUnitSchema()) return {};
    let value: unknown;
    try {
      refuseLargeNumbers(body);
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
