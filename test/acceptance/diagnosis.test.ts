/** Services broken in the ways that teams break them: what `fsd deploy` says must name the cause and what mends it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { causesIn } from "../support/cause.ts";
import { describeWith } from "../support/requirement.ts";
import { serviceFiles } from "../support/service.ts";
import { World } from "../support/world.ts";

const world = new World();
beforeAll(() => world.up());
afterAll(() => world.end());

/** A program that answers 200 everywhere, listening as told. */
const listening = (listen: string): string =>
  `require("node:http").createServer((_, response) => response.end("ok")).listen(${listen}); process.on("SIGTERM", () => process.exit(0));`;

interface Broken {
  readonly situation: string;
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly kind: string;
  readonly evidence: RegExp;
  readonly fix: RegExp;
  readonly command: RegExp;
}

const broken: readonly Broken[] = [
  {
    situation: "names a command that is not there",
    name: "bad-command",
    files: { Dockerfile: 'FROM node:20-slim\nWORKDIR /app\nCOPY . .\nCMD ["nodde", "server.js"]\n' },
    kind: "command-not-found",
    evidence: /exec: "nodde": executable file not found/,
    fix: /spelling/,
    command: /^fsd deploy /,
  },
  {
    situation: "has a Dockerfile without a command",
    name: "no-command",
    files: { Dockerfile: "FROM node:20-slim\nWORKDIR /app\nCOPY . .\n" },
    kind: "no-command",
    evidence: /no command specified/,
    fix: /CMD to the Dockerfile/,
    command: /^fsd deploy /,
  },
  {
    situation: "keeps its program out of the image",
    name: "ignored",
    files: { ".dockerignore": "*.js\n", Dockerfile: 'FROM node:20-slim\nWORKDIR /app\nCOPY . .\nCMD ["node", "server.js"]\n' },
    kind: "file-missing",
    evidence: /Cannot find module '\/app\/server\.js'/,
    fix: /\.dockerignore.*!server\.js/,
    command: /^fsd logs /,
  },
  {
    situation: "misses a package",
    name: "no-package",
    files: { "server.js": 'require("expresss")' },
    kind: "module-missing",
    evidence: /Cannot find module 'expresss'/,
    fix: /install it/,
    command: /^fsd logs /,
  },
  {
    situation: "misses an environment variable",
    name: "no-variable",
    files: { "server.js": 'if (!process.env.DATABASE_URL) throw new Error("DATABASE_URL is required")' },
    kind: "variable-missing",
    evidence: /DATABASE_URL is required/,
    fix: /service\.environment/,
    command: /--set DATABASE_URL=<value>$/,
  },
  {
    situation: "looks for its database in its own task",
    name: "no-database",
    files: { "server.js": 'require("node:net").connect(5432, "127.0.0.1")' },
    kind: "dependency-unreachable",
    evidence: /connect ECONNREFUSED 127\.0\.0\.1:5432/,
    fix: /host\.fsd\.internal:5432/,
    command: /^fsd logs /,
  },
  {
    situation: "ends by itself",
    name: "ends",
    files: { "server.js": 'console.log("migrations done")' },
    kind: "program-exits",
    evidence: /migrations done/,
    fix: /kind: Job/,
    command: /^fsd logs /,
  },
  {
    situation: "has no such health path",
    name: "no-path",
    files: {
      "server.js":
        'require("node:http").createServer((request, response) => { response.statusCode = request.url === "/" ? 200 : 404; response.end(); }).listen(8000)',
    },
    kind: "wrong-health-status",
    evidence: /codes: \[404\]/,
    fix: /has no \/health/,
    command: /--override service\.healthCheck\.path=/,
  },
  {
    situation: "redirects its health check",
    name: "redirects",
    files: {
      "server.js":
        'require("node:http").createServer((request, response) => response.writeHead(301, { location: "https://example.com" + request.url }).end()).listen(8000)',
    },
    kind: "wrong-health-status",
    evidence: /codes: \[301\]/,
    fix: /redirected/,
    command: /matcher="200-399"$/,
  },
];

/** These need the platform to see where a task listens. */
const misplaced: readonly Broken[] = [
  {
    situation: "listens on the loopback address only",
    name: "loopback",
    files: { "server.js": listening('8000, "127.0.0.1"') },
    kind: "listens-on-loopback",
    evidence: /listened on 127\.0\.0\.1:8000/,
    fix: /0\.0\.0\.0:8000/,
    command: /^fsd logs /,
  },
  {
    situation: "listens on another port",
    name: "other-port",
    files: { "server.js": listening("3000") },
    kind: "listens-on-other-port",
    evidence: /listened on \[::\]:3000/,
    fix: /service\.port .* 3000/,
    command: /--override service\.port=3000$/,
  },
  {
    situation: "is not ready when its grace period ends",
    name: "too-slow",
    files: { "server.js": `console.log("warming up"); setTimeout(() => { ${listening("8000")} }, 120_000)` },
    kind: "not-listening",
    evidence: /listened on no port/,
    fix: /gracePeriod/,
    command: /--override service\.healthCheck\.gracePeriod=/,
  },
];

async function says({ name, files, kind, evidence, fix, command }: Broken): Promise<void> {
  const folder = world.write(name, { ...serviceFiles(name, { version: "1" }), ...files });
  const outcome = await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--yes", "--output", "json");
  expect(outcome).toExitWith(1);
  const [cause, ...others] = causesIn(outcome);
  expect(cause, outcome.stdout).toMatchObject({ kind });
  expect(cause?.evidence.join("\n")).toMatch(evidence);
  expect(cause?.fix).toMatch(fix);
  expect(cause?.command).toMatch(command);
  expect(others).toEqual([]);
}

describe.concurrent("a first deployment of a service that", () => {
  it.each(broken)("$situation", (one) => says(one));
});

describeWith("namespaces", "a first deployment where tasks have networks of their own, of a service that", () => {
  it.concurrent.each(misplaced)("$situation", (one) => says(one));
});
