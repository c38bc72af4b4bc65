import { createHash } from "node:crypto";
import { chmodSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { World } from "../support/world.ts";

const secrets = {
  API_KEY: "sk-whole-0a1b2c3d4e5f",
  DB_PASSWORD: "hunter2-by-key-9z8y7x",
  DB_USER: "user-by-key-5w4v3u",
  FLAG: "parameter-2t1s0r-value",
};
const names = Object.keys(secrets) as (keyof typeof secrets)[];

const files = {
  "fsd.yml": `apiVersion: fsd/v1
kind: Service
metadata: {name: keeper}
service:
  type: ecs
  build: {context: .}
  port: 8000
  healthCheck: {path: /health, interval: 5, timeout: 2, healthyThreshold: 2, unhealthyThreshold: 2, gracePeriod: 10}
  resources: {cpu: 256, memory: 512, desiredCount: 1}
  secrets:
    - {name: API_KEY, valueFrom: "arn:aws:secretsmanager:us-east-1:123456789012:secret:openai-api-key-abc123"}
    - {name: DB_PASSWORD, valueFrom: "secretsmanager:keeper/db:password"}
    - {name: DB_USER, valueFrom: "secretsmanager:keeper/db:user"}
    - {name: FLAG, valueFrom: "ssm:/keeper/flag"}
  networking:
    loadBalancer: {deregistrationDelay: 5}
`,
  Dockerfile: `FROM node:20-slim
WORKDIR /app
COPY server.js .
EXPOSE 8000
CMD ["node", "server.js"]
`,
  "server.js": `
const hash = (text) => require("node:crypto").createHash("sha256").update(text ?? "").digest("hex");
const answer = JSON.stringify(Object.fromEntries(${JSON.stringify(names)}.map((name) => [name, hash(process.env[name])])));
const server = require("node:http").createServer((request, response) => response.end(answer));
server.listen(8000, () => console.log("listens"));
process.on("SIGTERM", () => server.close(() => process.exit(0)));
`,
};

describe("secrets on local", () => {
  const world = new World();
  beforeAll(() => world.up());
  afterAll(() => world.end());

  it("are asked for by line when they are missing, reach the task, and stand nowhere in clear", async () => {
    const folder = world.write("keeper", files);
    const deploy = (...more: string[]) => world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--yes", ...more);
    const file = join(folder, ".fsd", "secrets.local.env");

    const without = await deploy();
    expect(without).toExitWith(2);
    expect(without.stderr).toContain(file);
    for (const name of names) expect(without.stderr).toContain(`${name}=`);
    expect(await world.json<unknown[]>("status")).toEqual([]);

    world.write("keeper", { ".fsd/secrets.local.env": names.map((name) => `${name}=${secrets[name]}\n`).join("") });
    chmodSync(file, 0o600);
    const first = await deploy();
    expect(first).toExitWith(0);
    const { url } = await world.status("keeper");
    const got: unknown = await (await fetch(url)).json();
    expect(got).toEqual(Object.fromEntries(names.map((name) => [name, createHash("sha256").update(secrets[name]).digest("hex")])));

    const again = await deploy("--output", "json");
    expect(again).toExitWith(0);
    expect(again.stdout).toContain('"outcome":"unchanged"');

    // The search itself sees what the platform keeps.
    expect(filesWith("fsd-local-keeper", world.stateDir)).not.toEqual([]);
    const logs = await world.fsd("logs", "keeper");
    const said = [without, first, again, logs].map(({ stdout, stderr }) => stdout + stderr).join("\n");
    for (const value of Object.values(secrets)) {
      expect(said).not.toContain(value);
      expect(filesWith(value, world.stateDir)).toEqual([]);
    }
  });
});

/** Every readable file below the folder that holds the text. */
function filesWith(text: string, folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(text));
}
