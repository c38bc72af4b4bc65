import { ECSClient, waitUntilServicesStable } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Load } from "../support/load.ts";
import { type Outcome, said } from "../support/outcome.ts";
import { type Behaviour, serviceFiles } from "../support/service.ts";
import { World } from "../support/world.ts";

const world = new World();
let ecs: ECSClient;
beforeAll(async () => {
  const { endpoint } = await world.up();
  ecs = new ECSClient({ endpoint, region: "us-east-1", credentials: { accessKeyId: "local", secretAccessKey: "local" } });
});
afterAll(async () => {
  ecs?.destroy();
  await world.end();
});

/** Deploys what must go out. */
async function deployGood(name: string, behaviour: Behaviour): Promise<void> {
  const outcome = await deploy(name, behaviour);
  expect(outcome).toExitWith(0);
}

function deploy(name: string, behaviour: Behaviour, ...flags: string[]): Promise<Outcome> {
  const folder = world.write(name, serviceFiles(name, behaviour));
  return world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--env", "local", "--yes", ...flags);
}

const broken = [
  { situation: "exits at once", name: "exits", program: "exits", cause: /exit(ed)?.*\b3\b/i, evidence: /DATABASE_URL is not set/ },
  { situation: "never becomes healthy", name: "sick", program: "unhealthy", cause: /health/i, evidence: /500/ },
] as const;

describe.each(broken)("a version that $situation", ({ name, program, cause, evidence }) => {
  it("trips the breaker: the old version serves on without a failed request, and the deploy says why", async () => {
    await deployGood(name, { version: "1" });
    const before = await world.status(name);
    const load = new Load(before.url, 100);
    const outcome = await deploy(name, { version: "2", program });
    const { failures, versions } = await load.end();

    const text = said(outcome);
    expect(outcome).toExitWith(4);
    expect(text).toMatch(cause);
    expect(text).toMatch(evidence);
    expect(failures).toEqual([]);
    expect([...versions]).toEqual(["1"]);
    const after = await world.status(name);
    expect(after).toMatchObject({ running: 2, healthy: 2 });
    expect(before.liveRevision).toMatch(/^fsd-local-.*:1$/);
    expect(after.liveRevision).toBe(before.liveRevision);
    // The waiter that many pipelines end with sees nothing of it.
    const waited = await waitUntilServicesStable({ client: ecs, maxWaitTime: 60 }, { cluster: "fsd-local", services: [name] });
    expect(waited.state).toBe("SUCCESS");

    // A good version afterwards goes out as if nothing had been.
    await deployGood(name, { version: "3" });
    const answer = (await (await fetch(after.url)).json()) as { version: string };
    expect(answer.version).toBe("3");
  });

  it("rolls the stack back on a first deploy, and a good version deploys afterwards", async () => {
    const first = await deploy(`${name}-first`, { version: "1", program });
    expect(first).toExitWith(1);
    expect(said(first)).toMatch(cause);
    await deployGood(`${name}-first`, { version: "2" });
    const { url } = await world.status(`${name}-first`);
    expect(((await (await fetch(url)).json()) as { version: string }).version).toBe("2");
  });
});

describe("a version whose image does not exist", () => {
  it("is refused or rolled back with the image named, and the old version serves on", async () => {
    await deployGood("ghost", { version: "1" });
    const { url } = await world.status("ghost");
    const missing = `000000000000.dkr.ecr.us-east-1.amazonaws.com/ghost@sha256:${"0".repeat(64)}`;
    const load = new Load(url, 100);
    const outcome = await deploy("ghost", { version: "1" }, "--image", missing);
    const { failures, versions } = await load.end();
    const text = said(outcome);
    expect(outcome).toExitWith(4);
    expect(text).toContain("CannotPullContainerError");
    expect(failures).toEqual([]);
    expect([...versions]).toEqual(["1"]);
  });
});

describe("a version without a circuit breaker that exits at once", () => {
  const noBreaker = "  deployment: {circuitBreaker: {enable: false}}\n";
  const send = (name: string, behaviour: Behaviour, ...flags: string[]): Promise<Outcome> => {
    const folder = world.write(name, serviceFiles(name, behaviour, noBreaker));
    return world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--env", "local", "--yes", ...flags);
  };

  it("is given up on a first deploy once its tasks have ended over and over in the same way", async () => {
    const outcome = await send("endless", { version: "1", program: "exits" });
    const text = said(outcome);
    expect(outcome).toExitWith(1);
    expect(text).toMatch(/\d tasks have ended in the same way \(exit code 3\); what was made is deleted/);
    expect(text).toMatch(/DATABASE_URL is not set/);
    await deployGood("endless", { version: "2" });
  });

  it("is rolled back when its time is up, while the old version serves on", async () => {
    const first = await send("limited", { version: "1" });
    expect(first).toExitWith(0);
    const { url } = await world.status("limited");
    const load = new Load(url, 100);
    const outcome = await send("limited", { version: "2", program: "exits" }, "--timeout", "0.1");
    const { failures, versions } = await load.end();
    const text = said(outcome);
    expect(outcome).toExitWith(4);
    expect(text).toMatch(/not live after 0.1 minutes \(--timeout\); the update is cancelled and rolled back/);
    expect(text).toMatch(/DATABASE_URL is not set/);
    expect(failures).toEqual([]);
    expect([...versions]).toEqual(["1"]);
  });
});
