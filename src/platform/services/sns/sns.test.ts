import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  ConfirmSubscriptionCommand,
  CreateTopicCommand,
  type CreateTopicCommandInput,
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  InvalidParameterException,
  ListSubscriptionsByTopicCommand,
  ListTagsForResourceCommand,
  ListTopicsCommand,
  NotFoundException,
  PublishBatchCommand,
  PublishCommand,
  type PublishCommandInput,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from "@aws-sdk/client-sns";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { account } from "../../gateway/strict-gateway.testing.ts";
import { arnOf, MessagingWorld } from "../messaging-world.testing.ts";

let self: MessagingWorld;
let client: SNSClient;

async function start(): Promise<void> {
  await self.start();
  client = self.clientOf(SNSClient);
}

beforeEach(async () => {
  self = new MessagingWorld();
  await start();
});
afterEach(() => self.end());

async function topic(Name: string, more: Partial<CreateTopicCommandInput> = {}): Promise<string> {
  return (await client.send(new CreateTopicCommand({ Name, ...more }))).TopicArn ?? "";
}

async function subscribe(TopicArn: string, Endpoint: string, Attributes: Record<string, string> = {}, Protocol = "sqs"): Promise<string> {
  return (await client.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint, Attributes }))).SubscriptionArn ?? "";
}

const publish = (TopicArn: string, Message: string, more: Partial<PublishCommandInput> = {}) =>
  client.send(new PublishCommand({ TopicArn, Message, ...more }));

const bodies = async (name: string): Promise<string[]> => (await self.received(name)).map(({ Body = "" }) => Body);

