import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  InvalidEventPatternException,
  ListRuleNamesByTargetCommand,
  ListRulesCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  ResourceNotFoundException,
  type Target,
  TestEventPatternCommand,
} from "@aws-sdk/client-eventbridge";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { account } from "../../gateway/strict-gateway.testing.ts";
import { queueArn, region } from "../messaging-world.testing.ts";
import { EventBridgeWorld, orders } from "./eventbridge-world.testing.ts";

let self: EventBridgeWorld;
beforeEach(async () => {
  self = new EventBridgeWorld();
  await self.start();
});
afterEach(() => self.end());

describe("a rule with a schedule", () => {
  it("gives its target an event at every occurrence, and none while the platform is down", async () => {
    await self.rule("often", { ScheduleExpression: "rate(5 minutes)" }, { Id: "q", Arn: await self.queue("ticks") });
    await self.rule("daily", { ScheduleExpression: "cron(0 3 * * ? *)" }, { Id: "q", Arn: await self.queue("nights") });
    await self.deliver(5 * 60_000);
    expect(await self.bodies("ticks")).toEqual([
      expect.objectContaining({
        "detail-type": "Scheduled Event",
        source: "aws.events",
        time: "2026-01-01T00:05:00Z",
        resources: [`arn:aws:events:${region}:${account}:rule/often`],
        detail: {},
      }),
    ]);
    await self.stop();
    self.clock.advanceBy(60 * 60_000);
    await self.start();
    await self.deliver();
    expect(await self.bodies("ticks")).toHaveLength(1);
    expect(await self.bodies("nights")).toEqual([]);
    self.clock.advanceTo(Date.UTC(2026, 0, 1, 3));
    await self.bus.settled();
    expect(await self.bodies("nights")).toEqual([expect.objectContaining({ time: "2026-01-01T03:00:00Z" })]);
  });

  it("is refused with an expression that no rule may have", async () => {
    for (const ScheduleExpression of ["at(2026-01-01T00:00:00)", "rate(1 minutes)", "cron(* * *)"]) {
      await expect(self.client.send(new PutRuleCommand({ Name: "r", ScheduleExpression }))).rejects.toThrow(
        "ScheduleExpression is not valid",
      );
    }
  });
});

describe("rules and targets", () => {
  it("are described, listed, tagged and deleted", async () => {
    const Arn = await self.queue("orders");
    const { RuleArn = "" } = await self.client.send(new PutRuleCommand({ Name: "orders", ...orders, Tags: [{ Key: "team", Value: "x" }] }));
    await self.client.send(
      new PutTargetsCommand({
        Rule: "orders",
        Targets: [
          { Id: "b", Arn },
          { Id: "a", Arn: queueArn("other") },
        ],
      }),
    );
    expect(await self.client.send(new DescribeRuleCommand({ Name: "orders" }))).toMatchObject({
      Arn: RuleArn,
      State: "ENABLED",
      EventBusName: "default",
    });
    expect((await self.client.send(new ListRulesCommand({ NamePrefix: "ord" }))).Rules?.map(({ Name }) => Name)).toEqual(["orders"]);
    const { Targets } = await self.client.send(new ListTargetsByRuleCommand({ Rule: "orders", Limit: 1 }));
    expect(Targets).toEqual([{ Id: "a", Arn: queueArn("other") }]);
    expect((await self.client.send(new ListRuleNamesByTargetCommand({ TargetArn: Arn }))).RuleNames).toEqual(["orders"]);
    expect((await self.client.send(new ListTagsForResourceCommand({ ResourceARN: RuleArn }))).Tags).toEqual([{ Key: "team", Value: "x" }]);
    await expect(self.client.send(new DeleteRuleCommand({ Name: "orders" }))).rejects.toThrow(
      "Rule can't be deleted since it has targets.",
    );
    const removed = await self.client.send(new RemoveTargetsCommand({ Rule: "orders", Ids: ["a", "b", "c"] }));
    expect(removed.FailedEntries).toEqual([expect.objectContaining({ TargetId: "c", ErrorCode: "ResourceNotFoundException" })]);
    await self.client.send(new DeleteRuleCommand({ Name: "orders" }));
    await expect(self.client.send(new DescribeRuleCommand({ Name: "orders" }))).rejects.toBeInstanceOf(ResourceNotFoundException);
  });

  it.each<[string, Target, string]>([
    [
      "two kinds of input",
      { Id: "q", Arn: queueArn("q"), Input: "{}", InputPath: "$" },
      "Only one of Input, InputPath, or InputTransformer",
    ],
    ["an input that is no JSON", { Id: "q", Arn: queueArn("q"), Input: "x" }, "JSON syntax error"],
    ["a path that is none", { Id: "q", Arn: queueArn("q"), InputPath: "detail" }, "Invalid JsonPath"],
    ["a cluster without a role", { Id: "q", Arn: `arn:aws:ecs:${region}:${account}:cluster/c` }, "RoleArn is required"],
    ["a FIFO queue without a group", { Id: "q", Arn: queueArn("q.fifo") }, "SqsParameters must be specified"],
    ["an ARN that is none", { Id: "q", Arn: "queue" }, "not in correct format"],
  ])("%s is refused, and changes nothing", async (_situation, target, message) => {
    await self.client.send(new PutRuleCommand({ Name: "orders", ...orders }));
    const good = { Id: "good", Arn: queueArn("q") };
    await expect(self.client.send(new PutTargetsCommand({ Rule: "orders", Targets: [good, target] }))).rejects.toThrow(message);
    expect((await self.client.send(new ListTargetsByRuleCommand({ Rule: "orders" }))).Targets).toEqual([]);
  });

  it("a pattern that cannot be meant is refused with EventBridge's exception", async () => {
    const bad = self.client.send(new PutRuleCommand({ Name: "r", EventPattern: '{"source": "aws.ecs"}' }));
    await expect(bad).rejects.toBeInstanceOf(InvalidEventPatternException);
    await expect(bad).rejects.toThrow('Event pattern is not valid. Reason: "source" must be an object or an array');
  });

  it("a pattern can be tried out on an event", async () => {
    const event = {
      id: "1",
      account,
      source: "shop",
      time: "2026-01-01T00:00:00Z",
      region,
      resources: [],
      "detail-type": "Order",
      detail: { n: 1 },
    };
    const test = (pattern: object) =>
      self.client.send(new TestEventPatternCommand({ EventPattern: JSON.stringify(pattern), Event: JSON.stringify(event) }));
    expect((await test({ detail: { n: [1] } })).Result).toBe(true);
    expect((await test({ detail: { n: [2] } })).Result).toBe(false);
    await expect(self.client.send(new TestEventPatternCommand({ EventPattern: '{"a":[1]}', Event: "{}" }))).rejects.toThrow(
      "Parameter Event is not valid.",
    );
  });
});
