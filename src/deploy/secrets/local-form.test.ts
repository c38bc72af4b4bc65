import { describe, expect, it } from "vitest";
import { taskOf } from "../../manifest/deployable.ts";
import type { ResolvedService } from "../../manifest/resolved.ts";
import { secretOf } from "../../manifest/secrets.ts";
import { holds, lineNameOf, mergedContent, placeOf, withLocalSecrets } from "./local-form.ts";
import { parseSecrets } from "./secrets-file.ts";

function locally(valueFrom: string) {
  const secret = secretOf("X", valueFrom);
  const service = { service: { secrets: [secret] } } as unknown as ResolvedService;
  const [local] = taskOf(withLocalSecrets(service)).service.secrets;
  return local === undefined ? undefined : placeOf(local);
}

describe("where a secret lies on local", () => {
  it.each([
    ["arn:aws:secretsmanager:us-east-1:123456789012:secret:openai-api-key-abc123", "openai-api-key", "", "AWSCURRENT"],
    ["arn:aws:secretsmanager:eu-west-1:123456789012:secret:db/main-AbCdEf:password::", "db/main", "password", "AWSCURRENT"],
    ["arn:aws:secretsmanager:us-east-1:123456789012:secret:db:password:NEXT:11111111", "db", "password", "NEXT"],
    ["secretsmanager:category/db", "category/db", "", "AWSCURRENT"],
    ["secretsmanager:category/db:password", "category/db", "password", "AWSCURRENT"],
    ["secretsmanager:category/db::AWSPENDING", "category/db", "", "AWSPENDING"],
  ])("%s", (valueFrom, secret, jsonKey, stage) => {
    expect(locally(valueFrom)).toEqual({ kind: "secret", secret, jsonKey, stage });
  });

  it.each([
    ["ssm:/category/flag", "/category/flag"],
    ["ssm:flag", "flag"],
    ["ssm:/flag", "flag"],
    ["arn:aws:ssm:us-east-1:123456789012:parameter/category/flag", "/category/flag"],
    ["arn:aws:ssm:us-east-1:123456789012:parameter/flag", "flag"],
  ])("%s", (valueFrom, parameter) => {
    expect(locally(valueFrom)).toEqual({ kind: "parameter", parameter });
  });

  it("a secret without a variable of its own goes by its name", () => {
    expect([lineNameOf("db/main"), lineNameOf("2fa-key")]).toEqual(["DB_MAIN", "_2FA_KEY"]);
  });
});

describe("what a secret holds", () => {
  const keys = (...entries: [string, string][]) => new Map(entries);

  it("keys are added to those that are there, whatever else it holds", () => {
    expect(mergedContent('{"user":"u","n":1}', { whole: undefined, keys: keys(["password", "p"]) })).toBe(
      '{"user":"u","n":1,"password":"p"}',
    );
    expect(mergedContent(undefined, { whole: undefined, keys: keys(["password", "p"]) })).toBe('{"password":"p"}');
    expect(mergedContent('{"a":"b"}', { whole: '{"c":"d"}', keys: keys(["e", "f"]) })).toBe('{"c":"d","e":"f"}');
  });

  it("what is there already is left as it is written", () => {
    expect(mergedContent('{ "password": "p" }', { whole: undefined, keys: keys(["password", "p"]) })).toBe('{ "password": "p" }');
    expect(mergedContent("kept", { whole: undefined, keys: keys() })).toBe("kept");
  });

  it("a whole value that is no object takes no keys", () => {
    expect(mergedContent(undefined, { whole: "plain", keys: keys(["a", "b"]) })).toBeUndefined();
  });

  it("a key counts only when it is in it", () => {
    expect([holds('{"a":"b"}', "a"), holds('{"a":"b"}', "c"), holds("plain", "a"), holds("plain", ""), holds(undefined, "")]).toEqual([
      true,
      false,
      false,
      true,
      false,
    ]);
  });
});

describe("the file of secrets", () => {
  it("takes values as they are, in quotes or not", () => {
    const text = '\ufeff# mine\n\nA=one=two # not a comment\r\nexport B=\'$x \\n\'\nC="two\\nlines \\"quoted\\""\nEMPTY=\n';
    expect(Object.fromEntries(parseSecrets(text, "f"))).toEqual({ A: "one=two # not a comment", B: "$x \\n", C: 'two\nlines "quoted"' });
  });

  it("names a line that it does not understand, and not what stands in it", () => {
    expect(() => parseSecrets("A=1\nhunter2\n", ".fsd/secrets.local.env")).toThrow(/secrets\.local\.env:2 is no line/);
    expect(() => parseSecrets("A=1\nhunter2\n", "f")).not.toThrow(/hunter2/);
  });
});
