/** A service that a failed deployment freezes until a person says why it may go on. */
import { SSM } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Outcome, said } from "../support/outcome.ts";
import { type Behaviour, serviceFiles } from "../support/service.ts";
import { World } from "../support/world.ts";

const world = new World();
let ssm: SSM;
beforeAll(async () => {
  const { endpoint } = await world.up();
  ssm = new SSM({ endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } });
});
afterAll(() => world.end());

function deploy(name: string, behaviour: Behaviour, more = "  deployment: {freezeOnFailure: true}\n"): Promise<Outcome> {
  const folder = world.write(name, serviceFiles(name, behaviour, more));
  return world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--yes");
}

interface Frozen {
  readonly frozen: { readonly since: string; readonly outcome: string; readonly cause: string } | null;
  readonly liveRevision: string;
}

const status = (name: string): Promise<Frozen> => world.json<Frozen>("status", "--service", name);

describe("a service with freezeOnFailure", () => {
  it("is frozen by a deployment that was rolled back, refuses the next, and goes on when a reason is given", async () => {
    expect(await deploy("careful", { version: "1" })).toExitWith(0);
    expect(await status("careful")).toMatchObject({ frozen: null });
    const broken = await deploy("careful", { version: "2", program: "exits" });
    expect(broken).toExitWith(4);
    expect(broken.stdout).toContain('it is frozen: nothing is deployed before fsd unfreeze careful --env local --reason "…"');

    const { liveRevision, frozen } = await status("careful");
    expect(frozen).toMatchObject({ outcome: "rolled-back", cause: expect.stringContaining("exit") });
    const shown = await world.fsd("status", "careful");
    expect(shown.stdout).toMatch(/frozen +since \S+, when a deployment was rolled back: .*\n.*fsd unfreeze careful/);

    const refused = await deploy("careful", { version: "3" });
    expect(refused).toExitWith(1);
    expect(said(refused)).toMatch(/FSD8008 careful on local is frozen since .*\n.*fsd unfreeze careful --env local --reason/);
    expect(await status("careful")).toMatchObject({ liveRevision });

    for (const [args, message] of [
      [["careful"], "--reason says why"],
      [["careful", "--reason", "  "], "--reason says why"],
      [["--reason", "x"], "name the services"],
      [["carefull", "--reason", "x"], "did you mean careful?"],
    ] as const) {
      const wrong = await world.fsd("unfreeze", ...args);
      expect(wrong.status).toBe(2);
      expect(wrong.stderr).toContain(message);
    }
    const done = await world.fsd("unfreeze", "careful", "--reason", "the variable is set now");
    expect(done).toMatchObject({ status: 0, stdout: "✓ careful on local may be deployed again\n" });
    const { Parameter } = await ssm.getParameter({ Name: "/fsd/local/unfrozen/careful" });
    expect(JSON.parse(Parameter?.Value ?? "")).toMatchObject({
      reason: "the variable is set now",
      by: expect.stringMatching(/^arn:aws:/),
      freeze: frozen,
    });
    const again = await world.json<unknown>("unfreeze", "careful", "--reason", "once more");
    expect(again).toEqual([{ service: "careful", env: "local", unfrozen: null }]);
    expect(await deploy("careful", { version: "3" })).toExitWith(0);
  });

  it("is frozen by a first deployment that failed, not by what is refused, and no more once it is deleted", async () => {
    expect(await deploy("new", { version: "1", program: "exits" })).toExitWith(1);
    expect(await status("new")).toMatchObject({ frozen: { outcome: "failed" } });
    expect(await world.fsd("delete", "new", "--yes")).toExitWith(0);
    expect(await deploy("new", { version: "2" })).toExitWith(0);
    expect(await deploy("new", { version: "3" }, "  nonsense: 1\n")).toExitWith(2);
    expect(await status("new")).toMatchObject({ frozen: null });
  });

  it("is not frozen where failures do not freeze", async () => {
    expect(await deploy("free", { version: "1", program: "exits" }, "")).toExitWith(1);
    expect(await deploy("free", { version: "2" }, "")).toExitWith(0);
  });
});
