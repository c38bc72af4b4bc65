import { describe, expect, it } from "vitest";
import { targetInput } from "./target-input.ts";

const event = {
  version: "0",
  id: "e-1",
  "detail-type": "ECS Task State Change",
  source: "aws.ecs",
  detail: { lastStatus: "STOPPED", containers: [{ name: 'the "etl"', exitCode: 1 }], "stop-code": "X" },
};
const rule = { ruleArn: "arn:aws:events:eu-west-1:000000000000:rule/r", ruleName: "r", ingestionTime: "2026-01-01T00:00:00Z" };
const made = (InputTemplate: string, InputPathsMap: Record<string, string> = {}): string =>
  targetInput({ InputTransformer: { InputPathsMap, InputTemplate } }, event, rule);

describe("a target receives", () => {
  it("the whole event unless its rule says otherwise", () => expect(JSON.parse(targetInput({}, event, rule))).toEqual(event));
  it("a constant", () => expect(targetInput({ Input: '{"a":1}' }, event, rule)).toBe('{"a":1}'));
  it("a part of it", () => expect(targetInput({ InputPath: "$.detail.containers[0].exitCode" }, event, rule)).toBe("1"));
  it("a part whose key is quoted", () => expect(targetInput({ InputPath: "$.detail['stop-code']" }, event, rule)).toBe('"X"'));
});

describe("an input transformer", () => {
  it("puts values as JSON where there are no quotation marks", () => {
    expect(JSON.parse(made('{"code": <code>, "who": <who>}', { code: "$.detail.containers[0].exitCode", who: "$.source" }))).toEqual({
      code: 1,
      who: "aws.ecs",
    });
  });
  it("puts texts into texts, escaped", () => {
    expect(made('"<name> stopped with <code>"', { name: "$.detail.containers[0].name", code: "$.detail.containers[0].exitCode" })).toBe(
      '"the \\"etl\\" stopped with 1"',
    );
  });
  it("knows the rule and the event", () => {
    expect(
      JSON.parse(made('{"rule": <aws.events.rule-name>, "at": "<aws.events.event.ingestion-time>", "e": <aws.events.event.json>}')),
    ).toEqual({
      rule: "r",
      at: rule.ingestionTime,
      e: event,
    });
    expect(JSON.parse(made("<aws.events.event>"))).not.toHaveProperty("detail");
  });
  it("leaves a name alone that is not defined, and empties one whose path leads nowhere", () => {
    expect(made('"<unknown> <gone>"', { gone: "$.detail.gone" })).toBe('"<unknown> "');
  });
});
