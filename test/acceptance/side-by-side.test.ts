import { afterAll, beforeAll, expect, it } from "vitest";
import { describeWith } from "../support/requirement.ts";
import { serviceFiles } from "../support/service.ts";
import { World } from "../support/world.ts";

describeWith("namespaces", "two services that both hard-code port 8000", () => {
  const world = new World();
  beforeAll(() => world.up());
  afterAll(() => world.end());

  it("run side by side, two tasks each, and each answers at its own URL", async () => {
    for (const name of ["left", "right"]) world.write(name, serviceFiles(name, { version: name }));
    const outcome = await world.fsd("deploy", "-f", "left/fsd.yml", "-f", "right/fsd.yml", "--env", "local", "--yes");
    expect(outcome).toExitWith(0);
    for (const name of ["left", "right"]) {
      const status = await world.status(name);
      expect(status).toMatchObject({ running: 2, healthy: 2 });
      expect(await (await fetch(status.url)).json()).toMatchObject({ version: name });
    }
  });
});

describeWith("namespaces", "two platforms on one machine", () => {
  const worlds = [new World(), new World()] as const;
  afterAll(() => Promise.all(worlds.map((world) => world.end())));

  it("run a service of the same name each, and know nothing of one another, also when one is erased", async () => {
    await Promise.all(worlds.map((world) => world.up()));
    const versions = ["mine", "yours"];
    await Promise.all(
      worlds.map(async (world, index) => {
        world.write("same", serviceFiles("same", { version: versions[index] ?? "" }));
        const outcome = await world.fsd("deploy", "-f", "same/fsd.yml", "--env", "local", "--yes");
        expect(outcome).toExitWith(0);
      }),
    );
    const urls = await Promise.all(worlds.map(async (world) => (await world.status("same")).url));
    expect(new Set(urls).size).toBe(2);
    for (const [index, url] of urls.entries()) expect(await (await fetch(url)).json()).toMatchObject({ version: versions[index] });

    expect(await worlds[0].fsd("local", "reset", "--yes")).toExitWith(0);
    expect(await worlds[1].status("same")).toMatchObject({ running: 2, healthy: 2, url: urls[1] });
    expect(await (await fetch(urls[1] ?? "")).json()).toMatchObject({ version: "yours" });
  });
});
