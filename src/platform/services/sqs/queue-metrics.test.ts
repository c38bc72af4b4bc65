import { expect, it } from "vitest";
import { RandomIds } from "../../../kit/ids.ts";
import { VirtualClock } from "../../../kit/virtual-clock.ts";
import { strictGateway } from "../../gateway/strict-gateway.testing.ts";
import { LibsqlStore } from "../../persistence/libsql-store.ts";
import { sqsProvider } from "./provider.ts";
import { QueueMetrics } from "./queue-metrics.ts";

it("an active queue is measured once an engine minute; one that lies idle and empty for six hours no more", async () => {
  const store = new LibsqlStore(":memory:");
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const ids = new RandomIds();
  const gateway = strictGateway(ids);
  gateway.mount("sqs", sqsProvider({ store, clock, ids, endpoint: () => "http://127.0.0.1:4566" }));
  const recorded: [name: string, value: number, timestamp: number][] = [];
  const metrics = new QueueMetrics({
    store,
    clock,
    speed: 10,
    sink: {
      record: (region, namespace, name, dimensions, value, timestamp) => {
        expect([region, namespace, dimensions]).toEqual(["eu-west-1", "AWS/SQS", { QueueName: "jobs" }]);
        recorded.push([name, value, timestamp - Date.UTC(2026, 0, 1)]);
      },
    },
  });
  const minute = (): Record<string, number> => {
    recorded.length = 0;
    clock.advanceBy(6_000);
    return Object.fromEntries(recorded);
  };
  const region = { region: "eu-west-1" };

  expect(minute()).toEqual({});
  const { QueueUrl } = await gateway.call("sqs", "CreateQueue", { QueueName: "jobs" }, region);
  for (const MessageBody of ["a", "b", "c"]) await gateway.call("sqs", "SendMessage", { QueueUrl, MessageBody }, region);
  await gateway.call("sqs", "SendMessage", { QueueUrl, MessageBody: "later", DelaySeconds: 900 }, region);
  await gateway.call("sqs", "ReceiveMessage", { QueueUrl }, region);
  expect(minute()).toEqual({
    ApproximateNumberOfMessagesVisible: 2,
    ApproximateNumberOfMessagesNotVisible: 1,
    ApproximateNumberOfMessagesDelayed: 1,
    ApproximateAgeOfOldestMessage: 6,
  });
  // Of the minute that has just ended.
  expect(new Set(recorded.map(([, , timestamp]) => timestamp))).toEqual(new Set([6_000]));

  await gateway.call("sqs", "PurgeQueue", { QueueUrl }, region);
  expect(minute()).toMatchObject({ ApproximateNumberOfMessagesVisible: 0, ApproximateAgeOfOldestMessage: 0 });
  clock.advanceBy((6 * 3_600_000) / 10);
  expect(minute()).toEqual({});
  metrics.close();
  store.close();
});
