import { once } from "node:events";
import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { temporaryFolder } from "../kit/temporary-folder.testing.ts";
import { readManifests } from "./manifest-files.ts";

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

const write = (file: string, text: string): void => {
  mkdirSync(join(folder, file, ".."), { recursive: true });
  writeFileSync(join(folder, file), text);
};
const manifest = "apiVersion: fsd/v1\nkind: Service\nmetadata: {name: api}\n";
/** File names, and for what cannot be read the reason. */
const read = (...given: string[]): string[] =>
  readManifests(given, folder).map((source) => ("bytes" in source ? source.file : `${source.code} ${source.unreadable}`));

describe("finding manifests", () => {
  it("a folder whose links lead back to it is read once, however many there are", () => {
    write("deep/a.yml", manifest);
    for (let index = 0; index < 12; index++) symlinkSync("..", join(folder, "deep", `up${index}`));
    expect(read(".")).toEqual(["deep/a.yml"]);
    symlinkSync("loop.yml", join(folder, "loop.yml"));
    expect(read("loop.yml")).toEqual(["FSD1001 loop.yml does not exist"]);
  });

  it("a file of more than a mebibyte is refused without being read", () => {
    write("huge.yml", manifest);
    truncateSync(join(folder, "huge.yml"), 3 * 1024 ** 4);
    expect(read("huge.yml")).toEqual(["FSD1002 huge.yml has 3145728.0 MiB, a manifest at most 1"]);
  });

  it("what is not there, no file, or no manifest says so, each by its name", async () => {
    write("other/compose.yml", "services: {}\n");
    mkdirSync(join(folder, "empty"));
    mkdirSync(join(folder, "dir.yml"));
    expect(read("nope.yml", "empty", "other", "*.nope.yml")).toEqual([
      "FSD1001 nope.yml does not exist",
      "FSD1001 there is no manifest in the folder empty",
      "FSD1001 there is no manifest in the folder other",
      "FSD1001 nothing matches *.nope.yml",
    ]);
    expect(read("/dev/null")).toEqual(["FSD1001 /dev/null is not a file"]);
    const server = createServer().listen(join(folder, "socket.yml"));
    await once(server, "listening");
    expect(read("socket.yml")).toEqual(["FSD1001 socket.yml is not a file"]);
    server.close();
  });

  it.skipIf(process.getuid?.() === 0)("a file that may not be read says so", () => {
    write("locked.yml", manifest);
    chmodSync(join(folder, "locked.yml"), 0);
    expect(read("locked.yml")).toEqual(["FSD1001 locked.yml cannot be read (EACCES)"]);
  });

  it("a manifest of the flat dialect is found among others in a folder", () => {
    write("mixed/flat.yml", "name: api\nplatform: ecs\n");
    write("mixed/other.yml", "services: {}\n");
    expect(read("mixed")).toEqual(["mixed/flat.yml"]);
  });
});
