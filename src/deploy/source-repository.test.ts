import { execFileSync } from "node:child_process";
import { beforeEach, describe, expect, it } from "vitest";
import { temporaryFolder } from "../kit/temporary-folder.testing.ts";
import { repositoryName, sourceRepository } from "./source-repository.ts";

describe("the name of a repository", () => {
  it.each([
    ["https://github.com/acme/shop.git", "github.com/acme/shop"],
    ["https://user:token@GitHub.com/acme/shop.git", "github.com/acme/shop"],
    ["https://x-access-token:ghs_secret@github.com/acme/shop", "github.com/acme/shop"],
    ["git@github.com:acme/shop.git", "github.com/acme/shop"],
    ["ssh://git@git.acme.example:2222/team/shop.git/", "git.acme.example:2222/team/shop"],
    ["https://git.acme.example/a b/?token=secret", "git.acme.example/a%20b".replace("%", "-")],
    ["/srv/git/shop.git", undefined],
    ["../shop", undefined],
    ["file:///srv/git/shop.git", undefined],
    ["", undefined],
  ])("of the remote %j is %j", (remote, name) => {
    expect(repositoryName(remote)).toBe(name);
  });
});

describe("the repository of a folder", () => {
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
  });

  it("is that of its remote origin, and none without one", async () => {
    expect(await sourceRepository(folder)).toBeUndefined();
    execFileSync("git", ["init", "--quiet", folder]);
    expect(await sourceRepository(folder)).toBeUndefined();
    execFileSync("git", ["-C", folder, "remote", "add", "origin", "https://me:secret@git.acme.example/shop.git"]);
    expect(await sourceRepository(folder)).toBe("git.acme.example/shop");
  });
});
