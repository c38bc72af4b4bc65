import { describe, expect, it } from "vitest";
import { policyAllows } from "./resource-policy.ts";

const queue = "arn:aws:sqs:eu-west-1:000000000000:jobs";
const access = {
  service: "events.amazonaws.com",
  action: "sqs:SendMessage",
  resource: queue,
  context: { "aws:SourceArn": "arn:aws:events:eu-west-1:000000000000:rule/failed", "aws:SecureTransport": "true" },
};
const allow = { Effect: "Allow", Principal: { Service: "events.amazonaws.com" }, Action: "sqs:SendMessage", Resource: queue };
const allows = (...Statement: object[]): boolean => policyAllows(JSON.stringify({ Version: "2012-10-17", Statement }), access);

describe("a service is let in", () => {
  it.each<[string, object]>([
    ["by its name", allow],
    ["among others", { ...allow, Principal: { Service: ["sns.amazonaws.com", "events.amazonaws.com"] } }],
    ["as everybody", { ...allow, Principal: "*" }],
    ["for every action", { ...allow, Action: "SQS:*" }],
    ["for every resource", { ...allow, Resource: "*" }],
    ["for its rule", { ...allow, Condition: { ArnEquals: { "aws:SourceArn": access.context["aws:SourceArn"] } } }],
    ["for rules of a name", { ...allow, Condition: { ArnLike: { "AWS:SourceArn": "arn:aws:events:*:*:rule/fail*" } } }],
    ["when a key is absent that must not be there", { ...allow, Condition: { Null: { "aws:PrincipalOrgID": "true" } } }],
    ["when a key is absent that need not be there", { ...allow, Condition: { StringEqualsIfExists: { "aws:PrincipalOrgID": "o" } } }],
  ])("%s", (_how, statement) => expect(allows(statement)).toBe(true));
});

describe("a service is kept out", () => {
  it.each<[string, object[]]>([
    ["when nothing names it", []],
    ["when another is named", [{ ...allow, Principal: { Service: "sns.amazonaws.com" } }]],
    ["from another action", [{ ...allow, Action: "sqs:ReceiveMessage" }]],
    ["from another queue", [{ ...allow, Resource: `${queue}-dead` }]],
    ["for another rule", [{ ...allow, Condition: { ArnEquals: { "aws:SourceArn": "arn:aws:events:eu-west-1:000000000000:rule/other" } } }]],
    ["by a condition on what it does not have", [{ ...allow, Condition: { StringEquals: { "aws:PrincipalOrgID": "o" } } }]],
    ["by an operator that is not known", [{ ...allow, Condition: { Magic: { "aws:SourceArn": "*" } } }]],
    ["by a denial", [allow, { ...allow, Effect: "Deny" }]],
  ])("%s", (_how, statements) => expect(allows(...statements)).toBe(false));

  it("by no policy, and by one that is none", () => {
    expect(policyAllows(undefined, access)).toBe(false);
    expect(policyAllows("no JSON", access)).toBe(false);
  });
});

it("a denial of plain HTTP does not meet a service", () => {
  expect(
    allows(allow, {
      Effect: "Deny",
      Principal: "*",
      Action: "sqs:*",
      Resource: queue,
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    }),
  ).toBe(true);
});
