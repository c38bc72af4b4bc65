import { expect, test } from "vitest";
import { aliasAddresses, isAliasAddress } from "./alias-addresses.ts";

test("each name has an address of its own, whatever the number of its ports, beyond the first 255 as well", () => {
  const named = aliasAddresses(["api", "bus", "api", "cart"].map((dnsName) => ({ dnsName })));
  expect([...named]).toEqual([
    ["api", "169.254.172.1"],
    ["bus", "169.254.172.2"],
    ["cart", "169.254.172.3"],
  ]);
  const many = [...aliasAddresses(Array.from({ length: 1_000 }, (_, index) => ({ dnsName: `n${index}` }))).values()];
  expect(new Set(many).size).toBe(1_000);
  expect(many.every(isAliasAddress)).toBe(true);
  expect(many.at(-1)).toBe("169.254.175.232");
  expect(["169.254.170.2", "169.254.169.253", "10.0.172.1", undefined].filter(isAliasAddress)).toEqual([]);
});
