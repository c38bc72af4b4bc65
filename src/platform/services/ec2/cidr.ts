/** Arithmetic on IPv4 blocks, as VPCs and subnets need it. */

export interface Cidr {
  /** The network address as an unsigned number. */
  readonly base: number;
  /** Bits of the prefix, 0–32. */
  readonly prefix: number;
}

/** `10.0.1.0/24`. Undefined when the text is no block; host bits are cleared, as AWS does. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (match === null) return undefined;
  const [a, b, c, d, prefix] = match.slice(1).map(Number) as [number, number, number, number, number];
  if (Math.max(a, b, c, d) > 255 || prefix > 32) return undefined;
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  return { base: address - (address % 2 ** (32 - prefix)), prefix };
}

export function sizeOf({ prefix }: Cidr): number {
  return 2 ** (32 - prefix);
}

export function contains(outer: Cidr, inner: Cidr): boolean {
  return inner.base >= outer.base && inner.base + sizeOf(inner) <= outer.base + sizeOf(outer);
}

export function overlaps(one: Cidr, other: Cidr): boolean {
  return one.base < other.base + sizeOf(other) && other.base < one.base + sizeOf(one);
}

/** The address `offset` places after the block's first. */
export function addressAt({ base }: Cidr, offset: number): string {
  const address = base + offset;
  return [2 ** 24, 2 ** 16, 2 ** 8, 1].map((place) => Math.floor(address / place) % 256).join(".");
}

export function formatCidr(cidr: Cidr): string {
  return `${addressAt(cidr, 0)}/${cidr.prefix}`;
}
