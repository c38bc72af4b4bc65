/** CIDR blocks of IPv4 and IPv6, and whether an address is in one. */

/** Whether the text is a block at all: `10.0.0.0/8`, `2001:db8::/32`. */
export function isCidr(block: string): boolean {
  return parseBlock(block) !== undefined;
}

/** False when either is not what it should be, or they are of different families. */
export function inCidr(address: string, block: string): boolean {
  const parsed = parseBlock(block);
  const bits = parseAddress(address);
  if (parsed === undefined || bits === undefined || bits.width !== parsed.width) return false;
  const shift = BigInt(parsed.width - parsed.prefix);
  return bits.value >> shift === parsed.value >> shift;
}

interface Bits {
  readonly value: bigint;
  readonly width: 32 | 128;
}

function parseBlock(block: string): (Bits & { readonly prefix: number }) | undefined {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(block);
  const bits = parseAddress(match?.[1] ?? "");
  const prefix = Number(match?.[2]);
  return bits === undefined || prefix > bits.width ? undefined : { ...bits, prefix };
}

function parseAddress(address: string): Bits | undefined {
  return address.includes(":") ? parseV6(address) : parseV4(address);
}

function parseV4(address: string): Bits | undefined {
  const parts = address.split(".");
  if (parts.length !== 4 || parts.some((part) => !/^\d{1,3}$/.test(part) || Number(part) > 255)) return undefined;
  return { value: parts.reduce((value, part) => (value << 8n) + BigInt(part), 0n), width: 32 };
}

function parseV6(address: string): Bits | undefined {
  const halves = address.split("::");
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => "0"), ...tail];
  if (groups.some((group) => !/^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return { value: groups.reduce((value, group) => (value << 16n) + BigInt(`0x${group}`), 0n), width: 128 };
}
