import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { judge } from "../support/judge.ts";
import { describeWith } from "../support/requirement.ts";
import { type SmallGateway, smallGateway } from "../support/small-gateway.ts";

let gateway: SmallGateway;
beforeAll(async () => {
  gateway = await smallGateway();
});
afterAll(async () => {
  await gateway.close();
  expect(gateway.defects).toEqual([]);
});

describeWith("boto3", "boto3 with events, topics and keys", () => {
  it("reads every answer, and gets every error as the class and code it knows", async () => {
    const verdict = await judge("python3", [join(import.meta.dirname, "..", "judges", "boto3-notifications.py"), gateway.endpoint]);
    expect(verdict).toExitWith(0);
    expect(JSON.parse(verdict.stdout)).toEqual({
      topics: [true],
      subscriptions: [true],
      attributes: { KmsMasterKeyId: "alias/topics", SubscriptionsConfirmed: "1" },
      tags: [{ Key: "team", Value: "x" }],
      published: ["<a> & b ☃", "x"],
      batch: [["a"], [["b", "InvalidParameter"]]],
      batched: "one",
      put: [0, 2],
      transformed: { n: 6 },
      rules: [true],
      targets: ["topic"],
      decrypted: "a secret",
      "data key": 32,
      keys: [true],
      deletion: "PendingDeletion",
      failures: {
        "no topic": ["NotFoundException", "NotFound", 404],
        "bad topic": ["InvalidParameterException", "InvalidParameter", 400],
        elsewhere: ["InvalidParameterException", "InvalidParameter", 400],
        "no rule": ["ResourceNotFoundException", "ResourceNotFoundException", 400],
        "bad pattern": ["InvalidEventPatternException", "InvalidEventPatternException", 400],
        "no schedule": ["ClientError", "ValidationException", 400],
        "targets left": ["ClientError", "ValidationException", 400],
        "no key": ["NotFoundException", "NotFoundException", 400],
        "other context": ["InvalidCiphertextException", "InvalidCiphertextException", 400],
        "pending deletion": ["KMSInvalidStateException", "KMSInvalidStateException", 400],
      },
    });
  });
});

describeWith("aws", "the AWS CLI with events, topics and keys", () => {
  const credentials = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret" };
  const aws = (...args: string[]) =>
    judge("aws", [...args, "--endpoint-url", gateway.endpoint, "--region", "us-east-1", "--output", "json"], credentials);
  const answer = async (...args: string[]): Promise<unknown> => {
    const { status, stdout, stderr } = await aws(...args);
    expect(status, stderr).toBe(0);
    return stdout === "" ? undefined : JSON.parse(stdout);
  };

  it("makes topics, rules and keys, and reads them back", async () => {
    const topic = "arn:aws:sns:us-east-1:000000000000:cli";
    expect(await answer("sns", "create-topic", "--name", "cli")).toEqual({ TopicArn: topic });
    expect(await answer("sns", "publish", "--topic-arn", topic, "--message", "hello")).toEqual({ MessageId: expect.any(String) });
    expect(await answer("sns", "list-topics")).toEqual({ Topics: [{ TopicArn: topic }] });
    const rule = "arn:aws:events:us-east-1:000000000000:rule/hourly";
    expect(await answer("events", "put-rule", "--name", "hourly", "--schedule-expression", "rate(1 hour)")).toEqual({ RuleArn: rule });
    expect(await answer("events", "put-targets", "--rule", "hourly", "--targets", `Id=1,Arn=${topic}`)).toMatchObject({
      FailedEntryCount: 0,
    });
    expect(await answer("events", "list-rules")).toMatchObject({
      Rules: [{ Name: "hourly", State: "ENABLED", ScheduleExpression: "rate(1 hour)" }],
    });
    expect(await answer("kms", "create-key", "--description", "cli")).toMatchObject({
      KeyMetadata: { Enabled: true, KeyState: "Enabled" },
    });
    expect(await answer("kms", "list-keys")).toMatchObject({ Keys: [{ KeyArn: expect.stringMatching(/^arn:aws:kms:us-east-1:/) }] });
  });

  it("is told by code what is refused", async () => {
    expect((await aws("events", "describe-rule", "--name", "none")).stderr).toContain("(ResourceNotFoundException)");
    expect((await aws("sns", "get-topic-attributes", "--topic-arn", "arn:aws:sns:us-east-1:000000000000:none")).stderr).toContain(
      "(NotFound)",
    );
    expect((await aws("kms", "describe-key", "--key-id", "alias/none")).stderr).toContain("(NotFoundException)");
    expect((await aws("sns", "create-platform-application", "--name", "x", "--platform", "APNS", "--attributes", "a=b")).stderr).toContain(
      "CreatePlatformApplication",
    );
  });
});
