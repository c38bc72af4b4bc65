import { describe, expect, it } from "vitest";
import { load, minimal } from "../loaded.testing.ts";

const told = (dependency: string, environment = "dev"): string[] =>
  load(`${minimal}dependencies:\n  - ${dependency}\n`, { environment }).diagnostics.map(({ code, message }) => `${code} ${message}`);

describe("the name of what a stack creates", () => {
  it.each([
    ["aws_sqs_queue", "new jobs", 'FSD1106 "new jobs" is not a queue\'s name'],
    ["aws_sns_topic", "events!", 'FSD1106 "events!" is not a topic\'s name'],
    ["aws_dynamodb_table", "a/b/c", 'FSD1106 "a/b/c" is not a table\'s name'],
    ["aws_s3_bucket", "Files", 'FSD1106 "Files" is not a bucket\'s name'],
    ["aws_sqs_queue", "q".repeat(81), `FSD1901 the name ${"q".repeat(60)} has 81 characters, at most 80 are allowed`],
  ])("must be one that AWS takes: %s %s", (type, name, message) => {
    expect(told(`{type: ${type}, name: "${name}", managed: true}`)).toEqual([message]);
  });

  it.each(["aws_sqs_queue", "aws_sns_topic"])("may end in .fifo, of %s", (type) => {
    expect(told(`{type: ${type}, name: "\${ENV}-jobs.fifo", managed: true}`)).toEqual([]);
  });
});

describe("a topic on local", () => {
  it("is there, whoever makes it, because the platform has SNS", () => {
    expect(told("{type: aws_sns_topic, name: events, access: write}", "local")).toEqual([]);
  });
});
