/** Services of several repositories in one environment: what each of them knows of the others before it changes anything. */
import { SSM } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Outcome, said } from "../support/outcome.ts";
import { serviceFiles } from "../support/service.ts";
import { World } from "../support/world.ts";

const world = new World();
let endpoint: string;
let image: string;
let ssm: SSM;
beforeAll(async () => {
  ({ endpoint } = await world.up());
  ssm = new SSM({ endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } });
  const folder = world.write("built", serviceFiles("built", { version: "1" }));
  const outcome = await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--env", "local", "--yes");
  expect(outcome).toExitWith(0);
  image = (await world.json<{ image: string }>("status", "--service", "built", "--env", "local")).image;
}, 60_000);
afterAll(() => world.end());

const environment = `apiVersion: fsd/v1
kind: Environment
metadata: {name: dev}
environment:
  region: us-east-1
  loadBalancers: {internal: {}}
`;

/** A folder as another team has it: a repository of its own, which knows only its own service and the environment. */
async function repository(name: string, change: (manifest: string) => string = (manifest) => manifest): Promise<string> {
  const { "fsd.yml": manifest = "" } = serviceFiles(name, { version: "any" });
  const folder = world.write(name, {
    "fsd.yml": change(manifest.replace("  build: {context: .}\n", "")),
    "environments.yml": environment,
  });
  for (const args of [
    ["init", "--quiet"],
    ["remote", "add", "origin", `https://user:secret@git.example.com/acme/${name}.git`],
  ])
    await world.run("git", ["-C", folder, ...args]);
  return folder;
}

const deploy = (folder: string, ...more: string[]): Promise<Outcome> =>
  world.fsd("deploy", "-f", folder, "--env", "dev", "--yes", "--endpoint", endpoint, "--image", image, ...more);

async function record(name: string): Promise<Record<string, unknown> | undefined> {
  const { Parameters = [] } = await ssm.getParametersByPath({ Path: "/fsd/dev/services" });
  const value = Parameters.find(({ Name }) => Name === `/fsd/dev/services/${name}`)?.Value;
  return value === undefined ? undefined : (JSON.parse(value) as Record<string, unknown>);
}

async function stacks(): Promise<string[]> {
  const { stdout } = await world.fsd("status", "--env", "dev", "--endpoint", endpoint, "--region", "us-east-1", "--output", "json");
  return (JSON.parse(stdout) as { service: string; liveRevision: string }[]).map(
    ({ service, liveRevision }) => `${service} ${liveRevision}`,
  );
}

describe("an environment of many repositories", () => {
  it("refuses a service that would take another's requests, and leaves that one as it was", async () => {
    const shop = await deploy(await repository("shop"));
    expect(shop).toExitWith(0);
    expect(await record("shop")).toMatchObject({
      service: "shop",
      repository: "git.example.com/acme/shop",
      loadBalancer: "internal",
      path: "/*",
      priority: expect.any(Number),
      url: expect.stringMatching(/^http:\/\//),
    });
    const before = [await record("shop"), await stacks()];

    const items = await repository("items");
    const refused = await deploy(items);
    expect(refused).toExitWith(2);
    expect(said(refused)).toMatch(
      /FSD7010 items and shop both answer every host\/\* on the internal load balancer of dev; shop is deployed there from git\.example\.com\/acme\/shop and answers every host\/\* \(priority \d+\)/,
    );
    expect([await record("shop"), await stacks()]).toEqual(before);
    expect(await record("items")).toBeUndefined();

    // Nothing of an environment is asked by those that only look at files.
    expect(await world.fsd("validate", "-f", items, "--env", "dev")).toExitWith(0);

    const aside = await repository("items", (manifest) => manifest.replace("loadBalancer: {", "loadBalancer: {path: /items/*, "));
    const admitted = await deploy(aside);
    expect(admitted).toExitWith(0);
    expect(await record("items")).toMatchObject({ path: "/items/*" });
  }, 120_000);

  it("forgets a change of rule that was rolled back, and a service that is deleted", async () => {
    const broken = await repository("items", (manifest) =>
      manifest
        .replace("loadBalancer: {", "loadBalancer: {path: /broken/*, ")
        .replace("  port:", '  command: [node, -e, "process.exit(3)"]\n  port:'),
    );
    const outcome = await deploy(broken);
    expect(outcome).toExitWith(4);
    expect(await record("items")).toMatchObject({ path: "/items/*" });

    const gone = await world.fsd("delete", "items", "--env", "dev", "--endpoint", endpoint, "--region", "us-east-1", "--yes");
    expect(gone).toExitWith(0);
    expect(await record("items")).toBeUndefined();
  }, 180_000);

  it("refuses a service that refers to one which is not there, and takes the address of one that is", async () => {
    const using = (name: string) =>
      repository("reader", (manifest) =>
        manifest
          .replace('GREETING: "hello"', `SHOP: "\${service:${name}:url}"`)
          .replace("loadBalancer: {", "loadBalancer: {path: /reader/*, "),
      );
    const refused = await deploy(await using("shpo"));
    expect(refused).toExitWith(1);
    expect(said(refused)).toMatch(/FSD7008 not found in dev: the service shpo \(did you mean shop\?\), which is neither deployed/);
    expect(await record("reader")).toBeUndefined();

    const admitted = await deploy(await using("shop"));
    expect(admitted).toExitWith(0);
  }, 120_000);

  it("deploys a service before one of the same files that refers to it", async () => {
    const files = (name: string, value: string): string =>
      (serviceFiles(name, { version: "1" })["fsd.yml"] ?? "").replace('"hello"', JSON.stringify(value));
    const folder = world.write("pair", {
      ...serviceFiles("caller", { version: "1" }),
      "fsd.yml": [files("caller", "${service:called:url}"), files("called", "hello")].join("---\n"),
    });
    const outcome = await world.fsd("deploy", "-f", folder, "--env", "local", "--yes");
    expect(outcome).toExitWith(0);
  }, 120_000);

  it("refuses on local a priority that another service has", async () => {
    const numbered = (name: string): string =>
      world.write(`local-${name}`, {
        ...serviceFiles(name, { version: "1" }),
        "fsd.yml": (serviceFiles(name, { version: "1" })["fsd.yml"] ?? "").replace("loadBalancer: {", "loadBalancer: {priority: 7, "),
      });
    const local = (name: string): Promise<Outcome> => world.fsd("deploy", "-f", numbered(name), "--env", "local", "--yes");
    expect(await local("first")).toExitWith(0);
    const refused = await local("second");
    expect(refused).toExitWith(2);
    expect(said(refused)).toMatch(
      /FSD7010 second and first both get priority 7 on the internal load balancer; first is deployed there and answers every host\/\* \(priority 7, port \d+\)/,
    );
    expect(await world.status("first")).toMatchObject({ running: 2 });
  }, 120_000);
});
