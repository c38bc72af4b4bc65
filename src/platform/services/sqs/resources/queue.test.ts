import { afterEach, beforeEach, expect, it } from "vitest";
import { SystemClock } from "../../../../kit/clock.ts";
import { RandomIds } from "../../../../kit/ids.ts";
import type { Gateway } from "../../../gateway/gateway.ts";
import { account, strictGateway } from "../../../gateway/strict-gateway.testing.ts";
import { LibsqlStore } from "../../../persistence/libsql-store.ts";
import { cloudformationProvider } from "../../cloudformation/provider.ts";
import { StackExecutor } from "../../cloudformation/stack-executor.ts";
import { resourceTypes } from "../../resource-types.ts";
import { sqsProvider } from "../provider.ts";

const region = "eu-west-1";
let store: LibsqlStore;
let gateway: Gateway;
let executor: StackExecutor;

beforeEach(() => {
  store = new LibsqlStore(":memory:");
  const clock = new SystemClock();
  const ids = new RandomIds();
  gateway = strictGateway(ids);
  const dependencies = { store, clock, engineClock: clock, ids, account, call: gateway.call, resourceTypes };
  executor = new StackExecutor(dependencies);
  gateway.mount("cloudformation", cloudformationProvider(executor, dependencies));
  gateway.mount("sqs", sqsProvider({ store, clock, ids, endpoint: () => "http://127.0.0.1:4566" }));
});
afterEach(() => {
  executor.stop();
  store.close();
});

const template = (jobs: object, policy?: object): string =>
  JSON.stringify({
    Resources: {
      Dead: { Type: "AWS::SQS::Queue", Properties: { QueueName: "jobs-dead" } },
      Jobs: { Type: "AWS::SQS::Queue", Properties: { QueueName: "jobs", ...jobs } },
      Ordered: { Type: "AWS::SQS::Queue", Properties: { FifoQueue: true, ContentBasedDeduplication: true } },
      ...(policy === undefined ? {} : { Rules: { Type: "AWS::SQS::QueuePolicy", Properties: policy } }),
    },
    Outputs: {
      Url: { Value: { Ref: "Jobs" } },
      Arn: { Value: { "Fn::GetAtt": ["Jobs", "Arn"] } },
      Name: { Value: { "Fn::GetAtt": ["Ordered", "QueueName"] } },
    },
  });
async function deploy(operation: "CreateStack" | "UpdateStack", TemplateBody: string): Promise<Record<string, string>> {
  await gateway.call("cloudformation", operation, { StackName: "s", TemplateBody, Tags: [{ Key: "team", Value: "x" }] }, { region });
  return outcome();
}
async function outcome(): Promise<Record<string, string>> {
  const { Stacks: [before] = [] } = await gateway.call("cloudformation", "DescribeStacks", { StackName: "s" }, { region });
  const settled = await executor.settled(before?.StackId ?? "");
  const { Stacks: [stack] = [] } = await gateway.call("cloudformation", "DescribeStacks", { StackName: before?.StackId }, { region });
  const outputs = (stack?.Outputs ?? []).map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue]);
  return { status: settled?.status ?? "", ...Object.fromEntries(outputs) };
}
const attributes = async (QueueUrl: string) =>
  (await gateway.call("sqs", "GetQueueAttributes", { QueueUrl, AttributeNames: ["All"] }, { region })).Attributes ?? {};

const deadLetters = { RedrivePolicy: { deadLetterTargetArn: { "Fn::GetAtt": ["Dead", "Arn"] }, maxReceiveCount: 5 } };

it("a stack makes queues with what the template says, changes them in place and takes them away", async () => {
  const statement = { Effect: "Deny", Principal: "*", Action: "sqs:*", Resource: "*" };
  const policy = { Queues: [{ Ref: "Jobs" }], PolicyDocument: { Version: "2012-10-17", Statement: [statement] } };
  const made = await deploy("CreateStack", template({ VisibilityTimeout: 90, DelaySeconds: "5", ...deadLetters }, policy));
  expect(made).toEqual({
    status: "CREATE_COMPLETE",
    Url: "http://127.0.0.1:4566/000000000000/jobs",
    Arn: "arn:aws:sqs:eu-west-1:000000000000:jobs",
    Name: expect.stringMatching(/^s-Ordered-[0-9A-Z]{12}\.fifo$/),
  });
  const url = made.Url ?? "";
  const first = await attributes(url);
  expect(first).toMatchObject({ VisibilityTimeout: "90", DelaySeconds: "5" });
  expect(JSON.parse(first.RedrivePolicy ?? "")).toEqual({
    deadLetterTargetArn: "arn:aws:sqs:eu-west-1:000000000000:jobs-dead",
    maxReceiveCount: 5,
  });
  expect(JSON.parse(first.Policy ?? "")).toEqual(policy.PolicyDocument);
  expect((await gateway.call("sqs", "ListQueueTags", { QueueUrl: url }, { region })).Tags).toEqual({ team: "x" });
  await gateway.call("sqs", "SendMessage", { QueueUrl: url, MessageBody: "kept" }, { region });

  expect((await deploy("UpdateStack", template({ VisibilityTimeout: 10 }))).status).toBe("UPDATE_COMPLETE");
  const second = await attributes(url);
  expect(second).toMatchObject({ VisibilityTimeout: "10", DelaySeconds: "0", ApproximateNumberOfMessagesDelayed: "1" });
  expect(second).not.toHaveProperty("RedrivePolicy");
  expect(second).not.toHaveProperty("Policy");

  const { Stacks: [stack] = [] } = await gateway.call("cloudformation", "DescribeStacks", { StackName: "s" }, { region });
  await gateway.call("cloudformation", "DeleteStack", { StackName: "s" }, { region });
  await executor.settled(stack?.StackId ?? "");
  expect((await gateway.call("sqs", "ListQueues", {}, { region })).QueueUrls ?? []).toEqual([]);
});

it("a queue that somebody else made is not taken over", async () => {
  await gateway.call("sqs", "CreateQueue", { QueueName: "jobs" }, { region });
  expect((await deploy("CreateStack", template({}))).status).toBe("ROLLBACK_COMPLETE");
  const { StackEvents = [] } = await gateway.call("cloudformation", "DescribeStackEvents", { StackName: "s" }, { region });
  expect(StackEvents.map(({ ResourceStatusReason = "" }) => ResourceStatusReason).join()).toContain(
    "Resource of type 'AWS::SQS::Queue' with identifier 'http://127.0.0.1:4566/000000000000/jobs' already exists.",
  );
  expect((await gateway.call("sqs", "ListQueues", {}, { region })).QueueUrls).toEqual(["http://127.0.0.1:4566/000000000000/jobs"]);
});