describe("a message to a topic", () => {
  it("reaches its queues in SNS's envelope, or as it is where raw delivery is on", async () => {
    const arn = await topic("news");
    const wrapped = await subscribe(arn, await self.queue("wrapped"));
    await subscribe(arn, await self.queue("raw"), { RawMessageDelivery: "true" });
    const MessageAttributes = { kind: { DataType: "String", StringValue: "alarm" } };
    const { MessageId } = await publish(arn, "hello", { Subject: "a subject", MessageAttributes });
    await self.deliver();
    expect((await bodies("wrapped")).map((body) => JSON.parse(body))).toEqual([
      {
        Type: "Notification",
        MessageId,
        TopicArn: arn,
        Subject: "a subject",
        Message: "hello",
        Timestamp: "2026-01-01T00:00:00.000Z",
        SignatureVersion: "1",
        Signature: "not signed by the local platform",
        SigningCertURL: expect.any(String),
        UnsubscribeURL: expect.stringContaining(new URLSearchParams({ SubscriptionArn: wrapped }).toString()),
        MessageAttributes: { kind: { Type: "String", Value: "alarm" } },
      },
    ]);
    expect(await self.received("raw")).toMatchObject([
      { Body: "hello", MessageAttributes: { kind: { DataType: "String", StringValue: "alarm" } } },
    ]);
  });

  it("says to each protocol what is meant for it", async () => {
    const arn = await topic("news");
    await subscribe(arn, await self.queue("raw"), { RawMessageDelivery: "true" });
    await publish(arn, JSON.stringify({ default: "for all", sqs: "for queues" }), { MessageStructure: "json" });
    await self.deliver();
    expect(await bodies("raw")).toEqual(["for queues"]);
    await expect(publish(arn, '{"sqs": "x"}', { MessageStructure: "json" })).rejects.toThrow("No default entry in JSON message body");
  });

  it.each<[string, Record<string, string>, string, string[]]>([
    ["an attribute", { FilterPolicy: '{"kind":["alarm"]}' }, '{"n":1}', ["alarm", "both"]],
    ["a number among its attributes", { FilterPolicy: '{"level":[{"numeric":[">",3]}]}' }, "x", ["both"]],
    ["an item of a list", { FilterPolicy: '{"tags":["b"]}' }, "x", ["both"]],
    ["an attribute that must be missing", { FilterPolicy: '{"level":[{"exists":false}]}' }, "x", ["none", "alarm"]],
    ["its body", { FilterPolicy: '{"n":[1]}', FilterPolicyScope: "MessageBody" }, '{"n":1}', ["none", "alarm", "both"]],
    ["a body that is no JSON", { FilterPolicy: '{"n":[1]}', FilterPolicyScope: "MessageBody" }, "x", []],
    ["nothing in particular", { FilterPolicy: "{}" }, "x", ["none", "alarm", "both"]],
  ])("is filtered by %s", async (_by, attributes, body, expected) => {
    const arn = await topic("news");
    await subscribe(arn, await self.queue("filtered", {}), attributes);
    const kind = { kind: { DataType: "String", StringValue: "alarm" } };
    const more = { level: { DataType: "Number", StringValue: "5" }, tags: { DataType: "String.Array", StringValue: '["a","b"]' } };
    const sent = { none: undefined, alarm: kind, both: { ...kind, ...more } };
    const names = new Map<string | undefined, string>();
    for (const [name, MessageAttributes] of Object.entries(sent))
      names.set((await publish(arn, body, { MessageAttributes })).MessageId, name);
    await self.deliver();
    const got = (await bodies("filtered")).map((text) => names.get((JSON.parse(text) as { MessageId: string }).MessageId) ?? "");
    expect(got.sort()).toEqual([...expected].sort());
  });

  it("keeps the order of its group on a FIFO topic, and comes once", async () => {
    const arn = await topic("orders.fifo", { Attributes: { FifoTopic: "true", ContentBasedDeduplication: "true" } });
    await subscribe(arn, await self.queue("orders.fifo", { attributes: { FifoQueue: "true" } }), { RawMessageDelivery: "true" });
    const { SequenceNumber: first } = await publish(arn, "1", { MessageGroupId: "g" });
    const { SequenceNumber: second } = await publish(arn, "2", { MessageGroupId: "g" });
    await publish(arn, "1", { MessageGroupId: "g" });
    await self.deliver();
    expect(Number(second)).toBe(Number(first) + 1);
    expect(await bodies("orders.fifo")).toEqual(["1", "2"]);
    await expect(publish(arn, "3")).rejects.toThrow("MessageGroupId parameter is required");
  });

  it("is delivered after a restart when it was accepted before", async () => {
    const arn = await topic("news");
    await subscribe(arn, await self.queue("raw"), { RawMessageDelivery: "true" });
    await publish(arn, "kept");
    await self.stop();
    await start();
    await self.deliver();
    expect(await bodies("raw")).toEqual(["kept"]);
  });

  it("goes to the subscription's dead-letter queue when its queue does not let SNS in", async () => {
    const [arn, closed, dead] = [await topic("news"), await self.queue("closed", { isOpen: false }), await self.queue("dead")];
    await subscribe(arn, closed, { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead }) });
    await publish(arn, "unheard");
    await self.deliver();
    expect(await bodies("dead")).toEqual(["unheard"]);
    expect(self.reports).toEqual([expect.stringContaining(`the policy of ${closed} does not let sns.amazonaws.com send for ${arn}`)]);
  });

  it("is taken or refused entry by entry in a batch", async () => {
    const arn = await topic("news");
    await subscribe(arn, await self.queue("raw"), { RawMessageDelivery: "true" });
    const entry = (Id: string, more: object = {}) => ({ Id, Message: Id, ...more });
    const PublishBatchRequestEntries = [entry("a"), entry("b", { Subject: "two\nlines" }), entry("c")];
    const { Successful, Failed } = await client.send(new PublishBatchCommand({ TopicArn: arn, PublishBatchRequestEntries }));
    await self.deliver();
    expect(Successful?.map(({ Id }) => Id)).toEqual(["a", "c"]);
    expect(Failed).toEqual([{ Id: "b", Code: "InvalidParameter", Message: "Invalid parameter: Subject", SenderFault: true }]);
    expect((await bodies("raw")).sort()).toEqual(["a", "c"]);
  });
});

