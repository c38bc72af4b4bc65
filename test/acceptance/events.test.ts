import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { ReceiveMessageCommand, SetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventQueue, openQueue } from "../support/event-queue.ts";
import { serviceFiles } from "../support/service.ts";
import { eventually, World } from "../support/world.ts";

const world = new World();
let cloudformation: CloudFormationClient;
let sqs: SQSClient;
const options = { endpoint: "", region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };

async function connect(): Promise<void> {
  options.endpoint = (await world.up()).endpoint;
  cloudformation = new CloudFormationClient(options);
  sqs = new SQSClient(options);
}

function disconnect(): void {
  cloudformation?.destroy();
  sqs?.destroy();
}

beforeAll(connect);
afterAll(async () => {
  disconnect();
  await world.end();
});

/** Deploys a stack and answers its outputs. */
async function stack(StackName: string, Resources: object, Outputs: object): Promise<Record<string, string>> {
  await cloudformation.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify({ Resources, Outputs }) }));
  const made = await eventually(`stack ${StackName}`, async () => {
    const { Stacks: [found] = [] } = await cloudformation.send(new DescribeStacksCommand({ StackName }));
    expect(found?.StackStatus).toMatch(/^CREATE_(IN_PROGRESS|COMPLETE)$/);
    return found?.StackStatus === "CREATE_COMPLETE" && found;
  });
  return Object.fromEntries((made.Outputs ?? []).map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue]));
}

/** Collects messages until one is what is looked for. */
async function message(QueueUrl: string, isIt: (body: Body) => boolean): Promise<Body> {
  return eventually("the message", async () => {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }));
    return Messages.map(({ Body = "" }) => JSON.parse(Body) as Body).find(isIt);
  });
}

