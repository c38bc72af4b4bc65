/** What `docs/deployer-permissions.md` permits is what the verbs ask for: each is run through a listener that notes the operations. */
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Caller, policyFor } from "../../src/aws/permissions.ts";
import { serviceFiles } from "../support/service.ts";
import { World } from "../support/world.ts";

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
      const operation = target || new URLSearchParams(text.toString()).get("Action") || /\/operation\/(\w+)$/.exec(incoming.url ?? "")?.[1];
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

describe("the permissions of the document", () => {
  it("are enough for what each verb asks of AWS, where the environment is protected, too", async () => {
    const world = new World();
    onTestFinished(() => world.end());
    const { endpoint } = await world.up();
    const local = world.write("local", serviceFiles("items", { version: "1" }));
    expect(await world.fsd("deploy", "-f", local, "--yes")).toMatchObject({ status: 0 });
    const { image } = await world.json<{ image: string }>("status", "items");
    const { "fsd.yml": manifest = "", ...files } = serviceFiles("items", { version: "1" });
    const folder = world.write("prod", {
      ...files,
      "fsd.yml": `${manifest.replace("  build: {context: .}\n", "")}---\napiVersion: fsd/v1\nkind: Environment\nmetadata: {name: prod}\nenvironment: {region: us-east-1, protect: true, loadBalancers: {internal: {}}}\n`,
    });
    const run = async (caller: Caller, ...args: string[]): Promise<void> => {
      const between = await listener(endpoint);
      const outcome = await world.fsd(...args, "--env", "prod", "--endpoint", between.endpoint, "--region", "us-east-1");
      expect(outcome, outcome.stdout + outcome.stderr).toMatchObject({ status: 0 });
      between.asked.delete("sts:GetCallerIdentity"); // Needs no permission.
      expect({ caller, unread: between.unread, lacking: [...between.asked].filter((one) => !permitted(caller).includes(one)) }).toEqual({
        ...{ caller, unread: [], lacking: [] },
      });
      expect(between.asked.size).toBeGreaterThan(0);
    };
    await run("deploy", "deploy", "-f", folder, "--image", image, "--yes");
    await run("deploy", "deploy", "-f", folder, "--image", image, "--yes");
    await run("status", "status", "items");
    await run("status", "status");
    await run("logs", "logs", "items");
    await run("approvals", "approvals", "items");
    await run("delete", "delete", "items", "--force", "--yes");
  });
});
