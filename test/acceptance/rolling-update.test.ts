import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BulkyClients, bulky } from "../support/bulky-clients.ts";
import { Load } from "../support/load.ts";
import { serviceFiles } from "../support/service.ts";
import { World } from "../support/world.ts";

describe("a rolling update from version 1 to version 2", () => {
  const world = new World();
  beforeAll(() => world.up());
  afterAll(() => world.end());

  it("fails not one request of a continuous load, and version 2 is live at the end", async () => {
    const folder = world.write("shop", serviceFiles("shop", { version: "1" }));
    const first = await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--env", "local", "--yes");
    expect(first).toExitWith(0);
    const { url } = await world.status("shop");

    const load = new Load(url, 300);
    await load.reached(150);
    world.write("shop", serviceFiles("shop", { version: "2" }));
    const second = await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--env", "local", "--yes");
    await load.reached(load.requests + 150);
    const { requests, failures, versions, lastVersion } = await load.end();

    expect(second).toExitWith(0);
    expect(failures).toEqual([]);
    expect(requests).toBeGreaterThan(300);
    expect([...versions].sort()).toEqual(["1", "2"]);
    expect(lastVersion).toBe("2");
    expect(await world.status("shop")).toMatchObject({
      desired: 2,
      running: 2,
      healthy: 2,
      deployments: [{ status: "PRIMARY", rolloutState: "COMPLETED" }],
    });
  });

  it("breaks no connection of clients that open one for each request, send large bodies or read long answers", async () => {
    // On a busy machine an answer of two seconds takes longer than five, and a drain that is over cuts it off.
    const files = (version: string) => ({ ...serviceFiles("bulk", { version, deregistrationDelay: 300 }), "server.js": bulky(version) });
    const folder = world.write("bulk", files("1"));
    const first = await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--yes");
    expect(first).toExitWith(0);
    const { url } = await world.status("bulk");

    const clients = new BulkyClients(url);
    world.write("bulk", files("2"));
    const second = await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--yes");
    const { failures, uploads, streams, versions } = await clients.end();

    expect(second).toExitWith(0);
    expect(failures).toEqual([]);
    expect(uploads).toBeGreaterThan(20);
    expect(streams).toBeGreaterThan(4);
    expect([...versions].sort()).toEqual(["1", "2"]);
  });

  it("has nothing to do when nothing changed", async () => {
    const folder = world.write("still", serviceFiles("still", { version: "1" }));
    expect(await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--env", "local", "--yes")).toExitWith(0);
    const before = await world.status("still");
    const again = await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--env", "local", "--yes");
    expect(again).toExitWith(0);
    expect(again.stdout).toMatch(/nothing to do/i);
    expect((await world.status("still")).deployments).toEqual(before.deployments);
  });
});
