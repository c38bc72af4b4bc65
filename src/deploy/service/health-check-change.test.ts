import { describe, expect, it } from "vitest";
import type { Template } from "../../synth/template.ts";
import { changedHealthChecks, groupsIn, judgeTargets, TargetsSinceChange } from "./health-check-change.ts";

const template = { AWSTemplateFormatVersion: "2010-09-09", Description: "" } as const;
const group = (properties: Readonly<Record<string, unknown>>): Template => ({
  ...template,
  Resources: { TargetGroup: { Type: "AWS::ElasticLoadBalancingV2::TargetGroup", Properties: { Port: 8000, ...properties } as never } },
});
const usual = {
  HealthCheckPath: "/health",
  HealthCheckIntervalSeconds: 30,
  HealthCheckTimeoutSeconds: 5,
  UnhealthyThresholdCount: 3,
  Matcher: { HttpCode: "200" },
};

describe("a health check has changed", () => {
  it.each([
    ["its path", { ...usual, HealthCheckPath: "/ready" }, 90],
    ["what counts as an answer", { ...usual, Matcher: { HttpCode: "204" } }, 90],
    ["its interval", { ...usual, HealthCheckIntervalSeconds: 10 }, 30],
    ["its patience", { ...usual, UnhealthyThresholdCount: 2 }, 60],
  ])("when %s is another", (_, properties, seconds) =>
    expect(changedHealthChecks(group(usual), group(properties))).toEqual(
      new Map([["TargetGroup", { probingSeconds: seconds, timeoutSeconds: 5 }]]),
    ),
  );

  it.each([
    ["nothing is", group(usual), group(usual)],
    ["the order of what is written is another", group(usual), group(Object.fromEntries(Object.entries(usual).reverse()))],
    ["tags and the delay are others", group(usual), group({ ...usual, Tags: [], TargetGroupAttributes: [] })],
    ["the group is new", { ...template, Resources: {} }, group(usual)],
    ["the group goes", group(usual), { ...template, Resources: {} }],
  ])("not when %s", (_, before, after) => expect(changedHealthChecks(before, after).size).toBe(0));

  it("and where it is told by the stack's events, once the group is updated", () => {
    const within = { probingSeconds: 90, timeoutSeconds: 5 };
    const event = { LogicalResourceId: "TargetGroup", PhysicalResourceId: "arn:group" };
    const events = [
      { ...event, ResourceStatus: "UPDATE_IN_PROGRESS" },
      { LogicalResourceId: "Service", ResourceStatus: "UPDATE_COMPLETE" },
      { ...event, ResourceStatus: "UPDATE_COMPLETE" },
    ] as never;
    expect(groupsIn(events, new Map([["TargetGroup", within]]), 7)).toEqual([{ arn: "arn:group", changedAtMs: 7, ...within }]);
  });
});

describe("targets under a new health check", () => {
  const seen = { desired: 4, healthy: 4, failed: 0, isJudged: true, isTimeUp: false };
  it.each([
    ["all are healthy and could be judged", {}, "well"],
    ["the service wants none", { desired: 0, healthy: 0 }, "well"],
    ["all are healthy, by the old check perhaps", { isJudged: false }, "open"],
    ["one of four failed and is replaced", { healthy: 3, failed: 1 }, "open"],
    ["one of four failed and was replaced", { failed: 1 }, "well"],
    ["half of them failed", { healthy: 2, failed: 2 }, "failed"],
    ["half of them failed early", { healthy: 2, failed: 2, isJudged: false }, "failed"],
    ["the only one failed", { desired: 1, healthy: 0, failed: 1 }, "failed"],
    ["one never gets well", { healthy: 3, failed: 1, isTimeUp: true }, "failed"],
  ] as const)("when %s", (_, change, verdict) => expect(judgeTargets({ ...seen, ...change })).toBe(verdict));
});

describe("the targets since the change", () => {
  const target = (ip: string, state: string) => ({ ip, port: 8000, state });

  it("do not count as failed where they were unhealthy before it, which is what a mended check finds", () => {
    const judging = new TargetsSinceChange(false);
    judging.look([target("10.0.0.1", "unhealthy"), target("10.0.0.2", "unhealthy")]);
    judging.look([target("10.0.0.1", "healthy"), target("10.0.0.2", "unhealthy")]);
    expect(judging.failed).toBe(0);
  });

  it("count as failed where they were well, or are new, and are unhealthy then: each once, also when it is gone", () => {
    const judging = new TargetsSinceChange(false);
    judging.look([target("10.0.0.1", "healthy"), target("10.0.0.2", "unhealthy")]);
    judging.look([target("10.0.0.1", "unhealthy"), target("10.0.0.3", "initial")]);
    judging.look([target("10.0.0.1", "draining"), target("10.0.0.3", "unhealthy")]);
    judging.look([target("10.0.0.3", "unhealthy")]);
    expect(judging.failed).toBe(2);
  });

  it("count as failed at once where the changed check has had its time before the first look", () => {
    const judging = new TargetsSinceChange(true);
    judging.look([target("10.0.0.1", "unhealthy")]);
    expect(judging.failed).toBe(1);
  });
});
