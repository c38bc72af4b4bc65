import { cpSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Redis, startRedis } from "../support/redis.ts";
import { describeWith, type Requirement } from "../support/requirement.ts";
import { freePort, root, World } from "../support/world.ts";

/**
 * Every README of an example is followed, command by command, in one shell, as someone does who copies its blocks. A
 * command ends with 0, or with what its comment says (`# exit code 4`).
 */
const readmes: Readonly<Record<string, { readonly needs: readonly Requirement[]; readonly shown: readonly RegExp[] }>> = {
  "items-node": { needs: [], shown: [/"name":"lamp"/, /ERR_SOCKET_BAD_PORT/, /"version":"2"/] },
  "items-fastapi": { needs: ["fastapi"], shown: [/"name":"lamp"/, /Could not import module "app\.missing"/, /"status":"ok"/] },
  "health-backend": {
    needs: ["fastapi"],
    shown: [
      /{"score":13,"risk":"high"}/,
      /cause +the program wants the environment variable DATABASE_URL .*\n(.*\n){1,6}.*FATAL: DATABASE_URL is not set/,
      /cause +the health check is answered with 503/,
      /cause +the container was killed because it used more memory than it may \(1024 MiB\)/,
      /"version":"2"/,
    ],
  },
  dashboard: {
    needs: ["fastapi"],
    shown: [/"message": "summary written"/, /"positions":/, /schedule +nightly disabled/, /unrecognized arguments: --everything/],
  },
  donations: { needs: ["celery", "redis"], shown: [/"id":"[0-9a-f-]{36}","cause":"trees","cents":500/, /"beat":"ip-10-0-/] },
  company: { needs: ["fastapi", "aws"], shown: [/"title":"Books"/, /has no bucket for exports/] },
};
const examples = readdirSync(join(root, "examples"));

interface Command {
  readonly text: string;
  readonly expected: number;
}

function blocks(example: string): { language: string; text: string }[] {
  const readme = readFileSync(join(root, "examples", example, "README.md"), "utf8");
  return [...readme.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = "", text = ""]) => ({ language, text }));
}

function commands(example: string): Command[] {
  return blocks(example)
    .filter(({ language }) => language === "sh")
    .flatMap(({ text }) => text.replaceAll("\\\n", " ").split("\n"))
    .filter((line) => line.trim() !== "")
    .map((line) => ({
      // Following a log has no end of its own; what it prints is what it prints without following.
      text: line.replace(/^(bin\/fsd logs .*) -f$/, "$1"),
      expected: Number(/# exit code (\d)/.exec(line)?.[1] ?? 0),
    }));
}

/** What each command ended with. A shell writes it down after each, so that `URL=…` and `export` reach the next. */
function script(list: readonly Command[]): string {
  return list.map(({ text }) => `${text}\nprintf '\\n= %s\\n' "$?"`).join("\n");
}

describe("the READMEs of the examples", () => {
  it("are all followed here", () => expect(Object.keys(readmes).sort()).toEqual([...examples].sort()));

  it.each(examples)("%s: what is not run here is no command", (example) => {
    for (const { language, text } of blocks(example)) if (language !== "sh") expect(text).not.toMatch(/\bfsd\b|\bcurl\b/);
  });
});

for (const example of examples) {
  const { needs, shown } = readmes[example] ?? { needs: [], shown: [] };
  describeWith(["curl", ...needs], `the README of ${example}`, () => {
    const world = new World();
    let redis: Redis | undefined;
    let endpoint: string;

    beforeAll(async () => {
      if (needs.includes("redis")) redis = await startRedis();
      for (const name of ["bin", "node_modules"]) symlinkSync(join(root, name), join(world.folder, name));
      cpSync(join(root, "examples"), join(world.folder, "examples"), { recursive: true });
      ({ endpoint } = await world.up());
    });
    afterAll(async () => {
      await world.end();
      await redis?.end();
    });

    it("does what it says", async () => {
      const list = commands(example);
      expect(list.length).toBeGreaterThan(3);
      const dynamodb = `${await freePort()}`;
      // Ports of the README that may be taken on this machine.
      const text = script(list).replaceAll("127.0.0.1:4566", new URL(endpoint).host).replaceAll("8001", dynamodb);
      const { stdout, stderr } = await world.run("bash", ["-c", text], {
        DONATIONS_REDIS_PORT: `${redis?.port}`,
        COMPANY_DYNAMODB_PORT: dynamodb,
        PYTHONDONTWRITEBYTECODE: "1",
      });
      const ended = [...stdout.matchAll(/^= (\d+)$/gm)].map(([, status]) => Number(status));
      const told = list.map(({ text, expected }, index) => ({ text, status: ended[index], expected }));
      const surprises = told.filter(({ status, expected }) => status !== expected);
      expect(surprises, `${stdout}\n${stderr}`).toEqual([]);
      expect(stdout).not.toContain("Internal Server Error");
      for (const pattern of shown) expect(stdout).toMatch(pattern);
    });
  });
}
