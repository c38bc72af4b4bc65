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
    expect(outcome, outcome.stdout + outcome.stderr).toMatchObject({ status: 0 });
    for (const name of ["left", "right"]) {
      const status = await world.status(name);
      expect(status).toMatchObject({ running: 2, healthy: 2 });
      expect(await (await fetch(status.url)).json()).toMatchObject({ version: name });
    }
  });
});
