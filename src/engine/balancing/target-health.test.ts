import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseHealthMatcher } from "./health-matcher.ts";
import { afterProbe, initial, type ProbeOutcome, type TargetHealth, wholeHealth } from "./target-health.ts";

const thresholds = { healthyThreshold: 3, unhealthyThreshold: 2 };
const passed: ProbeOutcome = { type: "passed" };
const refused: ProbeOutcome = { type: "failed" };
const after = (outcomes: ProbeOutcome[], from: TargetHealth = initial) =>
  outcomes.reduce((health, outcome) => afterProbe(health, outcome, thresholds), from);

describe("the health of a target", () => {
  it("is healthy after one success when it is new, also after an early failure", () => {
    expect(after([passed]).state).toBe("healthy");
    expect(after([refused, passed]).state).toBe("healthy");
  });

  it("is unhealthy after as many failures in a row as the threshold says, and says why", () => {
    expect(after([refused])).toMatchObject({ state: "initial", reason: "Elb.InitialHealthChecking" });
    expect(after([refused, refused])).toMatchObject({
      state: "unhealthy",
      reason: "Target.FailedHealthChecks",
      description: "Health checks failed",
    });
    expect(after([passed, refused, passed, refused]).state).toBe("healthy");
    expect(after([passed, refused, { type: "mismatch", code: 502 }])).toMatchObject({
      reason: "Target.ResponseCodeMismatch",
      description: "Health checks failed with these codes: [502]",
    });
    expect(after([refused, refused, { type: "timeout" }])).toMatchObject({ reason: "Target.Timeout", description: "Request timed out" });
  });

  it("comes back after as many successes in a row as the threshold says", () => {
    const unhealthy = after([refused, refused]);
    expect(after([passed, passed], unhealthy).state).toBe("unhealthy");
    expect(after([passed, passed, refused, passed, passed], unhealthy).state).toBe("unhealthy");
    const back = after([passed, passed, passed], unhealthy);
    expect(back.state).toBe("healthy");
    expect(back.reason).toBeUndefined();
  });

  it("never leaves healthy without a full run of failures, nor unhealthy without a full run of successes", () => {
    const outcome = fc.constantFrom(passed, refused, { type: "timeout" } as const, { type: "mismatch", code: 500 } as const);
    fc.assert(
      fc.property(fc.array(outcome), (outcomes) => {
        let health = initial;
        const recent: boolean[] = [];
        for (const next of outcomes) {
          const before = health.state;
          health = afterProbe(health, next, thresholds);
          recent.push(next.type === "passed");
          if (before === "healthy" && health.state !== "healthy") expect(recent.slice(-2)).toEqual([false, false]);
          if (before === "unhealthy" && health.state !== "unhealthy") expect(recent.slice(-3)).toEqual([true, true, true]);
        }
      }),
    );
  });
});

describe("what the nodes of a load balancer find together", () => {
  const healthy = after([passed]);
  const failing = after([passed, refused]);
  const unhealthy = after([refused, refused]);

  it.each([
    ["initial while all are in their first checks", [initial, initial], initial],
    ["healthy as soon as one node finds it so", [initial, healthy], healthy],
    ["healthy while failures are too few", [failing, healthy], failing],
    ["unhealthy where one node finds it so, with that node's reason", [healthy, unhealthy], unhealthy],
    ["unhealthy also while another node still looks for the first time", [initial, unhealthy], unhealthy],
  ] as const)("is %s", (_, views, whole) => {
    expect(wholeHealth(views)).toEqual(whole);
  });
});

describe("the codes of a healthy answer", () => {
  it("are lists and ranges", () => {
    const accepts = parseHealthMatcher("200,202,300-399")!;
    expect([200, 201, 202, 299, 300, 399, 400].map(accepts)).toEqual([true, false, true, false, true, true, false]);
  });

  it("lie within 200–499", () => {
    for (const wrong of ["", "199", "500", "200-500", "300-200", "2xx", "200,,201", "200-201-202"])
      expect(parseHealthMatcher(wrong)).toBeUndefined();
  });
});
