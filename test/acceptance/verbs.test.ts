import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { serviceFiles } from "../support/service.ts";
import { eventually, root, World } from "../support/world.ts";

const command = join(root, "bin", "fsd");

describe("the verbs on a running platform", () => {
  const world = new World();
  beforeAll(() => world.up());
  afterAll(() => world.end());

  it("tell a program all it needs, as JSON and by exit codes", async () => {
    const folder = world.write("told", serviceFiles("told", { version: "1" }));
    const deployed = await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--yes", "--output", "json");
    expect(deployed).toExitWith(0);
    const events = deployed.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.at(-1)).toMatchObject({ type: "outcome", subject: "told", outcome: "live", running: 2 });
    const status = await world.status("told");
    expect(status).toMatchObject({ service: "told", env: "local", status: "ACTIVE", desired: 2, running: 2, healthy: 2 });
    expect(status.url).toBe(events.at(-1)?.url);
    expect(status.events[0]?.message).toContain("has reached a steady state");
    expect(await world.json<unknown[]>("status")).toHaveLength(1);

    const logs = await world.fsd("logs", "told", "--output", "json");
    const lines = logs.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { message: string; service: string });
    expect(lines.filter(({ message }) => message === "version 1 listens on 8000")).toHaveLength(2);
    const filtered = await world.fsd("logs", "told", "--filter", "listens", "--since", "10m");
    expect(filtered.stdout.trim().split("\n")).toHaveLength(2);

    const unknown = await world.fsd("status", "tolt");
    expect(unknown).toMatchObject({ status: 2, stdout: "" });
    expect(unknown.stderr).toContain("did you mean told? deployed are: told");
    for (const [flag, name, meant] of [
      ["--env", "locla", "local"],
      ["--service", "tolled", "told"],
    ] as const) {
      const refused = await world.fsd("deploy", "-f", `${folder}/fsd.yml`, flag, name, "--yes");
      expect(refused).toMatchObject({ status: 2, stdout: "" });
      expect(refused.stderr).toContain(`did you mean ${meant}?`);
    }
    expect(await world.fsd("env", "show", "locl")).toMatchObject({ status: 2, stderr: expect.stringContaining("did you mean local?") });
  });

  it("delete only what they were allowed to, and say that it is gone", async () => {
    const folder = world.write("gone", serviceFiles("gone", { version: "1" }));
    expect(await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--yes")).toExitWith(0);
    const { url } = await world.status("gone");
    expect(await world.fsd("delete", "gone")).toExitWith(3);
    expect((await fetch(url)).status).toBe(200);
    expect(await world.fsd("delete", "gone", "--yes")).toExitWith(0);
    await expect(fetch(url)).rejects.toThrow();
    expect(await world.fsd("status", "gone")).toExitWith(2);
  });

  it("say truthfully that a deployment goes on when they are interrupted", async () => {
    const folder = world.write("endless", serviceFiles("endless", { version: "1", program: "unhealthy" }));
    const outcome = await world.run("timeout", ["--preserve-status", "-s", "INT", "4", command, "deploy", "-f", `${folder}/fsd.yml`]);
    expect(outcome).toExitWith(130);
    expect(outcome.stdout).toMatch(/fsd-local-endless is \w+_IN_PROGRESS, and the deployment goes on without fsd/);
    const during = await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--yes");
    expect(during).not.toExitWith(0);
    expect(await world.fsd("delete", "endless", "--yes")).toExitWith(0);
  });

  it("deploy again on a change of the sources with --watch, until interrupted", async () => {
    const folder = world.write("seen", serviceFiles("seen", { version: "1" }));
    const watching = world.run("timeout", [
      "--preserve-status",
      "-s",
      "INT",
      "20",
      command,
      "deploy",
      "-f",
      `${folder}/fsd.yml`,
      "--watch",
    ]);
    const version = async (): Promise<string | undefined> => {
      const status = await world.fsd("status", "seen", "--output", "json");
      const url = status.status === 0 ? (JSON.parse(status.stdout) as { url: string | null }).url : null;
      if (url === null) return undefined;
      const answer = await fetch(url).catch(() => undefined);
      return answer?.ok === true ? ((await answer.json()) as { version: string }).version : undefined;
    };
    await eventually("version 1", async () => (await version()) === "1");
    world.write("seen", serviceFiles("seen", { version: "2" }));
    await eventually("version 2", async () => (await version()) === "2");
    expect(await watching).toExitWith(130);
  });
});

describe("deploy --watch --output json", () => {
  it("says a deployment that failed as a line like any other, and goes on watching", async () => {
    const world = new World();
    onTestFinished(() => world.end());
    const files = serviceFiles("seen", { version: "1" });
    const manifest = (files["fsd.yml"] ?? "").replace("context: .", "context: ./nowhere");
    const folder = world.write("seen", { ...files, "fsd.yml": manifest });
    const { ended, kill } = await world.fsdUntil(/"error":/, "deploy", "-f", `${folder}/fsd.yml`, "--watch", "--output", "json");
    kill("SIGINT");
    const outcome = await ended;
    expect(outcome).toExitWith(130);
    const lines = outcome.stdout.trim().split("\n");
    expect(JSON.parse(lines.at(-1) ?? "")).toEqual({
      error: { code: "FSD8003", message: expect.stringContaining("nowhere"), hint: expect.anything() },
    });
    expect(outcome.stderr).not.toContain("nowhere");
  });
});

describe("the verbs without a platform", () => {
  const world = new World();
  afterAll(() => world.end());

  it("say that none is running, and do not start one", async () => {
    for (const verb of [["status"], ["logs", "x"], ["delete", "x", "--yes"], ["local", "status"]]) {
      const outcome = await world.fsd(...verb);
      expect(outcome).toExitWith(1);
      expect(outcome.stderr).toContain("fsd local up");
    }
    expect(await world.fsd("local", "down")).toExitWith(0);
  });
});
