import { describe, expect, it } from "vitest";
import { protectionOf, refuseProtected } from "./protection.ts";

const stack = (terminationProtection: boolean) => ({ name: "fsd-prod", terminationProtection });
const document = (protect: boolean) => ({ name: "prod", protect });

describe("an environment", () => {
  it.each([
    ["whose document says so, is protected and its stacks get protected", true, undefined, false, [true, true, false]],
    ["whose document says so and whose stack is not yet, is, too", true, false, false, [true, true, false]],
    ["whose document says so no longer, stays so", false, true, false, [true, true, false]],
    ["whose document says so no longer, is approved of once more when that is withdrawn", false, true, true, [true, false, true]],
    ["of which nothing says so, is not", false, false, false, [false, false, false]],
    ["that does not stand, has nothing to withdraw", false, undefined, true, [false, false, false]],
  ] as const)("%s", (_situation, protect, stands, unprotect, [isProtected, protects, withdraws]) => {
    const given = stands === undefined ? undefined : stack(stands);
    expect(protectionOf(document(protect), given, unprotect)).toMatchObject({ isProtected, protects, withdraws });
  });

  it("says that its document no longer protects it, and how to withdraw", () => {
    expect(protectionOf(document(false), stack(true), false).remark).toMatch(/fsd-prod is protected, though .*--unprotect/);
    expect(protectionOf(document(true), stack(true), false).remark).toBeUndefined();
  });

  it("is not unprotected against its document", () => {
    expect(() => protectionOf(document(true), stack(true), true)).toThrow(/its document says protect: true/);
  });
});

it("names what is protected of what would be deleted", () => {
  expect(() => refuseProtected("prod", [stack(true), { name: "fsd-prod-items", terminationProtection: false }])).toThrow(
    "prod is protected: termination protection is on for fsd-prod",
  );
  expect(() => refuseProtected("prod", [stack(false)])).not.toThrow();
});