describe("a web server on this machine", () => {
  let server: Server;
  let requests: { headers: IncomingHttpHeaders; body: Record<string, string> }[];
  let statuses: number[];
  let url: string;
  beforeEach(async () => {
    [requests, statuses] = [[], []];
    server = createServer(async (request, response) => {
      let text = "";
      for await (const chunk of request) text += chunk;
      requests.push({ headers: request.headers, body: JSON.parse(text) as Record<string, string> });
      response.writeHead(statuses.shift() ?? 200).end();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  it("is asked first, then gets the messages, and is left alone once it has unsubscribed", async () => {
    const arn = await topic("news");
    expect(await subscribe(arn, url, {}, "http")).toBe("pending confirmation");
    await publish(arn, "too early");
    await self.deliver();
    expect(requests.map(({ body }) => body.Type)).toEqual(["SubscriptionConfirmation"]);
    expect(requests[0]?.headers).toMatchObject({ "x-amz-sns-message-type": "SubscriptionConfirmation", "x-amz-sns-topic-arn": arn });
    const { Subscriptions } = await client.send(new ListSubscriptionsByTopicCommand({ TopicArn: arn }));
    expect(Subscriptions?.map(({ SubscriptionArn }) => SubscriptionArn)).toEqual(["PendingConfirmation"]);

    // As a subscriber does: it follows the link.
    const confirmed = await fetch(requests[0]?.body.SubscribeURL ?? "");
    expect(await confirmed.text()).toContain("<SubscriptionArn>arn:aws:sns:");
    statuses = [500];
    await publish(arn, "heard");
    await self.deliver();
    expect(requests).toHaveLength(2);
    await self.deliver(1_000);
    expect(requests.slice(1).map(({ body }) => [body.Type, body.Message])).toEqual([
      ["Notification", "heard"],
      ["Notification", "heard"],
    ]);
    await (await fetch(requests[2]?.body.UnsubscribeURL ?? "")).text();
    await publish(arn, "unheard");
    await self.deliver();
    expect(requests).toHaveLength(3);
  });

  it("is given up at once when it refuses, and after four attempts when it fails", async () => {
    const arn = await topic("news");
    await subscribe(arn, url, {}, "http");
    await self.deliver();
    await client.send(new ConfirmSubscriptionCommand({ TopicArn: arn, Token: requests[0]?.body.Token ?? "" }));
    statuses = [404, 500, 500, 500, 500];
    await publish(arn, "refused");
    await self.deliver();
    expect(self.reports).toEqual([`${arn} gave up on ${url}: ${url} answered 404`]);
    await publish(arn, "failed");
    for (const wait of [0, 1_000, 2_000, 4_000, 8_000]) {
      await self.deliver(wait);
    }
    expect(requests).toHaveLength(6);
    expect(self.reports.at(-1)).toBe(`${arn} gave up on ${url}: ${url} answered 500`);
  });

  it("is asked again when it offers another protocol for an answer", async () => {
    const arn = await topic("news");
    server.once("connection", (socket) => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    });
    await subscribe(arn, url, {}, "http");
    await self.deliver();
    await self.deliver(1_000);
    expect(requests.map(({ body }) => body.Type)).toEqual(["SubscriptionConfirmation", "SubscriptionConfirmation"]);
  });
});

describe("subscriptions", () => {
  it("to mail and telephones stay pending: nothing is sent from here", async () => {
    const arn = await topic("news");
    for (const [protocol, endpoint] of [
      ["email", "a@example.org"],
      ["sms", "+100"],
    ] as const) {
      expect(await subscribe(arn, endpoint, {}, protocol)).toBe("pending confirmation");
    }
    await publish(arn, "x");
    await self.deliver();
    expect((await client.send(new GetTopicAttributesCommand({ TopicArn: arn }))).Attributes).toMatchObject({
      SubscriptionsPending: "2",
      SubscriptionsConfirmed: "0",
    });
    expect(self.reports).toEqual([]);
  });

  it.each([
    ["a web server elsewhere", "http", "http://example.org/", "addresses of this machine alone, not to example.org"],
    ["a name that only looks local", "http", "http://localhost.example.org/", "addresses of this machine alone"],
    ["another scheme", "https", "http://127.0.0.1/", "Endpoint must match the specified protocol"],
    ["a function", "lambda", arnOf("lambda", "function:f"), "the local platform has no endpoints of protocol lambda"],
    ["no queue", "sqs", "http://127.0.0.1/queue", "SQS endpoint ARN"],
    ["a FIFO queue of a standard topic", "sqs", arnOf("sqs", "q.fifo"), "FIFO SQS Queues can not be subscribed to standard SNS topics"],
  ])("of %s are refused", async (_what, protocol, endpoint, message) => {
    const arn = await topic("news");
    const refused = subscribe(arn, endpoint, {}, protocol);
    await expect(refused).rejects.toBeInstanceOf(InvalidParameterException);
    await expect(refused).rejects.toThrow(message);
    expect((await client.send(new ListSubscriptionsByTopicCommand({ TopicArn: arn }))).Subscriptions ?? []).toEqual([]);
  });

  it("are described, made once, and ended", async () => {
    const [arn, endpoint] = [await topic("news"), await self.queue("q")];
    const subscription = await subscribe(arn, endpoint, { FilterPolicy: '{"a":["b"]}' });
    expect(await subscribe(arn, endpoint)).toBe(subscription);
    const describe = () => client.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: subscription }));
    expect((await describe()).Attributes).toMatchObject({
      Protocol: "sqs",
      Endpoint: endpoint,
      PendingConfirmation: "false",
      RawMessageDelivery: "false",
      FilterPolicyScope: "MessageAttributes",
    });
    await expect(subscribe(arn, endpoint, { FilterPolicy: "{}" })).rejects.toThrow("already exists with different attributes");
    await expect(subscribe(arn, arnOf("sqs", "r"), { FilterPolicy: '{"a":"b"}' })).rejects.toThrow(
      'FilterPolicy: "a" must be an object or an array',
    );
    await client.send(new UnsubscribeCommand({ SubscriptionArn: subscription }));
    await expect(describe()).rejects.toBeInstanceOf(NotFoundException);
  });
});

