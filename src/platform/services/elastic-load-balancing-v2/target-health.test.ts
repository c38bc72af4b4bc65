import { request } from "undici";
import { afterEach, describe, expect, it } from "vitest";
import { BalancedWorld, type Served } from "../../../../test/support/balanced-world.ts";
import { VirtualClock } from "../../../kit/virtual-clock.ts";

let world: BalancedWorld;
afterEach(() => world.close());

const healthOf = async (group: string) => {
  const { TargetHealthDescriptions } = await world.ask("DescribeTargetHealth", { TargetGroupArn: group });
  return TargetHealthDescriptions!.map(({ Target, TargetHealth }) => ({ id: Target!.Id, ...TargetHealth }));
};

/** A target that answers probes as `answer` says, and tells of each probe. */
async function probed(clock: VirtualClock, speed = 1) {
  world = new BalancedWorld({ clock, speed });
  const state = { answer: 200 as number | "silence", probes: 0, agents: new Set<string | undefined>(), connections: new Set<unknown>() };
  let seen = (): void => {};
  const balancer = await world.loadBalancer();
  const group = await world.targetGroup("tasks", {
    HealthCheckIntervalSeconds: 10,
    HealthCheckTimeoutSeconds: 5,
    HealthyThresholdCount: 3,
    UnhealthyThresholdCount: 2,
    Matcher: { HttpCode: "200-299" },
  });
  const target = await world.serve((incoming, response) => {
    state.agents.add(incoming.headers["user-agent"]);
    state.connections.add(incoming.socket);
    state.probes++;
    seen();
    if (state.answer !== "silence") response.writeHead(state.answer).end();
  });
  /** Lets the clock go to the next probe, every ten seconds, and waits until it reaches the target. */
  const nextProbe = async () => {
    const arrived = new Promise<void>((resolve) => {
      seen = resolve;
    });
    clock.advanceTo((Math.floor(clock.now() / 10_000) + 1) * 10_000);
    await arrived;
  };
  return { state, balancer, group, target, nextProbe };
}

const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};
/** A probe closes its connection when its outcome has been taken in. */
const probedAway = ({ sockets }: Served) => until(() => sockets.size === 0);

describe("a target's health", () => {
  it("is checked at once after registration and then each interval, on a connection of its own each time", async () => {
    const clock = new VirtualClock();
    const { state, balancer, group, target, nextProbe } = await probed(clock);
    await world.listener(balancer, group);
    world.register(group, target);
    expect(await healthOf(group)).toEqual([
      { id: target.ip, State: "initial", Reason: "Elb.InitialHealthChecking", Description: "Initial health checks in progress" },
    ]);
    await world.reaches(target, "healthy");
    expect(state.probes).toBe(1);
    await nextProbe();
    await probedAway(target);
    await nextProbe();
    await probedAway(target);
    expect(state.probes).toBe(3);
    expect(state.connections.size).toBe(3);
    expect([...state.agents]).toEqual(["ELB-HealthChecker/2.0"]);
    expect(await healthOf(group)).toEqual([{ id: target.ip, State: "healthy" }]);
  });

  it("turns after as many results in a row as the thresholds say, with AWS's reasons", async () => {
    const clock = new VirtualClock();
    const { state, balancer, group, target, nextProbe } = await probed(clock);
    await world.listener(balancer, group);
    world.register(group, target);
    await world.reaches(target, "healthy");
    await probedAway(target);
    state.answer = 503;
    await nextProbe();
    await probedAway(target);
    expect(await healthOf(group)).toMatchObject([{ State: "healthy" }]);
    await nextProbe();
    await world.reaches(target, "unhealthy");
    expect(await healthOf(group)).toEqual([
      {
        id: target.ip,
        State: "unhealthy",
        Reason: "Target.ResponseCodeMismatch",
        Description: "Health checks failed with these codes: [503]",
      },
    ]);
    state.answer = "silence";
    await nextProbe();
    clock.advanceBy(5_000);
    expect(await healthOf(group)).toEqual([
      { id: target.ip, State: "unhealthy", Reason: "Target.Timeout", Description: "Request timed out" },
    ]);
    state.answer = 204;
    for (const expected of ["unhealthy", "unhealthy", "healthy"]) {
      await nextProbe();
      await probedAway(target);
      expect(await healthOf(group)).toMatchObject([{ State: expected }]);
    }
  });

  it("leaves a slow answer time to come at high speed: the timeout is a limit, the interval a wait", async () => {
    const clock = new VirtualClock();
    const { state, balancer, group, target } = await probed(clock, 10);
    await world.listener(balancer, group);
    state.answer = "silence";
    world.register(group, target);
    await until(() => state.probes > 0);
    clock.advanceBy(49_999);
    expect(await healthOf(group)).toMatchObject([{ State: "initial" }]);
    clock.advanceBy(1);
    // The next probe is overdue and follows at once: two are never under way at a time.
    await until(() => {
      clock.advanceBy(0);
      return state.probes > 1;
    });
    clock.advanceBy(50_000);
    expect(await healthOf(group)).toMatchObject([{ State: "unhealthy", Reason: "Target.Timeout" }]);
  });

  it("leaves a new program time to listen at high speed, however fast its checks fail", async () => {
    const clock = new VirtualClock();
    const { state, balancer, group, target, nextProbe } = await probed(clock, 10);
    await world.listener(balancer, group);
    state.answer = 503;
    world.register(group, target);
    await until(() => state.probes > 0);
    await probedAway(target);
    // 10 s × (2 − 1) would be one second of the wall; a real program has five, which are 50 s here.
    for (let second = 10; second < 50; second += 10) {
      await nextProbe();
      await probedAway(target);
      expect(await healthOf(group)).toMatchObject([{ State: "initial" }]);
    }
    await nextProbe();
    await world.reaches(target, "unhealthy");
    expect(state.probes).toBe(6);
  });

  it("is not asked for while the target group serves no listener, nor while checks are off", async () => {
    const clock = new VirtualClock();
    const { state, balancer, group, target } = await probed(clock);
    world.register(group, target);
    expect(await healthOf(group)).toEqual([
      {
        id: target.ip,
        State: "unused",
        Reason: "Target.NotInUse",
        Description: "Target group is not configured to receive traffic from the load balancer",
      },
    ]);
    const { url, arn } = await world.listener(balancer, group);
    await world.reaches(target, "healthy");
    await world.ask("ModifyTargetGroup", { TargetGroupArn: group, HealthCheckEnabled: false });
    expect(await healthOf(group)).toMatchObject([{ State: "unavailable", Reason: "Target.HealthCheckDisabled" }]);
    expect((await request(url)).statusCode).toBe(200);
    await world.ask("DeleteListener", { ListenerArn: arn });
    expect(await healthOf(group)).toMatchObject([{ State: "unused", Reason: "Target.NotInUse" }]);
    state.probes = 0;
    clock.advanceBy(100_000);
    await until(() => target.sockets.size === 0);
    expect(state.probes).toBe(0);
  });

  it("does not matter when no target is healthy: the group fails open", async () => {
    const clock = new VirtualClock();
    const { balancer, group } = await probed(clock);
    const { url } = await world.listener(balancer, group);
    let asked = false;
    const target = await world.serve((incoming, response) => {
      asked = true;
      response.writeHead(incoming.url === "/health" ? 500 : 200).end("served");
    });
    world.register(group, target);
    await until(() => asked);
    await probedAway(target);
    clock.advanceBy(10_000);
    await world.reaches(target, "unhealthy");
    expect(await (await request(url)).body.text()).toBe("served");
  });
});

