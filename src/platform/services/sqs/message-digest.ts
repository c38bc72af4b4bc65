/** The MD5 digests by which SQS clients check that a message arrived as it was sent. */
import { createHash } from "node:crypto";
import type { MessageAttribute } from "./records.ts";

export function digestOfBody(body: string): string {
  return createHash("md5").update(body).digest("hex");
}

/** Attributes in order of their names: name, type, kind (1 text, 2 binary) and value, each with its length before it. */
export function digestOfAttributes(attributes: Readonly<Record<string, MessageAttribute>>): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash("md5");
  const field = (bytes: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of names) {
    const { dataType, stringValue, binaryValue } = attributes[name] as MessageAttribute;
    field(Buffer.from(name));
    field(Buffer.from(dataType));
    hash.update(Buffer.from([binaryValue === undefined ? 1 : 2]));
    field(binaryValue === undefined ? Buffer.from(stringValue ?? "") : Buffer.from(binaryValue, "base64"));
  }
  return hash.digest("hex");
}
