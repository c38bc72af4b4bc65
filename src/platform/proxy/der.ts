/** The few forms of ASN.1's Distinguished Encoding Rules (X.690) that an X.509 certificate is written in. */

export function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, ...parts);
}

export function set(...parts: readonly Buffer[]): Buffer {
  return tagged(0x31, ...parts);
}

/** `[number]`, holding whole values. */
export function context(number: number, ...parts: readonly Buffer[]): Buffer {
  return tagged(0xa0 | number, ...parts);
}

/** `[number]`, holding bare bytes. */
export function contextPrimitive(number: number, content: Buffer): Buffer {
  return tagged(0x80 | number, content);
}

/** A number that is not negative, big-endian. */
export function integer(bytes: Buffer): Buffer {
  let from = 0;
  while (from < bytes.length - 1 && bytes[from] === 0) from++;
  const significant = bytes.subarray(from);
  // The highest bit would make it negative.
  return tagged(0x02, (significant[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), significant]) : significant);
}

export function boolean(value: boolean): Buffer {
  return tagged(0x01, Buffer.of(value ? 0xff : 0));
}

export function octetString(content: Buffer): Buffer {
  return tagged(0x04, content);
}

/** `unusedBits` of the last byte do not count. */
export function bitString(content: Buffer, unusedBits = 0): Buffer {
  return tagged(0x03, Buffer.of(unusedBits), content);
}

export function utf8String(text: string): Buffer {
  return tagged(0x0c, Buffer.from(text));
}

/** `2.5.29.17` */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** UTCTime, good from 1950 to 2049. */
export function utcTime(instant: number): Buffer {
  const [date = "", time = ""] = new Date(instant).toISOString().split("T");
  return tagged(0x17, Buffer.from(`${date.slice(2).replaceAll("-", "")}${time.slice(0, 8).replaceAll(":", "")}Z`));
}

function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(tag), length(content.length), content]);
}

function length(bytes: number): Buffer {
  if (bytes < 0x80) return Buffer.of(bytes);
  const digits: number[] = [];
  for (let left = bytes; left > 0; left >>>= 8) digits.unshift(left & 0xff);
  return Buffer.from([0x80 | digits.length, ...digits]);
}

function base128(number: number): number[] {
  const digits = [number & 0x7f];
  for (let left = number >>> 7; left > 0; left >>>= 7) digits.unshift(0x80 | (left & 0x7f));
  return digits;
}
