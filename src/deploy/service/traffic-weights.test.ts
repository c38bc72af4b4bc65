import { describe, expect, it } from "vitest";
import { weightParameters } from "./traffic-weights.ts";

const groups = { production: "arn:blue", alternate: "arn:green" };
const stack = { name: "fsd-prod-items", tags: { "fsd:service": "items", "fsd:environment": "prod" } };

describe("the weights an update hands back", () => {
  it("are those of the rule, whichever group has the traffic", () => {
    const after = [
      { TargetGroupArn: "arn:blue", Weight: 0 },
      { TargetGroupArn: "arn:green", Weight: 100 },
    ];
    expect(weightParameters(after, groups, stack)).toEqual({ TargetGroupWeight: "0", AlternateTargetGroupWeight: "100" });
    expect(weightParameters([{ TargetGroupArn: "arn:blue", Weight: 1 }], groups, stack)).toEqual({
      TargetGroupWeight: "1",
      AlternateTargetGroupWeight: "0",
    });
  });

  it("are the template's when the rule knows neither group", () => {
    expect(weightParameters([{ TargetGroupArn: "arn:other", Weight: 1 }], groups, stack)).toEqual({});
  });

  it("are refused in the middle of a shift", () => {
    const shifting = [
      { TargetGroupArn: "arn:blue", Weight: 95 },
      { TargetGroupArn: "arn:green", Weight: 5 },
    ];
    expect(() => weightParameters(shifting, groups, stack)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/^traffic of fsd-prod-items is being shifted: 95/),
        hint: expect.stringContaining("fsd status items --env prod shows how far it is"),
      }),
    );
  });
});
