import { request as httpRequest } from "node:http";
import { request } from "undici";
import { afterEach, describe, expect, it } from "vitest";
import { BalancedWorld } from "../../../test/support/balanced-world.ts";
import { VirtualClock } from "../../kit/virtual-clock.ts";

let world: BalancedWorld;
afterEach(() => world.close());

describe("the metrics of a load balancer", () => {
  it("count requests, codes and hosts, once each and only when there is something to count", async () => {
    const clock = new VirtualClock();
    world = new BalancedWorld({ clock, speed: 1 });
    const balancer = await world.loadBalancer();
    const group = await world.targetGroup();
    const { url } = await world.listener(balancer, group);
    const target = await world.serve((incoming, response) => {
      if (incoming.url === "/cut") incoming.socket.destroy();
      else if (incoming.url !== "/silent") response.writeHead(incoming.url === "/missing" ? 404 : 200).end();
    });
    world.register(group, target);
    await world.reaches(target, "healthy");
    await world.setIdleTimeout(balancer, 1);
    for (const path of ["/", "/", "/missing", "/cut", "/silent"]) await (await request(`${url}${path}`)).body.dump();
    const headers = { connection: "Upgrade", upgrade: "websocket" };
    await new Promise<void>((resolve) => {
      // A target that knows no websockets answers as it would without the offer.
      httpRequest(`${url}/missing`, { headers }, (answer) => answer.resume().on("end", resolve)).end();
    });
    clock.advanceBy(5_000);

    const LoadBalancer = balancer.split(":loadbalancer/")[1]!;
    const TargetGroup = group.split(":")[5]!;
    const of = (dimensions: Record<string, string>) =>
      Object.fromEntries(
        world.metrics
          .filter((metric) => JSON.stringify(metric.dimensions) === JSON.stringify(dimensions) && metric.name !== "TargetResponseTime")
          .map(({ name, value }) => [name, value]),
      );
    expect(of({ LoadBalancer })).toMatchObject({
      RequestCount: 6,
      HTTPCode_Target_2XX_Count: 2,
      HTTPCode_Target_4XX_Count: 2,
      HTTPCode_ELB_5XX_Count: 2,
      HTTPCode_ELB_502_Count: 1,
      HTTPCode_ELB_504_Count: 1,
    });
    expect(of({ TargetGroup, LoadBalancer })).toEqual({
      RequestCount: 6,
      HTTPCode_Target_2XX_Count: 2,
      HTTPCode_Target_4XX_Count: 2,
      RequestCountPerTarget: 6,
      HealthyHostCount: 1,
      UnHealthyHostCount: 0,
    });
    expect(of({ TargetGroup })).toEqual({ RequestCountPerTarget: 6 });
    expect(world.metrics.filter(({ name }) => name === "TargetResponseTime")).toHaveLength(8);

    world.metrics.length = 0;
    clock.advanceBy(5_000);
    expect(world.metrics.filter(({ name }) => name !== "ActiveConnectionCount")).toEqual([]);
  });
});
