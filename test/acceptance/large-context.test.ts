/** A build context as large as a careless repository: 5,000 files of 200 MB, beside a node_modules that is not meant. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serviceFiles } from "../support/service.ts";
import { root, World } from "../support/world.ts";

const FOLDERS = 50;
const FILES = 100;
const FILE_BYTES = 40_960;

describe("a build context of 5,000 files and 200 MB", () => {
  const world = new World();
  beforeAll(() => world.up("--speed", "20"));
  afterAll(() => world.end());

  it("is deployed in bounded memory, tells how far it is, and leaves node_modules out", async () => {
    const server = `
const { existsSync, readdirSync } = require("node:fs");
const files = readdirSync("data").reduce((sum, name) => sum + readdirSync("data/" + name).length, 0);
require("node:http").createServer((_, response) => response.end(JSON.stringify({ files, modules: existsSync("node_modules") }))).listen(8000);
process.on("SIGTERM", () => process.exit(0));
`;
    const files = serviceFiles("large", { version: "1", count: 1 });
    const folder = world.write("large", {
      ...files,
      "server.js": server,
      ".dockerignore": "node_modules\n",
      Dockerfile: files.Dockerfile?.replace("COPY server.js .", "COPY . .") ?? "",
    });
    const body = Buffer.alloc(FILE_BYTES, "fsd ");
    for (let at = 0; at < FOLDERS; at++) {
      for (const below of ["data", `node_modules/${at}`]) mkdirSync(join(folder, below, String(at)), { recursive: true });
      writeFileSync(join(folder, "node_modules", String(at), "index.js"), "x");
      for (let file = 0; file < FILES; file++) {
        body.writeUInt32BE(at * FILES + file);
        writeFileSync(join(folder, "data", String(at), String(file)), body);
      }
    }
    const peak = join(world.folder, "peak.cjs");
    writeFileSync(peak, `process.on("exit", () => require("node:fs").writeFileSync("peak.txt", String(process.resourceUsage().maxRSS)));`);

    const outcome = await world.run(process.execPath, ["--require", peak, join(root, "bin", "fsd"), "deploy", "-f", folder, "--yes"]);
    expect(outcome).toExitWith(0);
    expect(outcome.stdout).toMatch(/large: packing \S+ …\n/);
    expect(outcome.stdout).toMatch(/large: ✓ packed sha256:\w+ \(5004 files, 19\d\.?\d? MiB\)/);
    // How far it is comes once a second: a machine that packs all of it within one has nothing to tell.
    const told = [...outcome.stdout.matchAll(/large: packed (\d+) of (\d+) files and folders …|large: sent (\d+)\.?\d* \w+ of 19\d/g)];
    expect(told.length, outcome.stdout).toBeGreaterThan(0);
    const { url } = await world.status("large");
    expect(await (await fetch(url)).json()).toEqual({ files: FOLDERS * FILES, modules: false });

    // The layer goes through both in parts of 10 MiB; to hold it, once as bytes and once as base64, would take 500 MiB more.
    const commandMiB = Number(readFileSync(join(world.folder, "peak.txt"), "utf8")) / 1024;
    expect(commandMiB).toBeLessThan(400);
    const { pid } = await world.json<{ pid: number }>("local", "status");
    const platformMiB = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
    expect(platformMiB).toBeLessThan(500);
  });
});
