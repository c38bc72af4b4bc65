import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { said } from "../support/outcome.ts";
import { serviceFiles } from "../support/service.ts";
import { eventually, World } from "../support/world.ts";

describe("a platform killed in the middle of a deployment", () => {
  let world: World;
  afterEach(() => world.end());

  it("goes on where it was when it is back: the stack completes and version 2 is live", async () => {
    world = new World();
    // Slow enough that the rollout is still seen under way when the machine is busy.
    const { pid } = await world.up("--speed", "2");
    const folder = world.write("stubborn", serviceFiles("stubborn", { version: "1" }));
    expect(await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--env", "local", "--yes")).toExitWith(0);
    world.write("stubborn", serviceFiles("stubborn", { version: "2" }));
    const deploying = world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--env", "local", "--yes");
    await eventually("version 2 rolling out", async () => {
      const { deployments } = await world.status("stubborn");
      return deployments.length === 2;
    });
    process.kill(pid, "SIGKILL");
    // The command lost its platform: it must not claim success.
    expect((await deploying).status).not.toBe(0);

    await world.up("--speed", "2");
    const settled = await eventually("one deployment, completed", async () => {
      const status = await world.status("stubborn");
      return status.deployments.length === 1 && status.deployments[0]?.rolloutState === "COMPLETED" && status.healthy === 2 && status;
    });
    expect(((await (await fetch(settled.url)).json()) as { version: string }).version).toBe("2");
    const again = await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--env", "local", "--yes");
    expect(again).toExitWith(0);
    expect(again.stdout).toMatch(/nothing to do/i);
  });
});

describe("a platform killed during a first deployment", () => {
  let world: World;
  afterEach(() => world.end());

  it.each([
    ["the environment is made", /environment local …/],
    ["the image is pushed", /✓ packed sha256:/],
    ["the change set is made", /stack fsd-local-early …/],
    ["the stack is made", /CREATE_COMPLETE TargetGroup/],
  ])("when %s loses nothing: the deploy claims no success, and the same one afterwards goes live", async (_moment, said) => {
    world = new World();
    const { pid } = await world.up();
    const deploy = [
      "deploy",
      "-f",
      join(world.write("early", serviceFiles("early", { version: "1" })), "fsd.yml"),
      "--env",
      "local",
      "--yes",
    ];
    const { ended } = await world.fsdUntil(said, ...deploy);
    process.kill(pid, "SIGKILL");
    expect(await ended).toMatchObject({ status: 1, stderr: expect.stringMatching(/FSD7003 .*\n.*fsd local up/) });

    await world.up();
    const again = await eventually("a deploy after what went on by itself", async () => {
      const outcome = await world.fsd(...deploy);
      return outcome.stderr.includes("FSD7004") ? false : outcome;
    });
    expect(again).toExitWith(0);
    expect(await world.status("early")).toMatchObject({ running: 2, healthy: 2 });
  });
});

describe("a deploy that is interrupted", () => {
  let world: World;
  afterEach(() => world.end());

  it("ends with 130 and says what goes on without it", async () => {
    world = new World();
    await world.up();
    const folder = world.write("cut", serviceFiles("cut", { version: "1" }));
    const { ended, kill } = await world.fsdUntil(
      /CREATE_COMPLETE LogGroup/,
      ...["deploy", "-f", `${folder}/fsd.yml`, "--env", "local", "--yes"],
    );
    kill("SIGINT");
    const outcome = await ended;
    expect(outcome.status).toBe(130);
    expect(said(outcome)).toMatch(/goes on without fsd/);
    await eventually("the stack completing by itself", async () => {
      const { stdout, status } = await world.fsd("status", "cut", "--output", "json");
      return status === 0 && (JSON.parse(stdout) as { healthy: number }).healthy === 2;
    });
  });
});
