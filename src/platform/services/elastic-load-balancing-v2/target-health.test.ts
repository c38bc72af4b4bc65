import { Client, request } from "undici";
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
  const state = {
    answer: 200 as number | "silence",
    probes: 0,
    agents: new Set<string | undefined>(),
    connections: new Set<unknown>(),
    times: [] as number[],
  };
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
    state.times.push(clock.now());
    seen();
    if (state.answer !== "silence") response.writeHead(state.answer).end();
  });
  const probeAt = async (time: number) => {
    const arrived = new Promise<void>((resolve) => {
      seen = resolve;
    });
    clock.advanceTo(time);
    await arrived;
  };
  /** Both nodes have asked for the first time. */
  const firstProbes = async () => {
    await until(() => state.probes > 1);
    if (state.answer !== "silence") await probedAway(target);
  };
  /** Lets the clock go ten seconds on: the second node asks after five, the first after ten. The last answer is still under way. */
  const nextProbes = async () => {
    const begun = Math.floor(clock.now() / 10_000) * 10_000;
    await probeAt(begun + 5_000);
    if (state.answer !== "silence") await probedAway(target);
    await probeAt(begun + 10_000);
  };
  return { state, balancer, group, target, firstProbes, nextProbes, probeAt };
}

const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};
/** A probe closes its connection when its outcome has been taken in. */
const probedAway = ({ sockets }: Served) => until(() => sockets.size === 0);

describe("a target's health", () => {
  it("is checked at once after registration and then each interval, by each node, on a connection of its own each time", async () => {
    const clock = new VirtualClock();
    const { state, balancer, group, target, firstProbes, nextProbes } = await probed(clock);
    await world.listener(balancer, group);
    world.register(group, target);
    expect(await healthOf(group)).toEqual([
      { id: target.ip, State: "initial", Reason: "Elb.InitialHealthChecking", Description: "Initial health checks in progress" },
    ]);
    await world.reaches(target, "healthy");
    await firstProbes();
    expect(state.probes).toBe(2);
    await nextProbes();
    await probedAway(target);
    await nextProbes();
    await probedAway(target);
    expect(state.probes).toBe(6);
    expect(state.connections.size).toBe(6);
    expect([...state.agents]).toEqual(["ELB-HealthChecker/2.0"]);
    expect(await healthOf(group)).toEqual([{ id: target.ip, State: "healthy" }]);
  });

  it("turns after as many results in a row as the thresholds say, with AWS's reasons", async () => {
    const clock = new VirtualClock();
    const { state, balancer, group, target, firstProbes, nextProbes } = await probed(clock);
    await world.listener(balancer, group);
    world.register(group, target);
    await firstProbes();
    state.answer = 503;
    await nextProbes();
    await probedAway(target);
    expect(await healthOf(group)).toMatchObject([{ State: "healthy" }]);
    await nextProbes();
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
    await nextProbes();
    clock.advanceBy(5_000);
    expect(await healthOf(group)).toEqual([
      { id: target.ip, State: "unhealthy", Reason: "Target.Timeout", Description: "Request timed out" },
    ]);
    state.answer = 204;
    for (const expected of ["unhealthy", "unhealthy", "healthy"]) {
      await nextProbes();
      await probedAway(target);
      expect(await healthOf(group)).toMatchObject([{ State: expected }]);
    }
  });

  it("leaves a slow answer time to come at high speed: the timeout is a limit, the interval a wait", async () => {
    const clock = new VirtualClock();
    const { state, balancer, group, target, firstProbes } = await probed(clock, 10);
    await world.listener(balancer, group);
    state.answer = "silence";
    world.register(group, target);
    await firstProbes();
    clock.advanceBy(49_999);
    expect(await healthOf(group)).toMatchObject([{ State: "initial" }]);
    clock.advanceBy(1);
    // The next probes are overdue and follow at once: a node never has two under way.
    await until(() => {
      clock.advanceBy(0);
      return state.probes > 3;
    });
    clock.advanceBy(50_000);
    expect(await healthOf(group)).toMatchObject([{ State: "unhealthy", Reason: "Target.Timeout" }]);
  });

  it("leaves a new program time to listen at high speed, however fast its checks fail", async () => {
    const clock = new VirtualClock();
    const { state, balancer, group, target, firstProbes, nextProbes } = await probed(clock, 10);
    await world.listener(balancer, group);
    state.answer = 503;
    world.register(group, target);
    await firstProbes();
    // 10 s × (2 − 1) would be one second of the wall; a real program has five, which are 50 s here.
    for (let second = 10; second < 50; second += 10) {
      await nextProbes();
      await probedAway(target);
      expect(await healthOf(group)).toMatchObject([{ State: "initial" }]);
    }
    await nextProbes();
    await world.reaches(target, "unhealthy");
    expect(state.probes).toBe(12);
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
    let asked = 0;
    const target = await world.serve((incoming, response) => {
      asked++;
      response.writeHead(incoming.url === "/health" ? 500 : 200).end("served");
    });
    world.register(group, target);
    await until(() => asked > 1);
    await probedAway(target);
    clock.advanceBy(10_000);
    await world.reaches(target, "unhealthy");
    expect(await (await request(url)).body.text()).toBe("served");
  });
});

