import { once } from "node:events";
import { request } from "node:http";
import type { Socket } from "node:net";
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { SystemClock } from "../../../kit/clock.ts";
import { RandomIds } from "../../../kit/ids.ts";
import { createGateway, type Gateway } from "../../gateway/gateway.ts";
import type { Listening } from "../../gateway/listen.ts";
import { LibsqlStore } from "../../persistence/libsql-store.ts";
import { sqsProvider } from "./provider.ts";

const store = new LibsqlStore(":memory:");
const ids = new RandomIds();
const defects: unknown[] = [];
let gateway: Gateway;
let listening: Listening;
let client: SQSClient;
let arrived: (connection: Socket) => void = () => {};

beforeAll(async () => {
  gateway = createGateway({ account: "000000000000", ids, report: (defect) => defects.push(defect) });
  gateway.mount("sqs", sqsProvider({ store, clock: new SystemClock(), ids, endpoint: () => listening.endpoint }));
  gateway.route(({ socket }) => {
    arrived(socket);
    return false;
  });
  listening = await gateway.listen(0);
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  client = new SQSClient({ endpoint: listening.endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
});
afterAll(async () => {
  client.destroy();
  await listening.close();
  store.close();
  expect(defects).toEqual([]);
});

const queue = async (QueueName: string) =>
  (await gateway.call("sqs", "CreateQueue", { QueueName }, { region: "us-east-1" })).QueueUrl ?? "";

/** As clients of the query protocol do that know nothing but a queue's address (kombu's GET for one). */
function ask(url: string, parameters: Record<string, string>): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const query = new URLSearchParams({ ...parameters, Version: "2012-11-05" });
    const asked = request(`${url}?${query}`, { agent: false }, async (response) => {
      let body = "";
      for await (const chunk of response) body += chunk;
      resolve({ status: response.statusCode ?? 0, body });
    });
    asked.on("error", reject);
    asked.end();
  });
}

it("a queue is asked at its own address, by query", async () => {
  const url = await queue("by-address");
  await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: "<a> & b" }));
  const { status, body } = await ask(url, { Action: "ReceiveMessage", "AttributeName.1": "ApproximateReceiveCount" });
  expect(status).toBe(200);
  expect(body).toContain("<Body>&lt;a&gt; &amp; b</Body>");
  expect(body).toContain("<Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute>");
  const ReceiptHandle = /<ReceiptHandle>([^<]+)</.exec(body)?.[1] ?? "";
  expect(await ask(url, { Action: "DeleteMessage", ReceiptHandle })).toMatchObject({ status: 200 });
  const gone = await ask(url.replace("by-address", "nowhere"), { Action: "ReceiveMessage" });
  expect(gone).toMatchObject({ status: 400, body: expect.stringContaining("<Code>AWS.SimpleQueueService.NonExistentQueue</Code>") });
});

it("a message does not go to a receiver that hung up while it waited", async () => {
  const url = await queue("hung-up");
  const query = new URLSearchParams({ Action: "ReceiveMessage", WaitTimeSeconds: "20", Version: "2012-11-05" });
  const waiting = request(`${url}?${query}`, { agent: false });
  waiting.on("error", () => {});
  // The listener's own end of the connection: there once the request is, and closed once the listener knows.
  const connection = new Promise<Socket>((resolve) => {
    arrived = resolve;
  });
  waiting.end();
  const closed = once(await connection, "close");
  waiting.destroy();
  await closed;
  await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: "for who is there" }));
  const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl: url }));
  expect(Messages?.map(({ Body }) => Body)).toEqual(["for who is there"]);
});

it("nothing to receive is no list", async () => {
  const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl: await queue("empty") }));
  expect(Messages).toBeUndefined();
});