describe("topics", () => {
  it("are described, tagged, listed and deleted with their subscriptions", async () => {
    const arn = await topic("news", { Attributes: { DisplayName: "News" }, Tags: [{ Key: "team", Value: "x" }] });
    expect(await topic("news")).toBe(arn);
    await expect(topic("news", { Attributes: { DisplayName: "Other" } })).rejects.toThrow("Topic already exists with different attributes");
    await client.send(new SetTopicAttributesCommand({ TopicArn: arn, AttributeName: "KmsMasterKeyId", AttributeValue: "alias/k" }));
    const { Attributes = {} } = await client.send(new GetTopicAttributesCommand({ TopicArn: arn }));
    expect(Attributes).toMatchObject({ DisplayName: "News", Owner: account, KmsMasterKeyId: "alias/k", SubscriptionsConfirmed: "0" });
    expect(JSON.parse(Attributes.Policy ?? "")).toMatchObject({
      Statement: [{ Condition: { StringEquals: { "AWS:SourceOwner": account } } }],
    });
    expect((await client.send(new ListTagsForResourceCommand({ ResourceArn: arn }))).Tags).toEqual([{ Key: "team", Value: "x" }]);
    await subscribe(arn, await self.queue("q"));
    await client.send(new DeleteTopicCommand({ TopicArn: arn }));
    expect((await client.send(new ListTopicsCommand({}))).Topics ?? []).toEqual([]);
    await expect(publish(arn, "x")).rejects.toBeInstanceOf(NotFoundException);
  });

  it.each<[string, Partial<CreateTopicCommandInput>, string]>([
    ["a name with a blank", { Name: "a b" }, "Invalid parameter: Topic Name"],
    ["a FIFO name without the attribute", { Name: "a.fifo" }, "Invalid parameter: Topic Name"],
    ["an attribute that no topic has", { Attributes: { Colour: "red" } }, "Invalid parameter: AttributeName"],
    ["a policy that is no JSON", { Attributes: { Policy: "x" } }, "Policy is not valid JSON"],
  ])("with %s are refused", async (_with, more, message) => {
    await expect(topic("news", more)).rejects.toThrow(message);
  });
});
