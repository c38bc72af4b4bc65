import { QueueDoesNotExist, ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SystemClock } from "../../../kit/clock.ts";
import { RandomIds } from "../../../kit/ids.ts";
import { VirtualClock } from "../../../kit/virtual-clock.ts";
import type { Gateway } from "../../gateway/gateway.ts";
import type { OperationInput, OperationName, OperationOutput } from "../../gateway/operations.ts";
import { strictGateway } from "../../gateway/strict-gateway.testing.ts";
import { LibsqlStore } from "../../persistence/libsql-store.ts";
import { sqsProvider } from "./provider.ts";

const ids = new RandomIds();
let store: LibsqlStore;
let clock: VirtualClock;
let gateway: Gateway;

function started(on: VirtualClock | SystemClock): Gateway {
  const made = strictGateway(ids);
  made.mount("sqs", sqsProvider({ store, clock: on, ids, endpoint: () => "http://127.0.0.1:4566" }));
  return made;
}

beforeEach(() => {
  store = new LibsqlStore(":memory:");
  clock = new VirtualClock(1_700_000_000_000);
  gateway = started(clock);
});

afterEach(() => store.close());

const sqs = <Operation extends OperationName<"sqs">>(operation: Operation, input: OperationInput<"sqs", Operation>) =>
  gateway.call("sqs", operation, input, { region: "eu-west-1" }) as Promise<OperationOutput<"sqs", Operation>>;
const queue = async (QueueName: string, Attributes: Record<string, string> = {}) =>
  (await sqs("CreateQueue", { QueueName, Attributes })).QueueUrl ?? "";
const send = (QueueUrl: string, MessageBody: string, more: object = {}) => sqs("SendMessage", { QueueUrl, MessageBody, ...more });
const receive = async (QueueUrl: string, more: object = {}) =>
  (await sqs("ReceiveMessage", { QueueUrl, MaxNumberOfMessages: 10, ...more })).Messages ?? [];
const bodies = async (QueueUrl: string, more: object = {}) => (await receive(QueueUrl, more)).map(({ Body }) => Body);

