import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root, World } from "../support/world.ts";

const readme = readFileSync(join(root, "README.md"), "utf8");
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))].map(([, text = ""]) => text);

describe("the first service in five minutes, as the README tells it", () => {
  const world = new World();
  beforeAll(() => world.up());
  afterAll(() => world.end());

  it("does what it says, command by command", async () => {
    const [manifest = "", job = ""] = blocks("yaml");
    world.write(".", {
      "fsd.yml": manifest,
      "report.yml": job,
      Dockerfile: 'FROM node:20-slim\nWORKDIR /app\nCOPY . .\nCMD ["node", "hello.js"]\n',
      "hello.js":
        'require("node:http").createServer((_, response) => response.end("hello")).listen(8000);\nprocess.on("SIGTERM", () => process.exit(0));\n',
    });
    const commands = blocks("sh")
      .flatMap((text) => text.split("\n"))
      .map((line) => line.replace(/#.*/, "").trim())
      .filter((line) => line.startsWith("fsd "));
    expect(commands.length).toBeGreaterThanOrEqual(10);
    for (const command of commands) {
      // Following a log has no end of its own; what it prints is what it prints without following.
      const words = command
        .split(" ")
        .slice(1)
        .filter((word) => word !== "-f");
      const outcome = await world.fsd(...words);
      expect(outcome, `${command}\n${outcome.stdout}${outcome.stderr}`).toExitWith(0);
    }
    const { url } = await world.status("hello");
    expect(await (await fetch(url)).text()).toBe("hello");
  });

  it("names only files that exist", () => {
    for (const [, path = ""] of readme.matchAll(/\]\(([^)#:]+)\)/g)) expect(() => readFileSync(join(root, path))).not.toThrow(/ENOENT/);
  });
});
