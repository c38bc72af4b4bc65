import { request } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Load } from "../support/load.ts";
import type { Outcome } from "../support/outcome.ts";
import { serviceFiles } from "../support/service.ts";
import { eventually, type ServiceStatus, World } from "../support/world.ts";

interface Staged extends ServiceStatus {
  readonly ongoing: { readonly pauses: readonly { readonly hookId: string; readonly stage: string }[] } | null;
}

/** How many of so many requests each version answered. */
async function answers(url: string, count: number, headers: Record<string, string> = {}): Promise<Record<string, number>> {
  const by: Record<string, number> = {};
  const worker = async (share: number): Promise<void> => {
    for (let sent = 0; sent < share; sent++) {
      const { statusCode, body } = await request(url, { headers });
      const text = await body.text();
      if (statusCode !== 200) throw new Error(`${statusCode} ${text}`);
      const { version } = JSON.parse(text) as { version: string };
      by[version] = (by[version] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: 8 }, () => worker(count / 8)));
  return by;
}

describe("traffic of a deployment in stages", () => {
  const world = new World();
  beforeAll(() => world.up("--speed", "20"));
  afterAll(() => world.end());

  const hooks = "hooks: [{stage: POST_TEST_TRAFFIC_SHIFT, pause: true}, {stage: PRE_PRODUCTION_TRAFFIC_SHIFT, pause: true}]";
  const deploy = (name: string, version: string, deployment: string, more: { lines?: string; program?: string } = {}): Promise<Outcome> => {
    const files = serviceFiles(name, { version }, `  deployment: {${deployment}}\n${more.lines ?? ""}`);
    const folder = world.write(name, { ...files, ...(more.program === undefined ? {} : { "server.js": more.program }) });
    return world.fsd("deploy", "-f", folder, "--yes");
  };
  const seen = new Set<string>();
  /** The stage of the next pause of the service. */
  const paused = (name: string): Promise<string> =>
    eventually(`${name} pauses`, async () => {
      const { ongoing } = await world.json<Staged>("status", name);
      const pause = ongoing?.pauses.find(({ hookId }) => !seen.has(hookId));
      if (pause !== undefined) seen.add(pause.hookId);
      return pause?.stage;
    });
  const promote = async (name: string): Promise<void> => expect(await world.fsd("promote", name, "--yes")).toExitWith(0);

  it.each([
    ["canary", "canary: {percent: 20, bakeTime: 0s}", 0.2],
    ["linear", "linear: {stepPercent: 40, stepBakeTime: 0s}", 0.4],
  ])("of a %s is shared as its weights say, and the test rule leads to the new revision alone", async (name, steps, share) => {
    const first = await deploy(name, "1", `strategy: ${name}, bakeTime: 0s, ${steps}`);
    expect(first).toExitWith(0);
    const { url } = await world.status(name);
    const second = deploy(name, "2", `strategy: ${name}, bakeTime: 0s, ${steps}, ${hooks}`);
    expect(await paused(name)).toBe("POST_TEST_TRAFFIC_SHIFT");
    expect(await answers(url, 200)).toEqual({ 1: 200 });
    expect(await answers(url, 200, { "x-fsd-test": "true" })).toEqual({ 2: 200 });
    await promote(name);
    await paused(name);
    await promote(name);
    await paused(name);
    const { 2: fresh = 0 } = await answers(url, 2_000);
    // Five standard deviations of as many throws of a coin with that share.
    const bound = 5 * Math.sqrt(2_000 * share * (1 - share));
    expect(Math.abs(fresh - 2_000 * share)).toBeLessThan(bound);
    expect(await world.fsd("abort", name, "--yes")).toExitWith(0);
    expect(await second).toExitWith(4);
    expect(await answers(url, 200)).toEqual({ 1: 200 });
  });

  it("goes back when an alarm rings during the bake, and nothing fails but what the broken version broke", async () => {
    const bake = "strategy: blue-green, bakeTime: 1h, alarms: [errors]";
    const lines = "  observability: {alarms: {errors: {metric: 5xxRate, threshold: 5, periods: 1}}}\n";
    const first = await deploy("baked", "1", "strategy: blue-green, bakeTime: 0s", { lines });
    expect(first).toExitWith(0);
    const load = new Load((await world.status("baked")).url, 50);
    const program = `
const server = require("node:http").createServer((request, response) => {
  response.statusCode = request.url === "/health" ? 200 : 500;
  response.end("broken version 2");
});
server.listen(8000);
process.on("SIGTERM", () => server.close(() => process.exit(0)));
`;
    const second = await deploy("baked", "2", bake, { lines, program });
    expect(second).toExitWith(4);
    expect((await world.status("baked")).liveRevision).toMatch(/baked:1$/);
    const { failures, versions } = await load.end();
    expect([...new Set(failures)]).toEqual(["500 broken version 2"]);
    expect([...versions]).toEqual(["1"]);
  });
});