describe("a standard queue", () => {
  it("hides what is received until its time is over, and forgets what is deleted", async () => {
    const url = await queue("jobs", { VisibilityTimeout: "60" });
    await send(url, "a");
    await send(url, "b");
    expect(await bodies(url, { MaxNumberOfMessages: 1 })).toEqual(["a"]);
    expect(await bodies(url)).toEqual(["b"]);
    expect(await bodies(url)).toEqual([]);
    const { Attributes } = await sqs("GetQueueAttributes", { QueueUrl: url, AttributeNames: ["All"] });
    expect(Attributes).toMatchObject({
      ApproximateNumberOfMessages: "0",
      ApproximateNumberOfMessagesNotVisible: "2",
      VisibilityTimeout: "60",
    });
    clock.advanceBy(60_000);
    const [first, second] = await receive(url, { MessageSystemAttributeNames: ["ApproximateReceiveCount"] });
    expect(first?.Attributes).toEqual({ ApproximateReceiveCount: "2" });
    await sqs("DeleteMessage", { QueueUrl: url, ReceiptHandle: first?.ReceiptHandle });
    await sqs("ChangeMessageVisibility", { QueueUrl: url, ReceiptHandle: second?.ReceiptHandle, VisibilityTimeout: 0 });
    expect(await bodies(url)).toEqual(["b"]);
    await expect(sqs("DeleteMessage", { QueueUrl: url, ReceiptHandle: "none" })).rejects.toMatchObject({ name: "ReceiptHandleIsInvalid" });
  });

  it("delays, expires, and keeps its messages through a restart", async () => {
    const url = await queue("jobs", { MessageRetentionPeriod: "120" });
    await send(url, "later", { DelaySeconds: 10 });
    expect(await bodies(url)).toEqual([]);
    gateway = started(clock);
    clock.advanceBy(10_000);
    expect(await bodies(url, { VisibilityTimeout: 5 })).toEqual(["later"]);
    clock.advanceBy(111_000);
    expect(await bodies(url)).toEqual([]);
  });

  it("lets a receiver wait until a message comes, or in vain", async () => {
    const url = await queue("jobs");
    const waiting = bodies(url, { WaitTimeSeconds: 20 });
    await new Promise((resolve) => setImmediate(resolve));
    await send(url, "now");
    expect(await waiting).toEqual(["now"]);
    const inVain = bodies(url, { WaitTimeSeconds: 5 });
    await new Promise((resolve) => setImmediate(resolve));
    clock.advanceBy(5_000);
    expect(await inVain).toEqual([]);
  });

  it("gives what was received too often to its dead-letter queue", async () => {
    const dead = await queue("dead");
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: "arn:aws:sqs:eu-west-1:000000000000:dead", maxReceiveCount: 2 });
    const url = await queue("jobs", { RedrivePolicy, VisibilityTimeout: "0" });
    await send(url, "poison");
    expect([await bodies(url), await bodies(url), await bodies(url)]).toEqual([["poison"], ["poison"], []]);
    const [message] = await receive(dead, { MessageSystemAttributeNames: ["All"] });
    expect(message).toMatchObject({ Body: "poison", Attributes: { DeadLetterQueueSourceArn: "arn:aws:sqs:eu-west-1:000000000000:jobs" } });
    expect((await sqs("ListDeadLetterSourceQueues", { QueueUrl: dead })).queueUrls).toEqual([url]);
  });

  it("does each entry of a batch by itself", async () => {
    const url = await queue("jobs", { MaximumMessageSize: "1024" });
    const { Successful, Failed } = await sqs("SendMessageBatch", {
      QueueUrl: url,
      Entries: [
        { Id: "1", MessageBody: "fine" },
        { Id: "2", MessageBody: "x".repeat(2000) },
        { Id: "3", MessageBody: "bad\u0001" },
      ],
    });
    expect([Successful?.map(({ Id }) => Id), Failed?.map(({ Id, Code }) => `${Id} ${Code}`)]).toEqual([
      ["1"],
      ["2 InvalidParameterValue", "3 InvalidMessageContents"],
    ]);
    const twice = [
      { Id: "1", MessageBody: "a" },
      { Id: "1", MessageBody: "b" },
    ];
    await expect(sqs("SendMessageBatch", { QueueUrl: url, Entries: twice })).rejects.toMatchObject({ name: "BatchEntryIdsNotDistinct" });
    await expect(sqs("SendMessageBatch", { QueueUrl: url, Entries: [] })).rejects.toMatchObject({ name: "EmptyBatchRequest" });
  });

  it("is made once with the same attributes, and refuses those it does not have", async () => {
    const url = await queue("jobs", { DelaySeconds: "5" });
    expect(await queue("jobs", { DelaySeconds: "5" })).toBe(url);
    expect(await queue("jobs")).toBe(url);
    await expect(queue("jobs", { DelaySeconds: "6" })).rejects.toMatchObject({ name: "QueueNameExists" });
    await expect(queue("other", { Colour: "red" })).rejects.toMatchObject({ name: "InvalidAttributeName" });
    await expect(queue("other", { DelaySeconds: "901" })).rejects.toMatchObject({ name: "InvalidAttributeValue" });
    await expect(queue("other", { RedrivePolicy: "{}" })).rejects.toMatchObject({ name: "InvalidAttributeValue" });
    const redrive = (name: string) => ({
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: `arn:aws:sqs:eu-west-1:000000000000:${name}`, maxReceiveCount: 3 }),
    });
    await expect(queue("other", redrive("nowhere"))).rejects.toThrow("Dead letter target does not exist.");
    await queue("dead.fifo", { FifoQueue: "true" });
    await expect(sqs("SetQueueAttributes", { QueueUrl: url, Attributes: redrive("dead.fifo") })).rejects.toThrow(/must be same type/);
    await sqs("DeleteQueue", { QueueUrl: "dead.fifo" });
    await expect(queue("bad name")).rejects.toMatchObject({ name: "InvalidParameterValue" });
    await sqs("DeleteQueue", { QueueUrl: url });
    await expect(send(url, "x")).rejects.toBeInstanceOf(QueueDoesNotExist);
    expect((await sqs("ListQueues", {})).QueueUrls).toBeUndefined();
  });
});

