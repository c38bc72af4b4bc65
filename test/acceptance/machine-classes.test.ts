import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { serviceFiles } from "../support/service.ts";
import { root, World } from "../support/world.ts";

const NOBODY = 65_534;

/** Whether an ordinary user can be become here, and can read this checkout and its Node. */
function canBecomeNobody(): boolean {
  if (process.getuid?.() !== 0) return false;
  const reads = spawnSync(process.execPath, [join(root, "bin", "fsd"), "--version"], {
    uid: NOBODY,
    gid: NOBODY,
    cwd: "/",
    stdio: "ignore",
  });
  return reads.status === 0;
}

describe.skipIf(!canBecomeNobody())("as an ordinary user [needs root to become one, and a checkout that one can read]", () => {
  let world: World;
  afterEach(() => world.end());

  it("deploys two services that hard-code one port, or says what to change where namespaces are not allowed", async () => {
    world = new World({ user: NOBODY });
    const { network } = await world.up();
    expect(["user-namespace", "port"]).toContain(network);
    for (const name of ["east", "west"]) world.write(name, serviceFiles(name, { version: name }));
    const outcome = await world.fsd("deploy", "-f", "east/fsd.yml", "-f", "west/fsd.yml", "--env", "local", "--yes");
    const said = outcome.stdout + outcome.stderr;
    if (network === "port") {
      expect(outcome.status, said).not.toBe(0);
      expect(said).toMatch(/PORT/);
      return;
    }
    expect(outcome, said).toMatchObject({ status: 0 });
    for (const name of ["east", "west"]) {
      const status = await world.status(name);
      expect(status).toMatchObject({ running: 2, healthy: 2 });
      expect(await (await fetch(status.url)).json()).toMatchObject({ version: name });
    }
  });
});

describe("a task that takes more memory than it has", () => {
  let world: World;
  afterEach(() => world.end());

  it("is killed with 137 and the deploy says that memory was the cause", async () => {
    world = new World();
    await world.up();
    const files = serviceFiles("greedy", { version: "1" });
    const folder = world.write("greedy", {
      ...files,
      "server.js": "const kept = []; setInterval(() => kept.push(Buffer.alloc(64 * 1024 * 1024, 1)), 20);",
    });
    const outcome = await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--env", "local", "--yes");
    const said = outcome.stdout + outcome.stderr;
    expect(outcome.status, said).toBe(1);
    expect(said).toMatch(/memory/i);
    expect(said).toMatch(/137/);
  });
});
