import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { afterEach, describe, expect, it } from "vitest";
import { describeWith } from "../support/requirement.ts";
import { serviceFiles } from "../support/service.ts";
import { root, World } from "../support/world.ts";

describe("a state directory that this fsd cannot read", () => {
  let world: World;
  afterEach(() => world.end());

  /** A platform ran here once; its database is as `change` leaves it. */
  async function leftBehind(change: (file: string) => void): Promise<string> {
    world = new World();
    await world.up();
    expect(await world.fsd("local", "down")).toExitWith(0);
    const file = join(world.stateDir, "platform.db");
    change(file);
    return file;
  }

  it.each([
    [1, "an older"],
    [99, "a newer"],
  ])("because it is of format %i is refused in words and left as it is; reset begins anew", async (version, whose) => {
    const file = await leftBehind((path) => {
      const database = new Database(path);
      database.exec(`PRAGMA user_version = ${version}`);
      database.close();
    });
    const before = recordsOf(file);
    for (const verb of [
      ["local", "up"],
      ["deploy", "-f", world.write("none", { "fsd.yml": manifest })],
    ]) {
      const refused = await world.fsd(...verb);
      expect(refused).toExitWith(1);
      expect(refused.stderr).toMatch(new RegExp(`FSD6003 .*\\n.*was written by ${whose} fsd \\(format ${version}, .*fsd local reset`));
      expect(refused.stderr).not.toMatch(/^\s+at /m);
    }
    expect(recordsOf(file)).toEqual(before);
    expect(before.length).toBeGreaterThan(0);
    expect(await world.fsd("local", "reset", "--yes")).toExitWith(0);
    await world.up();
  });

  it("because it is damaged is refused in words", async () => {
    await leftBehind((path) => writeFileSync(path, "no database ".repeat(400)));
    const refused = await world.fsd("local", "up");
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/is not a database; choose another state directory/);
    expect(refused.stderr).not.toMatch(/^\s+at /m);
  });
});

describeWith("namespaces", "a state directory on a full disk", () => {
  it("ends the platform rather than have it acknowledge what it cannot keep, and the verbs say that the disk is full", async () => {
    const world = new World();
    const folder = world.write("full", serviceFiles("full", { version: "1" }));
    const disk = join(world.folder, "disk");
    mkdirSync(disk);
    const script = 'mount -t tmpfs -o size=700k none "$1" && exec "$2" "$3" deploy -f "$4/fsd.yml" --state-dir "$1/state" --yes';
    const outcome = await world.run("unshare", [
      "-Urm",
      "sh",
      "-c",
      script,
      "sh",
      disk,
      process.execPath,
      join(root, "bin", "fsd"),
      folder,
    ]);
    expect(outcome).toExitWith(1);
    expect(outcome.stderr).toMatch(/FSD7003 .*\n.*the disk of .*disk\/state is full: make room there/);
    await world.end();
  });
});

describeWith("namespaces", "a state directory that cannot be erased whole", () => {
  /** Runs a script in a mount namespace of its own; `$1` is the state directory, `fsd` the command. */
  async function mounted(world: World, script: string) {
    const fsd = `fsd() { "${process.execPath}" "${join(root, "bin", "fsd")}" "$@"; }`;
    const outcome = await world.run("unshare", ["-Urm", "sh", "-c", `${fsd}\n${script}`, "sh", world.stateDir]);
    await world.end();
    return outcome;
  }

  it("because something is mounted in it says so, and is erased by the next reset", async () => {
    const outcome = await mounted(
      new World(),
      `fsd local up >/dev/null && fsd local down >/dev/null && mkdir -p "$1/blobs" && mount -t tmpfs none "$1/blobs"
fsd local reset --yes; echo "first $?"; umount "$1/blobs"; fsd local reset --yes; echo "second $?"; ls "$1"`,
    );
    expect(outcome.stdout).toMatch(/first 1\n[^\n]*erased .*\nsecond 0\n$/);
    expect(outcome.stderr).toMatch(/FSD6003 the state directory .* cannot be erased: EBUSY/);
    expect(outcome.stderr).not.toMatch(/^\s+at |has a bug/m);
  });

  it("because it is a volume is emptied", async () => {
    const outcome = await mounted(
      new World(),
      `mkdir "$1" && mount -t tmpfs none "$1" && fsd local up >/dev/null && fsd local down >/dev/null
fsd local reset --yes; echo "reset $?"; ls -A "$1"`,
    );
    expect(outcome.stdout, outcome.stderr).toMatch(/erased .*\nreset 0\n$/);
  });
});

function recordsOf(file: string): unknown[] {
  const database = new Database(file);
  const records = database.prepare("SELECT collection, key, value FROM record ORDER BY collection, key").raw().all();
  database.close();
  return records;
}

const manifest = `apiVersion: fsd/v1
kind: Service
metadata: {name: none}
service: {type: ecs, image: "\${REGISTRY}/none:1", port: 8000}
`;