describe("a FIFO queue", () => {
  it("keeps the order of each group, and knows a message sent again", async () => {
    const url = await queue("jobs.fifo", { FifoQueue: "true", ContentBasedDeduplication: "true", VisibilityTimeout: "30" });
    for (const [body, MessageGroupId] of [
      ["a1", "a"],
      ["a2", "a"],
      ["b1", "b"],
      ["a1", "a"],
    ] as const) {
      await send(url, body, { MessageGroupId });
    }
    const [first] = await receive(url, { MaxNumberOfMessages: 1 });
    expect(first?.Body).toBe("a1");
    expect(await bodies(url)).toEqual(["b1"]);
    await sqs("DeleteMessage", { QueueUrl: url, ReceiptHandle: first?.ReceiptHandle });
    expect(await bodies(url)).toEqual(["a2"]);
    clock.advanceBy(6 * 60_000);
    await send(url, "a1", { MessageGroupId: "c" });
    expect(await bodies(url)).toEqual(["a2", "b1", "a1"].sort((x, y) => "a2b1a1".indexOf(x) - "a2b1a1".indexOf(y)));
    await expect(send(url, "x")).rejects.toMatchObject({ name: "MissingParameter" });
    await expect(queue("plain", { FifoQueue: "true" })).rejects.toMatchObject({ name: "InvalidParameterValue" });
  });
});

describe("an SDK client", () => {
  it("gets URLs that lead back to where it asked, messages whose digests it checks, and query's old error codes", async () => {
    const real = started(new SystemClock());
    const { endpoint, close } = await real.listen(0);
    const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
    const client = new SQSClient({ endpoint, region: "eu-west-1", credentials, maxAttempts: 1 });
    await real.call("sqs", "CreateQueue", { QueueName: "wire" }, { region: "eu-west-1" });
    const QueueUrl = `${endpoint}/000000000000/wire`;
    const MessageAttributes = {
      kind: { DataType: "String", StringValue: "ünicode" },
      raw: { DataType: "Binary", BinaryValue: Buffer.from([0, 255]) },
    };
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: "hällo", MessageAttributes }));
    const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ["All"], WaitTimeSeconds: 1 }));
    expect(Messages).toMatchObject([{ Body: "hällo", MessageAttributes: { kind: MessageAttributes.kind, raw: { DataType: "Binary" } } }]);
    const missing = client.send(new SendMessageCommand({ QueueUrl: `${endpoint}/000000000000/none`, MessageBody: "x" }));
    await expect(missing).rejects.toBeInstanceOf(QueueDoesNotExist);
    await expect(missing).rejects.toMatchObject({ Code: "AWS.SimpleQueueService.NonExistentQueue" });

    const form = async (body: string) => {
      const response = await fetch(`${endpoint}/000000000000/wire`, {
        method: "POST",
        headers: {
          "content-type": "application/x-www-form-urlencoded",
          authorization: "AWS4-HMAC-SHA256 Credential=a/20260101/eu-west-1/sqs/aws4_request, SignedHeaders=host, Signature=0",
        },
        body: `Version=2012-11-05&QueueUrl=${encodeURIComponent(QueueUrl)}&${body}`,
      });
      return response.text();
    };
    await form(
      "Action=SendMessage&MessageBody=old&MessageAttribute.1.Name=k&MessageAttribute.1.Value.DataType=String&MessageAttribute.1.Value.StringValue=v",
    );
    const old = await form("Action=ReceiveMessage&MessageAttributeName.1=All&AttributeName.1=ApproximateReceiveCount");
    expect(old).toContain("<Body>old</Body>");
    expect(old).toContain("<Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute>");
    expect(old).toContain("<MessageAttribute><Name>k</Name><Value><DataType>String</DataType><StringValue>v</StringValue>");
    const read = await form("Action=GetQueueAttributes&AttributeName.1=VisibilityTimeout");
    expect(read).toContain("<Attribute><Name>VisibilityTimeout</Name><Value>30</Value></Attribute>");
    client.destroy();
    await close();
  });
});
