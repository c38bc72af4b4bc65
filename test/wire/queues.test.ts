import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { judge } from "../support/judge.ts";
import { describeWith, type Requirement } from "../support/requirement.ts";
import { type SmallGateway, smallGateway } from "../support/small-gateway.ts";

let gateway: SmallGateway;
beforeAll(async () => {
  gateway = await smallGateway();
});
afterAll(async () => {
  await gateway.close();
  expect(gateway.defects).toEqual([]);
});

// SQS spoke query until late in 2023 and JSON since; the boto3 of a distribution may be older than that.
const interpreters: readonly [python: string, needs: Requirement][] = [
  ["python3", "boto3"],
  ["/usr/bin/python3", "fastapi"],
];

for (const [python, needs] of interpreters) {
  describeWith(needs, `the boto3 of ${python} with queues`, () => {
    it("sends, receives, waits, and gets every error by the code it always had", async () => {
      const verdict = await judge(python, [join(import.meta.dirname, "..", "judges", "boto3-queues.py"), gateway.endpoint]);
      expect(verdict).toExitWith(0);
      expect(JSON.parse(verdict.stdout)).toEqual({
        url: "/000000000000/jobs",
        again: true,
        listed: [true],
        tags: { team: "x" },
        digests: ["e62ea6f225b5de917f6cf166e2397492", "39259f9e1b50ebbd86154ed26b677162"],
        received: [1, "<body> & ☃\n", { text: ["String", "a <&> ☃ b"], count: ["Number.int", "3"], bytes: ["Binary", [0, 255]] }],
        same: [true, true],
        system: ["ApproximateFirstReceiveTimestamp", "ApproximateReceiveCount", "SenderId", "SentTimestamp"],
        count: "1",
        empty: null,
        twice: { ApproximateReceiveCount: "2" },
        counts: {
          ApproximateNumberOfMessages: "0",
          ApproximateNumberOfMessagesDelayed: "0",
          ApproximateNumberOfMessagesNotVisible: "0",
        },
        batch: [["1", "2"], [["0", "InvalidMessageContents", true]]],
        hidden: 2,
        deleted: 2,
        waited: ["late", true],
        fifo: [["1", "2", "3"], true],
        failures: {
          missing: ["AWS.SimpleQueueService.NonExistentQueue", 400],
          "no such name": ["AWS.SimpleQueueService.NonExistentQueue", 400],
          "other attributes": ["QueueAlreadyExists", 400],
          "unknown attribute": ["InvalidAttributeName", 400],
          "bad value": ["InvalidAttributeValue", 400],
          "no body": ["MissingParameter", 400],
          receipt: ["ReceiptHandleIsInvalid", 404],
          "too many": ["InvalidParameterValue", 400],
          "same ids": ["AWS.SimpleQueueService.BatchEntryIdsNotDistinct", 400],
        },
        left: null,
      });
    });
  });
}
