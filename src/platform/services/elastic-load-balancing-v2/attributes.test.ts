/** The attributes of load balancers and target groups: their defaults, what they take, and what they do to requests. */
import { Agent, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { request } from "undici";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BalancedWorld } from "../../../../test/support/balanced-world.ts";
import { SystemClock } from "../../../kit/clock.ts";

/** The machine's time, moved on at will. */
class MovedClock extends SystemClock {
  ahead = 0;
  override now(): number {
    return super.now() + this.ahead;
  }
}

let world: BalancedWorld;
let wallClock: MovedClock;
beforeEach(() => {
  wallClock = new MovedClock();
  world = new BalancedWorld({ wallClock });
});
afterEach(() => world.close());

const ofGroup = (TargetGroupArn: string, attributes: Record<string, string>) =>
  world.ask("ModifyTargetGroupAttributes", {
    TargetGroupArn,
    Attributes: Object.entries(attributes).map(([Key, Value]) => ({ Key, Value })),
  });
const ofBalancer = (LoadBalancerArn: string, attributes: Record<string, string>) =>
  world.ask("ModifyLoadBalancerAttributes", {
    LoadBalancerArn,
    Attributes: Object.entries(attributes).map(([Key, Value]) => ({ Key, Value })),
  });

describe("a number among the attributes", () => {
  it.each([
    ["deregistration_delay.timeout_seconds", "300", ["0", "3600"], ["-1", "3601"]],
    ["slow_start.duration_seconds", "0", ["0", "30", "900"], ["29", "901"]],
    ["stickiness.lb_cookie.duration_seconds", "86400", ["1", "604800"], ["0", "604801"]],
    ["stickiness.app_cookie.duration_seconds", "86400", ["1", "604800"], ["0", "604801"]],
  ])("of a target group, %s, is %s unless said otherwise, and stays in its range", async (key, initial, allowed, refused) => {
    const group = await world.targetGroup();
    const { Attributes } = await world.ask("DescribeTargetGroupAttributes", { TargetGroupArn: group });
    expect(Attributes).toContainEqual({ Key: key, Value: initial });
    for (const value of allowed) expect((await ofGroup(group, { [key]: value })).Attributes).toContainEqual({ Key: key, Value: value });
    for (const value of refused) await expect(ofGroup(group, { [key]: value })).rejects.toMatchObject({ name: "ValidationError" });
  });

  it.each([
    ["idle_timeout.timeout_seconds", "60", ["1", "4000"], ["0", "4001"]],
    ["client_keep_alive.seconds", "3600", ["60", "604800"], ["59", "604801"]],
  ])("of a load balancer, %s, is %s unless said otherwise, and stays in its range", async (key, initial, allowed, refused) => {
    const balancer = await world.loadBalancer();
    const { Attributes } = await world.ask("DescribeLoadBalancerAttributes", { LoadBalancerArn: balancer });
    expect(Attributes).toContainEqual({ Key: key, Value: initial });
    for (const value of allowed)
      expect((await ofBalancer(balancer, { [key]: value })).Attributes).toContainEqual({ Key: key, Value: value });
    for (const value of refused) await expect(ofBalancer(balancer, { [key]: value })).rejects.toMatchObject({ name: "ValidationError" });
  });
});

it("a target group that says nothing of health checks has the load balancer's defaults", async () => {
  await world.ask("CreateTargetGroup", { Name: "plain", Port: 80, Protocol: "HTTP", VpcId: "vpc-1", TargetType: "ip" });
  expect((await world.ask("DescribeTargetGroups", { Names: ["plain"] })).TargetGroups).toMatchObject([
    {
      HealthCheckIntervalSeconds: 30,
      HealthCheckTimeoutSeconds: 5,
      HealthyThresholdCount: 5,
      UnhealthyThresholdCount: 2,
      HealthCheckPath: "/",
      HealthCheckPort: "traffic-port",
      HealthCheckProtocol: "HTTP",
      Matcher: { HttpCode: "200" },
    },
  ]);
});

it.each(["least_outstanding_requests", "weighted_random"])("a slow start does not go with %s", async (algorithm) => {
  const group = await world.targetGroup();
  await ofGroup(group, { "slow_start.duration_seconds": "30" });
  await expect(ofGroup(group, { "load_balancing.algorithm.type": algorithm })).rejects.toMatchObject({ name: "ValidationError" });
  await ofGroup(group, { "slow_start.duration_seconds": "0", "load_balancing.algorithm.type": algorithm });
});

