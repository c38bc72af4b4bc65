import { describe, expect, it } from "vitest";
import { parseEventPattern } from "./event-pattern.ts";

const stopped = {
  version: "0",
  "detail-type": "ECS Task State Change",
  source: "aws.ecs",
  resources: ["arn:aws:ecs:eu-west-1:000000000000:task/c/1"],
  detail: {
    lastStatus: "STOPPED",
    stopCode: "EssentialContainerExited",
    group: "family:etl",
    version: 4,
    isEssential: true,
    stoppedAt: null,
    "dotted.key": "x",
    address: "10.0.4.7",
    containers: [
      { name: "etl", exitCode: 1 },
      { name: "agent", exitCode: 0 },
    ],
    labels: ["red", "blue"],
    nothing: [],
  },
};

const matches = (pattern: object): boolean => parseEventPattern(JSON.stringify(pattern)).matches(stopped);
const inDetail = (detail: object): boolean => matches({ detail });

describe("a pattern matches when every field it names has one of its values", () => {
  it.each([
    [{ source: ["aws.ecs"] }, true],
    [{ source: ["aws.ec2", "aws.ecs"] }, true],
    [{ source: ["aws.ec2"] }, false],
    [{ source: ["aws.ecs"], detail: { lastStatus: ["STOPPED"] } }, true],
    [{ source: ["aws.ecs"], detail: { lastStatus: ["RUNNING"] } }, false],
    [{ account: ["000000000000"] }, false],
    [{ detail: { version: [4] } }, true],
    [{ detail: { version: ["4"] } }, false],
    [{ detail: { isEssential: [true] } }, true],
    [{ detail: { stoppedAt: [null] } }, true],
    [{ detail: { "dotted.key": ["x"] } }, true],
    [{ detail: { dotted: { key: ["x"] } } }, false],
  ])("%j → %s", (pattern, expected) => expect(matches(pattern)).toBe(expected));
});

describe("the comparison operators", () => {
  it.each([
    [{ stopCode: [{ prefix: "Essential" }] }, true],
    [{ stopCode: [{ prefix: "essential" }] }, false],
    [{ stopCode: [{ prefix: { "equals-ignore-case": "essential" } }] }, true],
    [{ stopCode: [{ suffix: "Exited" }] }, true],
    [{ stopCode: [{ suffix: { "equals-ignore-case": "EXITED" } }] }, true],
    [{ stopCode: [{ "equals-ignore-case": "essentialcontainerexited" }] }, true],
    [{ stopCode: [{ "equals-ignore-case": "essential" }] }, false],
    [{ stopCode: [{ "anything-but": "UserInitiated" }] }, true],
    [{ stopCode: [{ "anything-but": ["UserInitiated", "EssentialContainerExited"] }] }, false],
    [{ stopCode: [{ "anything-but": { prefix: "Essential" } }] }, false],
    [{ stopCode: [{ "anything-but": { prefix: ["Task", "User"] } }] }, true],
    [{ stopCode: [{ "anything-but": { suffix: "Exited" } }] }, false],
    [{ stopCode: [{ "anything-but": { "equals-ignore-case": ["ESSENTIALCONTAINEREXITED"] } }] }, false],
    [{ stopCode: [{ "anything-but": { wildcard: "*Container*" } }] }, false],
    [{ version: [{ "anything-but": [1, 2] }] }, true],
    [{ version: [{ "anything-but": 4 }] }, false],
    [{ missing: [{ "anything-but": "x" }] }, false],
    [{ version: [{ numeric: ["=", 4] }] }, true],
    [{ version: [{ numeric: [">", 0, "<=", 4] }] }, true],
    [{ version: [{ numeric: ["<", 4] }] }, false],
    [{ stopCode: [{ numeric: ["<", 4] }] }, false],
    [{ stopCode: [{ exists: true }] }, true],
    [{ missing: [{ exists: true }] }, false],
    [{ missing: [{ exists: false }] }, true],
    [{ stopCode: [{ exists: false }] }, false],
    [{ nothing: [{ exists: false }] }, true],
    [{ missing: ["x", { exists: false }] }, true],
    [{ address: [{ cidr: "10.0.0.0/16" }] }, true],
    [{ address: [{ cidr: "10.1.0.0/16" }] }, false],
    [{ stopCode: [{ wildcard: "Essential*Exited" }] }, true],
    [{ stopCode: [{ wildcard: "*Container*" }] }, true],
    [{ stopCode: [{ wildcard: "*Container" }] }, false],
    [{ stopCode: [{ wildcard: "Essential\\*" }] }, false],
  ])("%j → %s", (detail, expected) => expect(inDetail(detail)).toBe(expected));

  it.each([
    ["2001:db8::/32", "2001:db8:1::7", true],
    ["2001:db8::/32", "2001:db9::7", false],
    ["::/0", "10.0.0.1", false],
    ["0.0.0.0/0", "10.0.0.1", true],
    ["10.0.0.8/29", "10.0.0.16", false],
    ["10.0.0.8/29", "no address", false],
  ])("cidr %s takes %s: %s", (cidr, address, expected) => {
    expect(parseEventPattern(JSON.stringify({ address: [{ cidr }] })).matches({ address })).toBe(expected);
  });

  it("wildcards stand for themselves when escaped", () => {
    const pattern = parseEventPattern(JSON.stringify({ name: [{ wildcard: "a\\*b\\\\*" }] }));
    expect(pattern.matches({ name: "a*b\\c" })).toBe(true);
    expect(pattern.matches({ name: "axb\\c" })).toBe(false);
  });

  it("pieces between wildcards may not overlap", () => {
    const pattern = parseEventPattern(JSON.stringify({ name: [{ wildcard: "ab*ba" }] }));
    expect(pattern.matches({ name: "aba" })).toBe(false);
    expect(pattern.matches({ name: "abba" })).toBe(true);
  });
});