describe("a deregistered target", () => {
  it("finishes what is in flight, gets nothing new, and is unused as soon as it is done", async () => {
    world = new BalancedWorld();
    const balancer = await world.loadBalancer();
    const group = await world.targetGroup();
    const { url } = await world.listener(balancer, group);
    let finish = (): void => {};
    const inFlight = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let arrived = (): void => {};
    const came = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const old = await world.serve((incoming, response) => {
      if (incoming.url !== "/slow") return void response.end("old");
      arrived();
      inFlight.then(() => response.end("old, slowly"));
    });
    world.register(group, old);
    await world.reaches(old, "healthy");
    const slow = request(`${url}/slow`);
    await came;
    const fresh = await world.serve((_, response) => response.end("fresh"));
    world.register(group, fresh);
    world.loadBalancing.deregister(group, old);
    await world.reaches(fresh, "healthy");

    expect(await healthOf(group)).toContainEqual({
      id: old.ip,
      State: "draining",
      Reason: "Target.DeregistrationInProgress",
      Description: "Target deregistration is in progress",
    });
    for (let turn = 0; turn < 4; turn++) expect(await (await request(url)).body.text()).toBe("fresh");
    finish();
    expect(await (await slow).body.text()).toBe("old, slowly");
    expect(await world.reaches(old, "unused")).toMatchObject({ reason: "Target.NotRegistered" });
    expect((await healthOf(group)).map(({ id }) => id)).toEqual([fresh.ip]);
    await until(() => old.sockets.size === 0);
  });

  it("is cut when the deregistration delay is over", async () => {
    const clock = new VirtualClock();
    const { state, balancer, group, target } = await probed(clock);
    const { url } = await world.listener(balancer, group);
    await world.ask("ModifyTargetGroupAttributes", {
      TargetGroupArn: group,
      Attributes: [{ Key: "deregistration_delay.timeout_seconds", Value: "30" }],
    });
    world.register(group, target);
    await world.reaches(target, "healthy");
    state.answer = "silence";
    state.probes = 0;
    const asked = request(`${url}/never`);
    await until(() => state.probes > 0);
    world.loadBalancing.deregister(group, target);
    clock.advanceBy(29_999);
    expect(await healthOf(group)).toMatchObject([{ State: "draining" }]);
    clock.advanceBy(1);
    expect((await asked).statusCode).toBe(502);
    await world.reaches(target, "unused");
  });

  it("comes back when it is registered again before its drain is over, and answers repeated calls", async () => {
    const clock = new VirtualClock();
    const { balancer, group, target } = await probed(clock);
    await world.listener(balancer, group);
    world.loadBalancing.deregister(group, target);
    expect(await world.reaches(target, "unused")).toMatchObject({ reason: "Target.NotRegistered" });
    world.register(group, target);
    await world.reaches(target, "healthy");
    world.loadBalancing.deregister(group, target);
    await world.reaches(target, "draining");
    world.register(group, target);
    await world.reaches(target, "healthy");
    const told = world.events.length;
    world.register(group, target);
    await until(() => world.events.length > told);
    expect(world.events.slice(told)).toMatchObject([{ state: "healthy" }]);
    clock.advanceBy(400_000);
    await probedAway(target);
    expect(await healthOf(group)).toHaveLength(1);
  });
});
