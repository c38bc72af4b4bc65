import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Outcome } from "../support/outcome.ts";
import { describeWith, terraformPlugins } from "../support/requirement.ts";
import { root, World } from "../support/world.ts";

const world = new World();
let endpoint = "";
beforeAll(async () => {
  ({ endpoint } = await world.up("--speed", "50"));
});
afterAll(() => world.end());

describeWith("terraform", "Terraform's AWS provider pointed at the endpoint", () => {
  const folder = join(world.folder, "terraform");
  const terraform = (...args: string[]): Promise<Outcome> =>
    world.run("terraform", [`-chdir=${folder}`, ...args, "-no-color", "-input=false"], {
      TF_VAR_endpoint: endpoint,
      CHECKPOINT_DISABLE: "1",
    });

  // The provider waits minutes of its own for clusters, load balancers and their end.
  it("applies a service behind a load balancer, plans no change afterwards, and destroys it", { timeout: 600_000 }, async () => {
    mkdirSync(folder);
    copyFileSync(join(root, "test", "judges", "terraform.tf"), join(folder, "main.tf"));
    const begun = await terraform("init", `-plugin-dir=${terraformPlugins()}`);
    expect(begun).toExitWith(0);
    const applied = await terraform("apply", "-auto-approve");
    expect(applied).toExitWith(0);
    const planned = await terraform("plan", "-detailed-exitcode");
    expect(planned).toExitWith(0);
    const destroyed = await terraform("destroy", "-auto-approve");
    expect(destroyed).toExitWith(0);
  });
});
