import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { serviceFiles } from "../support/service.ts";
import { eventually, World } from "../support/world.ts";

const world = new World();
let cloudformation: CloudFormationClient;
let sqs: SQSClient;

beforeAll(async () => {
  const { endpoint } = await world.up();
  const options = { endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  cloudformation = new CloudFormationClient(options);
  sqs = new SQSClient(options);
});
afterAll(async () => {
  cloudformation.destroy();
  sqs.destroy();
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

/** A queue, and a rule that fills it. */
function ruled(EventPattern: object): object {
  return {
    Queue: { Type: "AWS::SQS::Queue" },
    Policy: {
      Type: "AWS::SQS::QueuePolicy",
      Properties: {
        Queues: [{ Ref: "Queue" }],
        PolicyDocument: {
          Statement: {
            Effect: "Allow",
            Principal: { Service: "events.amazonaws.com" },
            Action: "sqs:SendMessage",
            Resource: { "Fn::GetAtt": ["Queue", "Arn"] },
            Condition: { ArnEquals: { "aws:SourceArn": { "Fn::GetAtt": ["Rule", "Arn"] } } },
          },
        },
      },
    },
    Rule: {
      Type: "AWS::Events::Rule",
      Properties: { EventPattern, Targets: [{ Id: "queue", Arn: { "Fn::GetAtt": ["Queue", "Arn"] } }] },
    },
  };
}

it("a rule's queue gets what happens to tasks, as DescribeTasks shows them", async () => {
  const pattern = { source: ["aws.ecs"], "detail-type": ["ECS Task State Change"], detail: { lastStatus: ["RUNNING"] } };
  const { Url = "" } = await stack("watch", ruled(pattern), { Url: { Value: { Ref: "Queue" } } });
  const folder = world.write("told", serviceFiles("told", { version: "1" }));
  const outcome = await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--env", "local", "--yes");
  expect(outcome, outcome.stdout + outcome.stderr).toMatchObject({ status: 0 });
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
