import { Agent, request } from "undici";
import { afterEach, describe, expect, it } from "vitest";
import { BalancedWorld } from "../../../../test/support/balanced-world.ts";

let world: BalancedWorld;
afterEach(() => world.close());

/** Asks again and again on several connections until told to stop; tells what it saw. */
function load(url: string, connections = 16) {
  const agent = new Agent({ connections, pipelining: 1 });
  const seen = new Map<string, number>();
  const failures: unknown[] = [];
  let stop = false;
  const one = async (method: "GET" | "POST"): Promise<void> => {
    while (!stop) {
      try {
        const { statusCode, body } = await request(`${url}/work`, {
          method,
          dispatcher: agent,
          ...(method === "POST" ? { body: "x".repeat(2_000) } : {}),
        });
        const text = await body.text();
        if (statusCode !== 200) failures.push(`${statusCode} ${text}`);
        seen.set(text, (seen.get(text) ?? 0) + 1);
      } catch (failure) {
        failures.push(failure);
      }
    }
  };
  const running = Array.from({ length: connections }, (_, index) => one(index % 4 === 0 ? "POST" : "GET"));
  return {
    seen,
    failures,
    async done() {
      stop = true;
      await Promise.all(running);
      await agent.close();
    },
  };
}

describe("a rolling update", () => {
  it("loses not one request while every target is replaced under load", async () => {
    world = new BalancedWorld();
    const balancer = await world.loadBalancer();
    const group = await world.targetGroup();
    const { url } = await world.listener(balancer, group);
    const version = (text: string) =>
      world.serve((incoming, response) => {
        incoming.resume();
        incoming.on("end", () => setTimeout(() => response.end(text), incoming.url === "/health" ? 0 : 3));
      });

    let current = [await version("v0"), await version("v0")];
    for (const target of current) world.register(group, target);
    await Promise.all(current.map((target) => world.reaches(target, "healthy")));
    const traffic = load(url);

    for (const name of ["v1", "v2", "v3"]) {
      for (const old of current) {
        const fresh = await version(name);
        world.register(group, fresh);
        await world.reaches(fresh, "healthy");
        world.loadBalancing.deregister(group, old);
        await world.reaches(old, "unused");
        // Nothing is in flight any more, so a program that dies at once hurts nobody.
        old.kill();
        current = [...current.filter((target) => target !== old), fresh];
      }
    }
    const before = traffic.seen.get("v3") ?? 0;
    while ((traffic.seen.get("v3") ?? 0) < before + 200) await new Promise((resolve) => setImmediate(resolve));
    await traffic.done();

    expect(traffic.failures).toEqual([]);
    expect([...traffic.seen.keys()].sort()).toEqual(["v0", "v1", "v2", "v3"]);
    expect(traffic.seen.get("v3")).toBeGreaterThan(200);
  });
});
