/** What `docs/deployer-permissions.md` permits is what the verbs ask for: each is run through a listener that notes the operations. */
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Caller, policyFor } from "../../src/aws/permissions.ts";
import { serviceFiles } from "../support/service.ts";
import { eventually, World } from "../support/world.ts";

/** Passes requests on and notes what they ask for, as IAM would name it. */
async function listener(endpoint: string) {
  const asked = new Set<string>();
  const unread: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const body: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => body.push(chunk));
    incoming.on("end", () => {
      const text = Buffer.concat(body);
      const prefix = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(incoming.headers.authorization ?? "")?.[1];
      const target = String(incoming.headers["x-amz-target"] ?? "")
        .split(".")
        .at(-1);
      const path = incoming.url ?? "";
      // Scheduler's operations are paths.
      const rest =
        prefix !== "scheduler"
          ? undefined
          : /^\/schedules\/[^/?]/.test(path)
            ? "GetSchedule"
            : /^\/schedules\?/.test(path)
              ? "ListSchedules"
              : undefined;
      const operation = target || new URLSearchParams(text.toString()).get("Action") || /\/operation\/(\w+)$/.exec(path)?.[1] || rest;
      if (prefix === undefined || operation === undefined) unread.push(`${incoming.method} ${incoming.url}`);
      else asked.add(`${prefix === "monitoring" ? "cloudwatch" : prefix}:${operation}`);
      const onward = request(new URL(incoming.url ?? "/", endpoint), { method: incoming.method, headers: incoming.headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      });
      onward.on("error", (error) => outgoing.destroy(error));
      onward.end(text);
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { asked, unread, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const permitted = (caller: Caller): string[] => policyFor([caller]).Statement.flatMap(({ Action }) => Action);

const document = (kind: string, name: string, spec: string): string =>
  `apiVersion: fsd/v1\nkind: ${kind}\nmetadata: {name: ${name}}\n${kind.toLowerCase()}:\n${spec}`;
const surroundings = document("Environment", "prod", "  region: us-east-1\n  protect: true\n  loadBalancers: {internal: {}}\n");

/** A protected environment that is none of this machine's, and verbs on it, each with a listener of its own. */
async function prod() {
  const world = new World();
  onTestFinished(() => world.end());
  const { endpoint } = await world.up("--speed", "20");
  const local = world.write("local", serviceFiles("items", { version: "1" }));
  expect(await world.fsd("deploy", "-f", local, "--yes")).toExitWith(0);
  const { image } = await world.json<{ image: string }>("status", "items");
  const there = (between: string): string[] => ["--env", "prod", "--endpoint", between, "--region", "us-east-1"];
  const begin = async (caller: Caller, ...args: string[]) => {
    const between = await listener(endpoint);
    const ended = async (status = 0): Promise<ReadonlySet<string>> => {
      const outcome = await outcomes;
      expect(outcome).toExitWith(status);
      between.asked.delete("sts:GetCallerIdentity"); // Needs no permission.
      const lacking = [...between.asked].filter((one) => !permitted(caller).includes(one));
      expect({ caller, unread: between.unread, lacking }).toEqual({ caller, unread: [], lacking: [] });
      expect(between.asked.size).toBeGreaterThan(0);
      return between.asked;
    };
    const outcomes = world.fsd(...args, ...there(between.endpoint));
    return { ended };
  };
  return {
    ...{ world, image, begin },
    run: async (caller: Caller, ...args: string[]): Promise<ReadonlySet<string>> => (await begin(caller, ...args)).ended(),
    status: async <Shown>(name: string): Promise<Shown> =>
      JSON.parse((await world.fsd("status", name, "--output", "json", ...there(endpoint))).stdout) as Shown,
    write: (version: string, more = ""): string => {
      const { "fsd.yml": manifest = "", ...files } = serviceFiles("items", { version }, more);
      return world.write("prod", { ...files, "fsd.yml": `${manifest.replace("  build: {context: .}\n", "")}---\n${surroundings}` });
    },
  };
}

describe("the permissions of the document are enough for what each verb asks of AWS in a protected environment:", () => {
  it("for those that deploy, look and delete", async () => {
    const { image, run, write } = await prod();
    await run("deploy", "deploy", "-f", write("1"), "--image", image, "--yes");
    await run("deploy", "deploy", "-f", write("1"), "--image", image, "--yes");
    await run("status", "status", "items");
    await run("status", "status");
    await run("logs", "logs", "items");
    await run("approvals", "approvals", "items");
    await run("delete", "delete", "items", "--force", "--yes");
  });

  it("for those that decide on a deployment: promote, abort, unfreeze", async () => {
    const { image, begin, run, status, write } = await prod();
    const hooks = "hooks: [{stage: POST_TEST_TRAFFIC_SHIFT, pause: true, timeout: 24h}]";
    const folder = write("1", `  deployment: {strategy: blue-green, bakeTime: 0m, ${hooks}}\n`);
    const paused = async (...more: string[]) => {
      const deploying = await begin("deploy", "deploy", "-f", folder, "--image", image, "--yes", ...more);
      await eventually("the deployment pauses", async () => {
        const { ongoing } = await status<{ ongoing?: { pauses: unknown[] } | null }>("items");
        return (ongoing?.pauses.length ?? 0) > 0;
      });
      return deploying;
    };
    const first = await paused();
    await run("promote", "promote", "items", "--yes");
    await first.ended();
    const second = await paused("--override", "service.environment.GREETING=again");
    expect(await run("promote", "promote", "items", "--yes")).toContain("cloudwatch:GetMetricData");
    await second.ended();
    const third = await paused("--override", "service.environment.GREETING=never");
    await run("abort", "abort", "items", "--yes");
    await third.ended(4);
    expect(await run("unfreeze", "unfreeze", "items", "--reason", "looked at", "--yes")).toContain("ssm:DeleteParameter");
  });

  it("for those that run jobs, with a machine and without, and delete them", async () => {
    const { world, image, run } = await prod();
    const job = (name: string, more = ""): string =>
      document("Job", name, `  image: "${image}"\n  command: [node, --version]\n  resources: {size: micro}\n${more}`);
    const schedule = '  schedule: {cron: "0 3 * * ? *"}\n';
    const folder = world.write("jobs", {
      "fsd.yml": [job("plain", schedule), job("careful", "  timeout: 1h\n"), surroundings].join("---\n"),
    });
    await run("deploy", "deploy", "-f", folder, "--yes");
    expect(await run("run", "run", "plain", "--wait")).toContain("ecs:RunTask");
    expect(await run("run", "run", "careful", "--wait")).toContain("states:StartExecution");
    await run("status", "status");
    expect(await run("delete", "delete", "plain", "careful", "--force", "--yes")).toContain("ecs:DescribeTasks");
  });
});
