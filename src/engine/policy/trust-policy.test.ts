import { describe, expect, it } from "vitest";
import { distrust, mayAssume, taskAssumption } from "./trust-policy.ts";

const ecs = taskAssumption("aws", "eu-west-1", "111122223333");
const allow = { Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" };
const assumes = (...Statement: object[]): boolean => mayAssume(JSON.stringify({ Version: "2012-10-17", Statement }), ecs);
const when = (Condition: object): object => ({ ...allow, Condition });

describe("ECS may assume a task's role", () => {
  it.each<[string, object]>([
    ["that names its tasks", allow],
    ["that names them among others", { ...allow, Principal: { Service: ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"] } }],
    ["that allows every action of STS", { ...allow, Action: "sts:*" }],
    ["for tasks of this account", when({ StringEquals: { "aws:SourceAccount": "111122223333" } })],
    [
      "for tasks of this account and region, as AWS recommends",
      when({
        ArnLike: { "aws:SourceArn": "arn:aws:ecs:eu-west-1:111122223333:*" },
        StringEquals: { "aws:SourceAccount": "111122223333" },
      }),
    ],
    ["for one of several accounts", when({ StringEquals: { "aws:SourceAccount": ["444455556666", "111122223333"] } })],
    ["for every account but another", when({ StringNotEquals: { "aws:SourceAccount": "444455556666" } })],
    ["when a key that a service does not have may be absent", when({ BoolIfExists: { "aws:MultiFactorAuthPresent": "true" } })],
    ["when all values of an absent key have to match", when({ "ForAllValues:StringEquals": { "aws:TagKeys": ["team"] } })],
  ])("%s", (_which, statement) => expect(assumes(statement)).toBe(true));
});

describe("ECS may not assume a role", () => {
  it.each<[string, object[]]>([
    ["that only EC2 is named in", [{ ...allow, Principal: { Service: "ec2.amazonaws.com" } }]],
    ["that names ECS, but not its tasks", [{ ...allow, Principal: { Service: "ecs.amazonaws.com" } }]],
    ["that people may assume", [{ ...allow, Principal: { AWS: "arn:aws:iam::111122223333:root" } }]],
    ["that allows another action", [{ ...allow, Action: "sts:TagSession" }]],
    ["for tasks of another account", [when({ StringEquals: { "aws:SourceAccount": "444455556666" } })]],
    ["for tasks of another region", [when({ ArnLike: { "aws:SourceArn": "arn:aws:ecs:us-east-1:111122223333:*" } })]],
    [
      "for one cluster, which AWS does not support",
      [when({ ArnLike: { "aws:SourceArn": "arn:aws:ecs:eu-west-1:111122223333:cluster/demo" } })],
    ],
    ["with an external id, which ECS does not send", [when({ StringEquals: { "sts:ExternalId": "secret" } })]],
    ["with one of any values of an absent key", [when({ "ForAnyValue:StringEquals": { "aws:TagKeys": ["team"] } })]],
    ["that a second statement denies it", [allow, { ...allow, Effect: "Deny" }]],
    [
      "that denies everybody who is not someone else",
      [allow, { Effect: "Deny", NotPrincipal: { AWS: "arn:aws:iam::111122223333:root" }, Action: "*" }],
    ],
    ["that trusts nobody", []],
  ])("%s", (_which, statements) => expect(assumes(...statements)).toBe(false));

  it("whose policy is no JSON", () => expect(mayAssume("{", ecs)).toBe(false));

  it("for a denial that is for another account only, it may", () => {
    const denial = { ...allow, Effect: "Deny", Condition: { StringNotEquals: { "aws:SourceAccount": "111122223333" } } };
    expect(assumes(allow, denial)).toBe(true);
  });
});

describe("what keeps ECS from a role is", () => {
  const why = (...Statement: object[]) => distrust(JSON.stringify({ Version: "2012-10-17", Statement }), ecs);
  it("that no statement names it", () => expect(why({ ...allow, Principal: { Service: "ec2.amazonaws.com" } })).toBe("principal"));
  it("a condition", () => expect(why(when({ StringEquals: { "aws:SourceAccount": "444455556666" } }))).toBe("condition"));
  it("a denial", () => expect(why(allow, { ...allow, Effect: "Deny" })).toBe("denied"));
  it("a policy that is none", () => expect(distrust("{", ecs)).toBe("principal"));
  it("nothing, where it may assume it", () => expect(why(allow)).toBeUndefined());
});
