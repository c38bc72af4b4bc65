import { describe, expect, it } from "vitest";
import { resourceTypes } from "../src/platform/services/resource-types.ts";
import { localTypes } from "../src/synth/local-types.ts";

describe("what deploy believes of the local platform", () => {
  it("is exactly what the platform has", () => {
    expect([...localTypes].sort()).toEqual(resourceTypes.map(({ type }) => type).sort());
  });
});