it("anomaly mitigation is off, is kept when it is on, and leaves a target that fails every request its share", async () => {
  const key = "load_balancing.algorithm.anomaly_mitigation";
  const balancer = await world.loadBalancer();
  const group = await world.targetGroup();
  const { url } = await world.listener(balancer, group);
  expect((await world.ask("DescribeTargetGroupAttributes", { TargetGroupArn: group })).Attributes).toContainEqual({
    Key: key,
    Value: "off",
  });
  await ofGroup(group, { "load_balancing.algorithm.type": "weighted_random", [key]: "on" });
  expect((await world.ask("DescribeTargetGroupAttributes", { TargetGroupArn: group })).Attributes).toContainEqual({
    Key: key,
    Value: "on",
  });
  for (const status of [200, 500]) {
    const target = await world.serve((incoming, response) => response.writeHead(incoming.url === "/health" ? 200 : status).end());
    await world.register(group, target);
    await world.reaches(target, "healthy");
  }
  let failed = 0;
  for (let turn = 0; turn < 200; turn++) {
    const { statusCode, body } = await request(url);
    await body.dump();
    if (statusCode === 500) failed++;
  }
  // Five standard deviations of as many throws of a coin.
  expect(Math.abs(failed - 100)).toBeLessThan(5 * Math.sqrt(200 / 4));
});

it("round_robin is the algorithm unless another is named, and stickiness is off", async () => {
  const { Attributes } = await world.ask("DescribeTargetGroupAttributes", { TargetGroupArn: await world.targetGroup() });
  expect(Attributes).toContainEqual({ Key: "load_balancing.algorithm.type", Value: "round_robin" });
  expect(Attributes).toContainEqual({ Key: "stickiness.enabled", Value: "false" });
});

/** A balancer before one healthy target that keeps the headers it got. */
async function listening(): Promise<{ url: string; balancer: string; seen: () => IncomingHttpHeaders }> {
  let seen: IncomingHttpHeaders = {};
  const balancer = await world.loadBalancer();
  const group = await world.targetGroup();
  const { url } = await world.listener(balancer, group);
  const target = await world.serve((incoming, response) => {
    if (incoming.url !== "/health") seen = incoming.headers;
    response.end();
  });
  await world.register(group, target);
  await world.reaches(target, "healthy");
  return { url, balancer, seen: () => seen };
}

describe("X-Forwarded-For", () => {
  it.each([
    ["append", "203.0.113.7, 127.0.0.1"],
    ["preserve", "203.0.113.7"],
    ["remove", undefined],
  ])("in mode %s reaches the target as %s", async (mode, expected) => {
    const { url, balancer, seen } = await listening();
    await ofBalancer(balancer, { "routing.http.xff_header_processing.mode": mode });
    await (await request(url, { headers: { "x-forwarded-for": "203.0.113.7" } })).body.dump();
    expect(seen()["x-forwarded-for"]).toBe(expected);
  });

  it("has the client's port when that is switched on", async () => {
    const { url, balancer, seen } = await listening();
    await (await request(url)).body.dump();
    expect(seen()["x-forwarded-for"]).toBe("127.0.0.1");
    await ofBalancer(balancer, { "routing.http.xff_client_port.enabled": "true" });
    await (await request(url)).body.dump();
    expect(seen()["x-forwarded-for"]).toMatch(/^127\.0\.0\.1:\d+$/);
  });
});

it("a client's connection that has lasted as long as client_keep_alive allows ends with its next answer", async () => {
  const { url, balancer } = await listening();
  await ofBalancer(balancer, { "client_keep_alive.seconds": "60" });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const connection = () =>
    new Promise<string | undefined>((resolve, reject) => {
      const asked = httpRequest(url, { agent }, (answer) => answer.resume().once("end", () => resolve(answer.headers.connection)));
      asked.once("error", reject).end();
    });
  expect(await connection()).not.toBe("close");
  wallClock.ahead = 30_000;
  expect(await connection()).not.toBe("close");
  wallClock.ahead = 61_000;
  expect(await connection()).toBe("close");
  expect(await connection()).not.toBe("close");
  agent.destroy();
});

it("a request whose target takes no connection in time is answered 504", async () => {
  const balancer = await world.loadBalancer();
  const group = await world.targetGroup();
  const { url } = await world.listener(balancer, group);
  await world.register(group, BalancedWorld.silent);
  const { statusCode, body } = await request(url);
  expect([statusCode, await body.text()]).toEqual([504, expect.stringContaining("504 Gateway Time-out")]);
});

it("a rule whose target groups all weigh nothing is answered 503", async () => {
  const balancer = await world.loadBalancer();
  const [one, two] = [await world.targetGroup("one"), await world.targetGroup("two")];
  const { arn, url } = await world.listener(balancer, one);
  const target = await world.serve((_, response) => void response.end());
  await world.register(one, target);
  await world.reaches(target, "healthy");
  const weigh = (weight: number) =>
    world.ask("ModifyListener", {
      ListenerArn: arn,
      DefaultActions: [
        { Type: "forward", ForwardConfig: { TargetGroups: [one, two].map((TargetGroupArn) => ({ TargetGroupArn, Weight: weight })) } },
      ],
    });
  await weigh(0);
  const { statusCode, body } = await request(url);
  await body.dump();
  expect(statusCode).toBe(503);
});
