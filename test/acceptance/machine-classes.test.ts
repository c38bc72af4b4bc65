import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ECS } from "@aws-sdk/client-ecs";
import { ServiceDiscovery } from "@aws-sdk/client-servicediscovery";
import { afterEach, describe, expect, it } from "vitest";
import { said } from "../support/outcome.ts";
import { serviceFiles } from "../support/service.ts";
import { freePort, type PlatformStatus, root, World } from "../support/world.ts";

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
    const text = said(outcome);
    if (network === "port") {
      expect(outcome).not.toExitWith(0);
      expect(text).toMatch(/PORT/);
      return;
    }
    expect(outcome).toExitWith(0);
    for (const name of ["east", "west"]) {
      const status = await world.status(name);
      expect(status).toMatchObject({ running: 2, healthy: 2 });
      expect(await (await fetch(status.url)).json()).toMatchObject({ version: name });
    }
  });
});

/** Whether this machine lets a process give up what namespaces need: then one that has none of it can be played. */
const canForbid =
  spawnSync("unshare", ["-Ur", "sh", "-c", "echo 0 >/proc/sys/user/max_user_namespaces && setpriv --no-new-privs true"], {
    stdio: "ignore",
  }).status === 0;

describe.skipIf(!canForbid)("where namespaces are not allowed [needs a user namespace in which to forbid them]", () => {
  let world: World;
  afterEach(() => world.end());

  it("local status says why, a program that honours PORT runs, and one that does not is told what to change", async () => {
    world = new World();
    const forbidden = "echo 0 >/proc/sys/user/max_user_namespaces; exec setpriv --bounding-set -all --inh-caps -all --no-new-privs";
    const port = String(await freePort());
    const started = await world.run("unshare", [
      ...["-Ur", "sh", "-c", `${forbidden} "$@"`, "sh"],
      ...[process.execPath, join(root, "bin", "fsd"), "local", "up", "--port", port],
    ]);
    expect(started).toExitWith(0);
    const status = await world.json<PlatformStatus>("local", "status");
    expect(status).toMatchObject({ network: "port", refused: expect.arrayContaining([expect.stringMatching(/^user-namespace: \S/)]) });
    expect((await world.fsd("local", "status")).stdout).toContain(`not allowed  ${status.refused[0]}`);

    const hard = String(await freePort());
    const program = (listens: string) => `require("node:http").createServer((_, answer) => answer.end("ok")).listen(${listens});`;
    for (const [name, listens] of [
      ["polite", `Number(process.env.PORT)`],
      ["stubborn", hard],
    ] as const) {
      const { "fsd.yml": manifest = "", ...files } = serviceFiles(name, { version: "1" });
      world.write(name, { ...files, "fsd.yml": manifest.replace(/port: 8000/, `port: ${hard}`), "server.js": program(listens) });
    }
    const polite = await world.fsd("deploy", "-f", "polite/fsd.yml", "--env", "local", "--yes");
    expect(polite).toExitWith(0);
    expect(await world.status("polite")).toMatchObject({ running: 2, healthy: 2 });

    // Service Connect's names need a hosts file of the task's own: what cannot be carried out is said.
    const connection = { endpoint: status.endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };
    const [ecs, names] = [new ECS(connection), new ServiceDiscovery({ ...connection, disableHostPrefix: true })];
    await names.createHttpNamespace({ Name: "shop" });
    const where = { cluster: "fsd-local", service: "polite" };
    const { service } = await ecs.updateService({ ...where, serviceConnectConfiguration: { enabled: true, namespace: "shop" } });
    expect(service?.events?.map(({ message }) => message)).toContainEqual(
      expect.stringContaining("has Service Connect, whose names do not resolve on this machine"),
    );
    ecs.destroy();
    names.destroy();

    const stubborn = await world.fsd("deploy", "-f", "stubborn/fsd.yml", "--env", "local", "--yes");
    expect(stubborn.status).toBe(1);
    const text = said(stubborn);
    expect(text).toContain("the program's port is already taken where it runs");
    expect(text).toContain("let the program listen on the port in the variable PORT");
    expect(await world.status("polite")).toMatchObject({ running: 2, healthy: 2 });
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
    const text = said(outcome);
    expect(outcome).toExitWith(1);
    expect(text).toMatch(/memory/i);
    expect(text).toMatch(/137/);
  });
});
