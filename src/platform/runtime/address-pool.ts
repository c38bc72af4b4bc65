/**
 * Private addresses of tasks. As in a VPC, the first four addresses of a subnet and its last are not given out. All
 * environments of one platform share one network, so an address is unique across subnets of the same range too.
 */
export interface SubnetSource {
  /** Undefined when the subnet does not exist. */
  subnet(subnetId: string, region: string): Promise<Subnet | undefined>;
  /** Addresses of the subnet that something else than a task has at this moment: a load balancer's node, a NAT gateway, an endpoint. */
  heldAddresses(subnetId: string, region: string): readonly string[];
}

export interface Subnet {
  /** `10.0.1.0/24` */
  readonly cidrBlock: string;
  /** The range of its VPC, e.g. `10.0.0.0/16`. */
  readonly vpcCidrBlock: string;
  readonly availabilityZone: string;
}

/** An IPv4 range as numbers. */
export interface AddressRange {
  readonly first: number;
  readonly size: number;
  readonly prefix: number;
}

const RESERVED_AT_START = 4;

export class AddressPool {
  readonly #taken = new Set<number>();
  readonly #next = new Map<string, number>();

  /** Takes an address, the longest unused one first, but none of those `held`; undefined when the subnet is full. */
  take(cidrBlock: string, held: readonly string[]): string | undefined {
    const notForTasks = new Set(held.map(parseAddress));
    const { first, size } = parseRange(cidrBlock);
    const usable = size - RESERVED_AT_START - 1;
    let offset = this.#next.get(cidrBlock) ?? 0;
    for (let tried = 0; tried < usable; tried++, offset++) {
      const address = first + RESERVED_AT_START + (offset % usable);
      if (this.#taken.has(address) || notForTasks.has(address)) continue;
      this.#taken.add(address);
      this.#next.set(cidrBlock, (offset % usable) + 1);
      return formatAddress(address);
    }
    return undefined;
  }

  give(address: string): void {
    this.#taken.delete(parseAddress(address));
  }

  /** Whether a task has the address. */
  has(address: string): boolean {
    return this.#taken.has(parseAddress(address));
  }
}

/** Parses `10.0.1.0/24`. Throws a `RangeError` on anything else. */
export function parseRange(cidrBlock: string): AddressRange {
  const match = /^(\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})$/.exec(cidrBlock);
  const prefix = Number(match?.[2]);
  if (match?.[1] === undefined || prefix > 32) throw new RangeError(`not an IPv4 range: ${cidrBlock}`);
  const size = 2 ** (32 - prefix);
  const address = parseAddress(match[1]);
  return { first: address - (address % size), size, prefix };
}

/** The address of a subnet's router: its first usable one. */
export function routerAddress(cidrBlock: string): string {
  return formatAddress(parseRange(cidrBlock).first + 1);
}

function parseAddress(text: string): number {
  return text.split(".").reduce((sum, part) => {
    if (Number(part) > 255) throw new RangeError(`not an IPv4 address: ${text}`);
    return sum * 256 + Number(part);
  }, 0);
}

function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}