describe("the nodes of a load balancer, one in each zone,", () => {
  it("ask a target each by itself: as many probes an interval as there are nodes, at even distances", async () => {
    const clock = new VirtualClock();
    const { state, balancer, group, target, firstProbes, nextProbes } = await probed(clock);
    await world.listener(balancer, group);
    world.register(group, target);
    await firstProbes();
    await nextProbes();
    await probedAway(target);
    await nextProbes();
    await probedAway(target);
    expect(state.times).toEqual([0, 0, 5_000, 10_000, 15_000, 20_000]);
  });

  it("route by what each has found itself, and the API tells the worse of it", async () => {
    const clock = new VirtualClock();
    const { state, balancer, group, target, firstProbes, nextProbes, probeAt } = await probed(clock);
    const { url } = await world.listener(balancer, group);
    const other = await world.serve((_, response) => response.end("other"));
    world.register(group, target);
    world.register(group, other);
    await firstProbes();
    await world.reaches(other, "healthy");
    // The second node's probes fail, twice in a row; the first one's do not.
    for (const begun of [0, 10_000]) {
      state.answer = 503;
      await probeAt(begun + 5_000);
      await probedAway(target);
      state.answer = 200;
      await probeAt(begun + 10_000);
      await probedAway(target);
    }
    expect(await healthOf(group)).toEqual([
      {
        id: target.ip,
        State: "unhealthy",
        Reason: "Target.ResponseCodeMismatch",
        Description: "Health checks failed with these codes: [503]",
      },
      { id: other.ip, State: "healthy" },
    ]);
    const served = async (client: Client) => {
      const bodies = new Set<string>();
      for (let turn = 0; turn < 6; turn++) bodies.add(await (await client.request({ method: "GET", path: "/" })).body.text());
      return [...bodies].sort();
    };
    const [ofFirst, ofSecond] = [new Client(url), new Client(url)];
    expect(await served(ofFirst)).toEqual(["", "other"]);
    expect(await served(ofSecond)).toEqual(["other"]);
    await Promise.all([ofFirst.close(), ofSecond.close()]);
    // Three successes in a row bring it back with the node that had lost it.
    for (let round = 0; round < 3; round++) {
      await nextProbes();
      await probedAway(target);
    }
    expect(await healthOf(group)).toMatchObject([{ State: "healthy" }, { State: "healthy" }]);
  });

  it("come with the zones: one that is added asks for itself, while the target stays healthy", async () => {
    const clock = new VirtualClock();
    const { state, balancer, group, target, firstProbes, probeAt } = await probed(clock);
    await world.listener(balancer, group);
    world.register(group, target);
    await firstProbes();
    await world.ask("SetSubnets", { LoadBalancerArn: balancer, Subnets: ["subnet-a", "subnet-b", "subnet-c"] });
    await until(() => state.probes === 3);
    await probedAway(target);
    expect(await healthOf(group)).toEqual([{ id: target.ip, State: "healthy" }]);
    expect(world.events.filter(({ state: told }) => told === "healthy")).toHaveLength(1);
    await world.ask("SetSubnets", { LoadBalancerArn: balancer, Subnets: ["subnet-b", "subnet-c"] });
    await probeAt(4_000);
    expect(state.times).toEqual([0, 0, 0, 4_000]);
    expect(await healthOf(group)).toEqual([{ id: target.ip, State: "healthy" }]);
  });

  it.each([
    ["file descriptor", "EMFILE"],
    ["port", "EADDRNOTAVAIL"],
  ] as const)("do not lay it at the target's door that this machine has no %s left", async (_, code) => {
    const clock = new VirtualClock();
    const { balancer, group } = await probed(clock);
    const target = BalancedWorld.beyondReach[code];
    await world.listener(balancer, group);
    world.register(group, target);
    clock.advanceBy(10_000);
    await world.reaches(target, "unhealthy");
    expect(await healthOf(group)).toEqual([
      {
        id: target.ip,
        State: "unhealthy",
        Reason: "Elb.InternalError",
        Description: "Health checks failed due to an internal error",
      },
    ]);
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
    const { state, balancer, group, target, firstProbes } = await probed(clock);
    const { url } = await world.listener(balancer, group);
    await world.ask("ModifyTargetGroupAttributes", {
      TargetGroupArn: group,
      Attributes: [{ Key: "deregistration_delay.timeout_seconds", Value: "30" }],
    });
    world.register(group, target);
    await firstProbes();
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
