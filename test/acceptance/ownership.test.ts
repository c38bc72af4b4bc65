import { execFileSync } from "node:child_process";
import { afterEach, describe, expect, it } from "vitest";
import { said } from "../support/outcome.ts";
import { serviceFiles } from "../support/service.ts";
import { World } from "../support/world.ts";

describe("a service that another repository has deployed", () => {
  let world: World;
  afterEach(() => world.end());

  it("is left alone, and taken over only when that is asked for", async () => {
    world = new World();
    await world.up();
    const inRepository = (folder: string, version: string, remote: string): string => {
      const path = world.write(folder, serviceFiles("items", { version }));
      execFileSync("git", ["init", "--quiet", path]);
      execFileSync("git", ["-C", path, "remote", "add", "origin", remote]);
      return `${path}/fsd.yml`;
    };
    const deploy = (file: string, ...more: string[]) => world.fsd("deploy", "-f", file, "--env", "local", "--yes", ...more);
    const version = async (): Promise<string> =>
      ((await (await fetch((await world.status("items")).url)).json()) as { version: string }).version;

    const ours = inRepository("ours", "1", "https://me:secret@git.acme.example/shop/items.git");
    expect(await deploy(ours)).toExitWith(0);
    const theirs = inRepository("theirs", "2", "git@git.acme.example:other/items.git");
    const refused = await deploy(theirs);
    expect(refused).toExitWith(2);
    expect(refused.stderr).toContain(
      "FSD7006 the stack fsd-local-items is deployed from git.acme.example/shop/items, and this is git.acme.example/other/items",
    );
    expect(said(refused)).not.toContain("secret");
    expect(await version()).toBe("1");
    expect(await deploy(theirs, "--take-over")).toExitWith(0);
    expect(await version()).toBe("2");
    // From now on it is the other's.
    expect(await deploy(ours)).toExitWith(2);
    expect(await deploy(theirs)).toMatchObject({ status: 0, stdout: expect.stringMatching(/nothing to do/i) });
  });
});