describe("lists", () => {
  it.each([
    ["any item of a list of values suffices", { labels: ["blue"] }, true],
    ["none does", { labels: ["green"] }, false],
    ["anything-but asks for one item that is something else", { labels: [{ "anything-but": "red" }] }, true],
    ["what is asked of an item must be true of the same one", { containers: { name: ["etl"], exitCode: [{ "anything-but": 0 }] } }, true],
    ["and not of two different ones", { containers: { name: ["agent"], exitCode: [1] } }, false],
  ])("%s", (_situation, detail, expected) => expect(inDetail(detail)).toBe(expected));
});

describe("$or", () => {
  it.each([
    [{ $or: [{ lastStatus: ["RUNNING"] }, { version: [{ numeric: [">", 3] }] }] }, true],
    [{ $or: [{ lastStatus: ["RUNNING"] }, { version: [{ numeric: [">", 4] }] }] }, false],
    [{ stopCode: ["UserInitiated"], $or: [{ lastStatus: ["STOPPED"] }, { version: [4] }] }, false],
    [{ $or: [{ containers: { name: ["x"] } }, { $or: [{ group: ["y"] }, { group: [{ prefix: "family:" }] }] }] }, true],
  ])("%j → %s", (detail, expected) => expect(inDetail(detail)).toBe(expected));

  it("may hold fields of the first level", () => {
    expect(matches({ $or: [{ source: ["aws.ec2"] }, { detail: { lastStatus: ["STOPPED"] } }] })).toBe(true);
  });
});

describe("a pattern that cannot be meant is refused", () => {
  it.each([
    ["not JSON", "{", "It is not valid JSON"],
    ["a list", "[]", "Filter is not an object"],
    ["nothing", "{}", "Empty objects are not allowed"],
    ["a bare value", '{"source":"aws.ecs"}', '"source" must be an object or an array'],
    ["an empty list", '{"source":[]}', "Empty arrays are not allowed"],
    ["an unknown operator", '{"source":[{"like":"x"}]}', "Unrecognized match type like"],
    ["two operators at once", '{"source":[{"prefix":"x","suffix":"y"}]}', "Only one key allowed in match expression"],
    ["a prefix that is a number", '{"source":[{"prefix":1}]}', "prefix match pattern must be a string"],
    ["half a range", '{"version":[{"numeric":[">"]}]}', "Too many or too few terms in numeric range expression"],
    ["a range upside down", '{"version":[{"numeric":["<",1,">",0]}]}', /^Bad numeric range operator/],
    ["two stars in a row", '{"source":[{"wildcard":"a**"}]}', "Consecutive wildcard characters at pos 1"],
    ["a block without a length", '{"source":[{"cidr":"10.0.0.0"}]}', "Malformed CIDR, one '/' required"],
    ["exists with a text", '{"source":[{"exists":"yes"}]}', "exists match pattern must be either true or false"],
    ["a list in a list", '{"source":[["x"]]}', "Match value must be String, number, true, false, or null"],
  ])("%s", (_situation, pattern, reason) => expect(() => parseEventPattern(pattern)).toThrow(reason));

  it("an $or of too many combinations", () => {
    const ten = (field: string) => Array.from({ length: 11 }, (_, value) => ({ [field]: [value] }));
    const pattern = { a: { $or: ten("x") }, b: { $or: ten("x") }, c: { $or: ten("x") } };
    expect(() => parseEventPattern(JSON.stringify(pattern))).toThrow("$or makes more than 1000 combinations");
  });
});
