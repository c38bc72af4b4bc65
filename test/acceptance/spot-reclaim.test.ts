import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { DescribeTasksCommand, ECSClient, ListTasksCommand } from "@aws-sdk/client-ecs";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventQueue } from "../support/event-queue.ts";
import { Load } from "../support/load.ts";
import { serviceFiles } from "../support/service.ts";
import { eventually, type PlatformStatus, World } from "../support/world.ts";

const watching = {
  Resources: eventQueue({
    source: ["aws.ecs"],
    "detail-type": ["ECS Task State Change"],
    detail: { stopCode: ["SpotInterruption"], desiredStatus: ["STOPPED"], lastStatus: [{ "anything-but": "STOPPED" }] },
  }),
  Outputs: { Url: { Value: { Ref: "Queue" } } },
};

describe("Spot that takes its capacity back", () => {
  const world = new World();
  let platform: PlatformStatus;
  beforeAll(async () => {
    platform = await world.up("--speed", "20");
  });
  afterAll(() => world.end());

  it("warns by an event, sends the stop signal, ends the task with SpotInterruption, and has it replaced, without a failed request", async () => {
    const connection = {
      endpoint: platform.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    };
    const [cloudFormation, ecs, sqs] = [new CloudFormationClient(connection), new ECSClient(connection), new SQSClient(connection)];
    await cloudFormation.send(new CreateStackCommand({ StackName: "watch", TemplateBody: JSON.stringify(watching) }));
    const queueUrl = await eventually("the stack", async () => {
      const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName: "watch" }));
      return Stacks[0]?.Outputs?.find(({ OutputKey }) => OutputKey === "Url")?.OutputValue;
    });
    // It goes on serving for a while after the signal, as AWS asks of programs on Spot.
    const files = serviceFiles(
      "spotty",
      { version: "1" },
      "  capacity: [{provider: FARGATE, base: 1, weight: 0}, {provider: FARGATE_SPOT, weight: 1}]\n",
    );
    const program = (files["server.js"] ?? "").replace(
      /process\.on\("SIGTERM".*/,
      'process.on("SIGTERM", () => { console.log("told to stop"); setTimeout(() => server.close(() => process.exit(0)), 2500); });',
    );
    const outcome = await world.fsd("deploy", "-f", world.write("spotty", { ...files, "server.js": program }), "--yes");
    expect(outcome).toExitWith(0);
    const load = new Load((await world.status("spotty")).url, 50);
    const runningArns = async (): Promise<string[]> => {
      const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster: "fsd-local", serviceName: "spotty" }));
      return taskArns;
    };
    const before = await runningArns();

    const { reclaimed } = await world.json<{ reclaimed: string[] }>("local", "reclaim", "spotty");
    expect(reclaimed).toHaveLength(1);
    const warning = await eventually("the warning", async () => {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 1 }));
      return Messages[0]?.Body;
    });
    expect(JSON.parse(warning)).toMatchObject({
      resources: reclaimed,
      detail: { stopCode: "SpotInterruption", capacityProviderName: "FARGATE_SPOT" },
    });
    const stopped = await eventually("the task has stopped", async () => {
      const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster: "fsd-local", tasks: reclaimed }));
      return tasks[0]?.lastStatus === "STOPPED" && tasks[0];
    });
    expect(stopped).toMatchObject({
      stopCode: "SpotInterruption",
      stoppedReason: "Your Spot Task was interrupted.",
      containers: [{ exitCode: 0 }],
    });
    await eventually("the service is whole again", async () => {
      const { running, healthy } = await world.status("spotty");
      return running === 2 && healthy === 2;
    });
    // The replacement starts with the notice, while the old task still works off what it has.
    const replacement = (await runningArns()).filter((arn) => !before.includes(arn));
    const { tasks: [started] = [] } = await ecs.send(new DescribeTasksCommand({ cluster: "fsd-local", tasks: replacement }));
    expect(replacement).toHaveLength(1);
    expect(started?.createdAt?.getTime()).toBeGreaterThanOrEqual(stopped.stoppingAt?.getTime() ?? Number.NaN);
    expect(started?.createdAt?.getTime()).toBeLessThan(stopped.executionStoppedAt?.getTime() ?? Number.NaN);
    const { failures } = await load.end();
    expect(failures).toEqual([]);
    expect((await world.fsd("logs", "spotty")).stdout).toContain("told to stop");
    for (const client of [cloudFormation, ecs, sqs]) client.destroy();
  });

  it("takes nothing from a service that is not on Spot", async () => {
    const outcome = await world.fsd("deploy", "-f", world.write("steady", serviceFiles("steady", { version: "1" })), "--yes");
    expect(outcome).toExitWith(0);
    expect(await world.fsd("local", "reclaim", "steady")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("no running task of steady is on FARGATE_SPOT"),
    });
    const foreign = await fetch(`${platform.endpoint}/_fsd/reclaim-spot-tasks`, {
      method: "POST",
      headers: { origin: "https://example.com" },
    });
    expect(foreign.status).toBe(403);
  });
});
