import { describe, expect, it } from "vitest";
import { AddressPool } from "./address-pool.ts";

describe("a task's address", () => {
  it("is every one of the subnet in turn, and never one that something else has", () => {
    const addresses = new AddressPool();
    const held = ["10.0.1.254", "10.0.1.253", "10.0.1.4"];
    const taken = Array.from({ length: 251 * 2 }, () => {
      const address = addresses.take("10.0.1.0/24", held);
      addresses.give(address ?? "");
      return address;
    });
    expect(new Set(taken)).toEqual(new Set(Array.from({ length: 248 }, (_, index) => `10.0.1.${index + 5}`)));
  });

  it("is one again that was held when it was passed over", () => {
    const addresses = new AddressPool();
    const take = (held: readonly string[]) => addresses.take("10.0.1.0/28", held);
    const round = Array.from({ length: 10 }, () => take(["10.0.1.14"]));
    expect(round).not.toContain("10.0.1.14");
    expect(take(["10.0.1.14"])).toBeUndefined();
    expect(take([])).toBe("10.0.1.14");
  });

  it("is told from others while the task has it", () => {
    const addresses = new AddressPool();
    addresses.take("10.0.1.0/28", []);
    expect([addresses.has("10.0.1.4"), addresses.has("10.0.1.5")]).toEqual([true, false]);
    addresses.give("10.0.1.4");
    expect(addresses.has("10.0.1.4")).toBe(false);
  });
});