interface Body {
  readonly "detail-type": string;
  readonly source: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

it("a rule's queue gets what happens to tasks, as DescribeTasks shows them", async () => {
  const pattern = { source: ["aws.ecs"], "detail-type": ["ECS Task State Change"], detail: { lastStatus: ["RUNNING"] } };
  const { Url = "" } = await stack("watch", eventQueue(pattern), { Url: { Value: { Ref: "Queue" } } });
  const folder = world.write("told", serviceFiles("told", { version: "1" }));
  const outcome = await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--env", "local", "--yes");
  expect(outcome).toExitWith(0);
  const told = await message(Url, ({ detail }) => detail.desiredStatus === "RUNNING");
  expect(told).toMatchObject({
    "detail-type": "ECS Task State Change",
    source: "aws.ecs",
    resources: [told.detail.taskArn],
    detail: {
      clusterArn: "arn:aws:ecs:us-east-1:000000000000:cluster/fsd-local",
      group: "service:told",
      launchType: "FARGATE",
      lastStatus: "RUNNING",
      startedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      startedBy: expect.stringMatching(/^ecs-svc\//),
      attachments: [expect.objectContaining({ type: "eni", status: "ATTACHED" })],
      containers: expect.arrayContaining([expect.objectContaining({ lastStatus: "RUNNING" })]),
      updatedAt: expect.stringMatching(/Z$/),
    },
  });
});

/** A topic that EventBridge may publish to, and a queue that gets what it says. */
const topic = {
  Topic: { Type: "AWS::SNS::Topic", Properties: { Subscription: [{ Protocol: "sqs", Endpoint: { "Fn::GetAtt": ["Queue", "Arn"] } }] } },
  TopicPolicy: {
    Type: "AWS::SNS::TopicPolicy",
    Properties: {
      Topics: [{ Ref: "Topic" }],
      PolicyDocument: {
        Statement: ["events", "cloudwatch"].map((service) => ({
          Effect: "Allow",
          Principal: { Service: `${service}.amazonaws.com` },
          Action: "sns:Publish",
          Resource: { Ref: "Topic" },
        })),
      },
    },
  },
  ...openQueue("sns.amazonaws.com", { Ref: "Topic" }),
};
const said = (body: unknown): Body => JSON.parse((body as { readonly Message: string }).Message) as Body;

it("a deployment that fails says so to a topic, and the topic to its queue", async () => {
  const EventPattern = {
    source: ["aws.ecs"],
    "detail-type": ["ECS Deployment State Change"],
    detail: { eventName: ["SERVICE_DEPLOYMENT_FAILED"] },
  };
  const rule = { Type: "AWS::Events::Rule", Properties: { EventPattern, Targets: [{ Id: "topic", Arn: { Ref: "Topic" } }] } };
  const { Url = "" } = await stack("alert", { ...topic, Rule: rule }, { Url: { Value: { Ref: "Queue" } } });
  const folder = world.write("breaks", serviceFiles("breaks", { version: "1", program: "exits" }));
  expect(await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--env", "local", "--yes")).toExitWith(1);
  const failed = said(await message(Url, () => true));
  expect(failed).toMatchObject({
    source: "aws.ecs",
    "detail-type": "ECS Deployment State Change",
    resources: ["arn:aws:ecs:us-east-1:000000000000:service/fsd-local/breaks"],
    detail: {
      eventType: "ERROR",
      eventName: "SERVICE_DEPLOYMENT_FAILED",
      deploymentId: expect.stringMatching(/^ecs-svc\//),
      reason: "ECS deployment circuit breaker: tasks failed to start.",
    },
  });
});

it("an alarm that rings publishes to its topic", async () => {
  const alarm = {
    Type: "AWS::CloudWatch::Alarm",
    Properties: {
      ...{ AlarmName: "orders-late", Namespace: "Shop", MetricName: "Late", Statistic: "Maximum", Period: 60, EvaluationPeriods: 1 },
      ...{ Threshold: 5, ComparisonOperator: "GreaterThanThreshold", AlarmActions: [{ Ref: "Topic" }] },
    },
  };
  const { Url = "" } = await stack("ring", { ...topic, Alarm: alarm }, { Url: { Value: { Ref: "Queue" } } });
  const cloudwatch = new CloudWatchClient(options);
  await cloudwatch.send(new PutMetricDataCommand({ Namespace: "Shop", MetricData: [{ MetricName: "Late", Value: 9 }] }));
  cloudwatch.destroy();
  expect(said(await message(Url, () => true))).toMatchObject({
    AlarmName: "orders-late",
    NewStateValue: "ALARM",
    NewStateReason: expect.stringMatching(/^Threshold Crossed/),
    Region: "US East (N. Virginia)",
  });
});

const fifo = {
  ...eventQueue({ source: ["shop"] }),
  Queue: { Type: "AWS::SQS::Queue", Properties: { FifoQueue: true } },
  Rule: {
    Type: "AWS::Events::Rule",
    Properties: {
      EventPattern: { source: ["shop"] },
      Targets: [{ Id: "queue", Arn: { "Fn::GetAtt": ["Queue", "Arn"] }, SqsParameters: { MessageGroupId: "g" } }],
    },
  },
};

it("an event that was accepted arrives although the platform is killed before it could be delivered", async () => {
  // A FIFO queue without ids of its own refuses what has none: the delivery waits for its next attempt.
  const { Url = "" } = await stack("fifo", fifo, { Url: { Value: { Ref: "Queue" } } });
  const events = new EventBridgeClient(options);
  const entry = { Source: "shop", DetailType: "Order", Detail: '{"order":1}' };
  expect(await events.send(new PutEventsCommand({ Entries: [entry] }))).toMatchObject({ FailedEntryCount: 0 });
  events.destroy();
  disconnect();
  const { pid } = await world.json<{ pid: number }>("local", "status");
  process.kill(pid, "SIGKILL");
  await connect();
  const name = Url.split("/").at(-1) ?? "";
  const QueueUrl = `${options.endpoint}/000000000000/${name}`;
  expect((await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages).toBeUndefined();
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { ContentBasedDeduplication: "true" } }));
  expect(await message(QueueUrl, () => true)).toMatchObject({ source: "shop", detail: { order: 1 } });
});
