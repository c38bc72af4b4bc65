import { createServer } from "node:net";
import { join } from "node:path";
import { request } from "undici";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BalancedWorld } from "../../../../test/support/balanced-world.ts";
import { temporaryFolder } from "../../../kit/temporary-folder.testing.ts";
import { LibsqlStore } from "../../persistence/libsql-store.ts";

let directory: string;
const worlds: BalancedWorld[] = [];
const open: { close(): void }[] = [];
beforeEach(() => {
  directory = temporaryFolder();
});
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
  for (const server of open.splice(0)) server.close();
});

/** A platform's load balancing over the state directory; programs in `served` outlive it. */
function started(served = new Map<string, number>()): BalancedWorld {
  const world = new BalancedWorld({ store: new LibsqlStore(join(directory, "platform.db")), served });
  worlds.push(world);
  return world;
}

describe("a restart", () => {
  it("brings listeners back on their ports, with their rules and the targets that were registered", async () => {
    const before = started();
    const balancer = await before.loadBalancer();
    const group = await before.targetGroup();
    const { arn, url } = await before.listener(balancer, group, 81);
    const target = await before.serve((_, response) => response.end("served"));
    const leaving = await before.serve((_, response) => response.end("leaving"));
    for (const each of [target, leaving]) before.register(group, each);
    await Promise.all([before.reaches(target, "healthy"), before.reaches(leaving, "healthy")]);
    before.loadBalancing.deregister(group, leaving);
    await before.end();

    const after = started(before.served);
    await after.loadBalancing.start();
    await after.reaches(target, "healthy");
    expect(`http://127.0.0.1:${after.loadBalancing.hostPort(arn)}`).toBe(url);
    for (let turn = 0; turn < 3; turn++) expect(await (await request(url)).body.text()).toBe("served");
    // A controller that does not know how far it came asks again, and gets its answer.
    after.loadBalancing.deregister(group, leaving);
    await after.reaches(leaving, "unused");
  });

  it("tells targets that died with the platform to be unhealthy", async () => {
    const before = started();
    const group = await before.targetGroup();
    await before.listener(await before.loadBalancer(), group);
    const target = await before.serve((_, response) => response.end());
    before.register(group, target);
    await before.reaches(target, "healthy");
    await before.end();

    const after = started();
    await after.loadBalancing.start();
    await after.reaches(target, "initial");
    expect(
      (
        await request(
          `http://127.0.0.1:${after.loadBalancing.hostPort((await after.ask("DescribeListeners", { LoadBalancerArn: (await after.ask("DescribeLoadBalancers", {})).LoadBalancers![0]!.LoadBalancerArn })).Listeners![0]!.ListenerArn!)}`,
        )
      ).statusCode,
    ).toBe(502);
  });
});

describe("the port of a listener", () => {
  it("is its own when that is free and needs no privilege, else another that it keeps", async () => {
    const world = started();
    const balancer = await world.loadBalancer();
    const group = await world.targetGroup();
    const blocker = createServer();
    open.push(blocker);
    const taken = await new Promise<number>((resolve) =>
      blocker.listen(0, "127.0.0.1", () => resolve((blocker.address() as { port: number }).port)),
    );
    const other = createServer();
    const free = await new Promise<number>((resolve) =>
      other.listen(0, "127.0.0.1", () => resolve((other.address() as { port: number }).port)),
    );
    await new Promise((resolve) => other.close(resolve));

    expect((await world.listener(balancer, group, free)).url).toBe(`http://127.0.0.1:${free}`);
    const moved = Number(new URL((await world.listener(balancer, group, taken)).url).port);
    expect(moved).not.toBe(taken);
    expect(moved).toBeGreaterThanOrEqual(20_000);
    expect(Number(new URL((await world.listener(balancer, group, 80)).url).port)).toBeGreaterThanOrEqual(20_080);
  });

  it("is free again when the listener is deleted", async () => {
    const world = started();
    const balancer = await world.loadBalancer();
    const group = await world.targetGroup();
    const { arn, url } = await world.listener(balancer, group);
    await world.ask("DeleteListener", { ListenerArn: arn });
    await expect(request(url)).rejects.toThrow("ECONNREFUSED");
    expect((await world.listener(balancer, group)).url).toBe(url);
  });
});
