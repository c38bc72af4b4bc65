/**
 * The subnets of a network. The first quarter is for public subnets, a sixteenth of the network each; each zone's
 * private subnet is a quarter. Ranges never move when a zone is added.
 *
 * Example: 10.0.0.0/16 → public 10.0.0.0/20, 10.0.16.0/20, 10.0.32.0/20; private 10.0.64.0/18, 10.0.128.0/18, 10.0.192.0/18.
 */
export function subnetRanges(cidr: string): { readonly public: readonly string[]; readonly private: readonly string[] } {
  const [address, prefixText] = cidr.split("/") as [string, string];
  const prefix = Number(prefixText);
  const start = address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const size = 2 ** (32 - prefix);
  const zones = [0, 1, 2];
  return {
    public: zones.map((zone) => `${dotted(start + zone * (size / 16))}/${prefix + 4}`),
    private: zones.map((zone) => `${dotted(start + (zone + 1) * (size / 4))}/${prefix + 2}`),
  };
}

function dotted(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}
