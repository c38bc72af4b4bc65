import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { temporaryFolder } from "../kit/temporary-folder.testing.ts";
import { manifestVerbs } from "./manifest-verbs.ts";
import { type Ran, run } from "./program-run.testing.ts";

let parent: string;
let folder: string;
beforeEach(() => {
  parent = temporaryFolder();
  folder = join(parent, "My Shop");
  mkdirSync(folder);
});

const write = (file: string, text: string): void => {
  mkdirSync(join(folder, file, ".."), { recursive: true });
  writeFileSync(join(folder, file), text);
};

function fsd(argv: string[], answer?: boolean | "enter", answers?: (string | undefined)[]): Promise<Ran> {
  const left = [...(answers ?? [])];
  const askFor = (_question: string, proposal: string): Promise<string | undefined> => {
    const typed = left.shift();
    return Promise.resolve(typed === "" ? proposal : typed);
  };
  return run(manifestVerbs, argv, {
    cwd: folder,
    ask: (_question, proposal = false) => (answer === undefined ? undefined : Promise.resolve(answer === "enter" ? proposal : answer)),
    ...(answers === undefined ? {} : { askFor }),
  });
}

const written = (): string => readFileSync(join(folder, "fsd.yml"), "utf8");
const fastApi = 'from fastapi import FastAPI\n\napi = FastAPI(title="x")\n\n@api.get("/healthz")\ndef health():\n    return {}\n';
const image = "  build:\n    context: .\n";
const size = "  resources:\n    size: micro\n";
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
      "a Node project called by one letter, which no repository could have for a name",
      { "package.json": '{"name": "x"}', "server.js": "app.listen(8081)" },
      [],
      `${head("x-app")}service:\n${image}  command: ["node", "server.js"]\n  port: 8081\n  healthCheck:\n    path: /health\n${size}`,
    ],
    [
      "a Flask project with gunicorn: its application and its health check",
      {
        "requirements.txt": "Flask==3.0\ngunicorn\n",
        "app.py": 'from flask import Flask\napp = Flask(__name__)\n@app.get("/ping")\ndef ping(): return "ok"\n',
      },
      [],
      `${head("my-shop")}service:\n${image}  command: ["gunicorn", "--bind", "0.0.0.0:8000", "app:app"]\n  port: 8000\n  healthCheck:\n    path: /ping\n${size}`,
    ],
    [
      "a Django project: the module of its settings",
      {
        "requirements.txt": "django>=5\ngunicorn==23\n",
        "manage.py": "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
        "shop/urls.py": 'urlpatterns = [path("health/", ok)]\n',
      },
      [],
      `${head("my-shop")}service:\n${image}  command: ["gunicorn", "--bind", "0.0.0.0:8000", "shop.wsgi:application"]\n  port: 8000\n  healthCheck:\n    path: /health\n${size}`,
    ],
    [
      "a Celery project: a worker",
      { "requirements.txt": "celery[sqs]\n", "tasks.py": "from celery import Celery\nqueue = Celery('x')\n" },
      [],
      `${head("my-shop")}service:\n${image}  command: ["celery", "-A", "tasks", "worker", "--loglevel", "INFO"]\n${size}`,
    ],
    [
      "a public service of another size, by flags",
      {},
      ["--public", "--size", "medium"],
      `${head("my-shop")}service:\n${image}  port: 8000\n  healthCheck:\n    path: /health\n  resources:\n    size: medium\n  networking:\n    loadBalancer:\n      internal: false\n`,
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

  it("finds the port of a program that only its Dockerfile's command names", async () => {
    write("Dockerfile", 'FROM node:20-slim\nCOPY server.js .\nCMD ["node", "--enable-source-maps", "./server.js"]\n');
    write("server.js", 'require("http").createServer((q, r) => r.end(q.url === "/healthz" ? "ok" : "hello")).listen(8123)');
    const done = await fsd(["init", "--yes"]);
    expect(done.stderr).toContain("found Node program, server.js");
    expect(done.stderr).not.toContain("worker");
    expect(readFileSync(join(folder, "fsd.yml"), "utf8")).toContain("  port: 8123\n  healthCheck:\n    path: /healthz\n");
  });

  it("says that it takes a program without a port for a worker, and how to say otherwise", async () => {
    write("Dockerfile", 'FROM alpine\nCMD ["/bin/thing"]\n');
    const done = await fsd(["init", "--yes"]);
    expect(done.stderr).toContain("no port, so it is taken for a worker; --port NUMBER makes it a service");
    expect(readFileSync(join(folder, "fsd.yml"), "utf8")).not.toContain("port:");
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
    expect(JSON.parse(stdout)).toEqual({
      file: "fsd.yml",
      manifest: written(),
      found: ["package.json, which is not JSON", expect.stringMatching(/^no port/)],
    });
  });

  it("asks on a terminal for what no flag says, with what it found as the answer, and again when an answer is none", async () => {
    write("requirements.txt", "fastapi\n");
    write("main.py", fastApi);
    const answers = ["My Shop!", "shop", "", "80x", "9000", "", "p", ""];
    const { code, stderr } = await fsd(["init", "--size", "small"], "enter", answers);
    expect(code).toBe(0);
    expect(written()).toBe(
      `${head("shop")}service:\n${image}  command: ["uvicorn", "main:api", "--host", "0.0.0.0", "--port", "8000"]\n  port: 9000\n  healthCheck:\n    path: /healthz\n  resources:\n    size: small\n  networking:\n    loadBalancer:\n      internal: false\n`,
    );
    for (const asked of [
      "called? [my-shop]",
      "port, a worker without one, or a job that ends? [service]",
      "listen on? [8000]",
      "all is well? [/healthz]",
      "public? [internal]",
    ])
      expect(stderr).toContain(asked);
    expect(stderr).toContain("a number from 1 to 65535");
    expect(stderr).not.toContain("How large");
  });

  it("asks a worker for no port, and writes nothing when the person leaves", async () => {
    const left = await fsd(["init"], true, ["", "worker", undefined]);
    expect(left).toMatchObject({ code: 3, stderr: expect.stringContaining("left; nothing was written") });
    expect(left.stderr).not.toContain("port does it listen");
    expect(written).toThrow("ENOENT");
    expect((await fsd(["init", "--yes"], true, [])).code).toBe(0);
  });
});
