import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SystemClock } from "../kit/clock.ts";
import { manifestVerbs } from "./manifest-verbs.ts";
import { runProgram } from "./program.ts";

let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "fsd-init-"));
  folder = join(parent, "My Shop");
  mkdirSync(folder);
});
afterEach(() => rmSync(parent, { recursive: true }));

const write = (file: string, text: string): void => {
  mkdirSync(join(folder, file, ".."), { recursive: true });
  writeFileSync(join(folder, file), text);
};

async function fsd(argv: string[], answer?: boolean): Promise<{ code: number; stdout: string; stderr: string }> {
  let stdout = "";
  let stderr = "";
  const code = await runProgram(manifestVerbs, argv, {
    terminal: {
      stdout: { write: (text: string) => (stdout += text) },
      stderr: { write: (text: string) => (stderr += text) },
      colour: false,
    },
    version: "test",
    platformProgram: "",
    clock: new SystemClock(),
    env: {},
    cwd: folder,
    signal: new AbortController().signal,
    ask: () => (answer === undefined ? undefined : Promise.resolve(answer)),
  });
  return { code, stdout, stderr };
}

const written = (): string => readFileSync(join(folder, "fsd.yml"), "utf8");
const fastApi = 'from fastapi import FastAPI\n\napi = FastAPI(title="x")\n\n@api.get("/healthz")\ndef health():\n    return {}\n';
const image = "  build:\n    context: .\n";
const size = "  resources:\n    cpu: 256\n    memory: 512\n";
const head = (name: string, kind = "Service"): string => `apiVersion: fsd/v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n`;

describe("fsd init", () => {
  it.each([
    [
      "an empty folder: a service of the folder's name",
      {},
      [],
      `${head("my-shop")}service:\n${image}  port: 8000\n  healthCheck:\n    path: /health\n${size}`,
    ],
    [
      "a Dockerfile: the last stage's port, from EXPOSE",
      { Dockerfile: 'FROM x AS build\nEXPOSE 1\nFROM y\nEXPOSE 9000/tcp\nCMD ["serve"]\n' },
      [],
      `${head("my-shop")}service:\n${image}  port: 9000\n  healthCheck:\n    path: /health\n${size}`,
    ],
    [
      "a Dockerfile without EXPOSE: the port of its command",
      { Dockerfile: 'FROM y\nCMD ["gunicorn", "--bind", "0.0.0.0:8123", \\\n  "app"]\n' },
      [],
      `${head("my-shop")}service:\n${image}  port: 8123\n  healthCheck:\n    path: /health\n${size}`,
    ],
    [
      "a Dockerfile that listens on nothing: a worker",
      { Dockerfile: 'FROM y\nCMD ["celery", "worker"]\n' },
      [],
      `${head("my-shop")}service:\n${image}${size}`,
    ],
    [
      "a FastAPI project: its application's path, name and health check",
      { "pyproject.toml": '[project]\nname = "Items_API"\ndependencies = ["fastapi>=0.9"]\n', "app/main.py": fastApi },
      [],
      `${head("items-api")}service:\n${image}  command: ["uvicorn", "app.main:api", "--host", "0.0.0.0", "--port", "8000"]\n  port: 8000\n  healthCheck:\n    path: /healthz\n${size}`,
    ],
    [
      "a FastAPI project whose image has a command: that one stays",
      { "requirements.txt": "fastapi\n", "main.py": fastApi, Dockerfile: 'FROM y\nEXPOSE 80\nCMD ["run"]\n' },
      [],
      `${head("my-shop")}service:\n${image}  port: 80\n  healthCheck:\n    path: /healthz\n${size}`,
    ],
    [
      "a Node project: its name without scope, its start file and port",
      {
        "package.json": '{"name": "@acme/web", "scripts": {"start": "node server.mjs"}, "dependencies": {"express": "5"}}',
        "server.mjs": "app.listen(process.env.PORT ?? 3100)",
      },
      [],
      `${head("web")}service:\n${image}  command: ["node", "server.mjs"]\n  port: 3100\n  healthCheck:\n    path: /health\n${size}`,
    ],
    [
      "a job, by flags",
      {},
      ["--name", "etl", "--type", "job", "--image", "acme/etl:1"],
      `${head("etl", "Job")}job:\n  image: "acme/etl:1"\n${size}`,
    ],
  ])("%s", async (_, files, flags, manifest) => {
    for (const [file, text] of Object.entries(files)) write(file, text as string);
    const { code, stdout } = await fsd(["init", ...flags]);
    expect({ code, stdout, manifest: written() }).toEqual({ code: 0, stdout: "wrote fsd.yml\n", manifest });
    expect(await fsd(["validate", "--strict", "--env", "local"])).toMatchObject({ code: 0 });
  });

  it("keeps a manifest that is there, unless it is forced", async () => {
    write("fsd.yml", "mine\n");
    expect(await fsd(["init", "--yes"])).toMatchObject({ code: 2, stderr: expect.stringContaining("--force replaces it") });
    expect(written()).toBe("mine\n");
    expect((await fsd(["init", "--yes", "--force"])).code).toBe(0);
    expect(written()).toContain("name: my-shop");
  });

  it("writes nothing when the person declines", async () => {
    expect(await fsd(["init"], false)).toMatchObject({ code: 3, stdout: "", stderr: expect.stringContaining("name: my-shop") });
    expect(written).toThrow("ENOENT");
    expect((await fsd(["init"], true)).code).toBe(0);
  });

  it.each([
    [["--name", "Not A Name"], "metadata.name"],
    [["--port", "99999"], "service.port"],
    [["--port", "http"], "--port http is not a number"],
    [["--type", "job", "--port", "80"], "a job has no port"],
  ])("refuses %s before anything is written", async (flags, message) => {
    expect(await fsd(["init", "--yes", ...flags])).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
    expect(written).toThrow("ENOENT");
  });

  it("gives a program the manifest and what it was made from", async () => {
    write("package.json", "{broken");
    const { stdout } = await fsd(["init", "--output", "json"]);
    expect(JSON.parse(stdout)).toEqual({ file: "fsd.yml", manifest: written(), found: ["package.json, which is not JSON"] });
  });
});
