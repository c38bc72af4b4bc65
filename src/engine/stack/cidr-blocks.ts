import { TemplateError } from "./template-error.ts";

/**
 * `Fn::Cidr`: the first `count` (1–256) subnets of an IPv4 block that leave `bits` host bits each (default 8, so /24).
 * `cidrBlocks("10.0.0.0/16", 2, 8)` is 10.0.0.0/24 and 10.0.1.0/24.
 */
export function cidrBlocks(block: string, count: number, bits = 8): string[] {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(block);
  const [first, second, third, fourth, prefix] = (match ?? []).slice(1).map(Number) as [number, number, number, number, number];
  if (match === null || [first, second, third, fourth].some((octet) => octet > 255) || prefix > 32)
    throw new TemplateError(`Template error: Fn::Cidr: ${block} is not an IPv4 CIDR block`);
  if (!Number.isInteger(count) || count < 1 || count > 256 || !Number.isInteger(bits) || bits < 0 || bits > 32)
    throw new TemplateError("Template error: Fn::Cidr: count must be 1 to 256 and cidrBits 1 to 32");
  const size = 2 ** bits;
  const mask = 2 ** (32 - prefix);
  if (count * size > mask) throw new TemplateError(`Template error: Fn::Cidr: ${block} does not hold ${count} blocks of ${bits} bits`);
  const address = ((first * 256 + second) * 256 + third) * 256 + fourth;
  const base = address - (address % mask);
  return Array.from({ length: count }, (_, index) => `${dotted(base + index * size)}/${32 - bits}`);
}

function dotted(address: number): string {
  return [2 ** 24, 2 ** 16, 2 ** 8, 1].map((unit) => Math.floor(address / unit) % 256).join(".");
}
