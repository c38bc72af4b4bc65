import { join } from "node:path";
import { ECS } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Outcome } from "../support/outcome.ts";
import { type Redis, startRedis } from "../support/redis.ts";
import { describeWith } from "../support/requirement.ts";
import { eventually, root, World } from "../support/world.ts";

const example = join(root, "examples", "donations");

interface Donation {
  readonly id: string;
  readonly state: string;
  readonly worker?: string;
}

describeWith(["celery", "redis"], "the donation platform on local", () => {
  const world = new World();
  let redis: Redis;
  let ecs: ECS;
  let url: string;

  const deploy = (...more: string[]): Promise<Outcome> =>
    world.run(process.execPath, [join(root, "bin/fsd"), "deploy", "-f", example, ...more], { DONATIONS_REDIS_PORT: `${redis.port}` });
  const redeploy = async (service: string, ...overrides: string[]): Promise<void> => {
    const outcome = await deploy("--service", service, ...overrides.flatMap((override) => ["--override", override]));
    expect(outcome).toExitWith(0);
  };
  const get = async <Value>(path: string): Promise<Value> => (await (await fetch(`${url}${path}`)).json()) as Value;
  const give = async (cause: string, cents: number): Promise<Donation> => {
    const answer = await fetch(`${url}/donations`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ cause, cents }),
    });
    expect(answer.status).toBe(202);
    return (await answer.json()) as Donation;
  };

  beforeAll(async () => {
    redis = await startRedis();
    const { endpoint } = await world.up();
    ecs = new ECS({ endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } });
    const outcome = await deploy();
    expect(outcome).toExitWith(0);
    // What makes the queue comes before those who use it.
    const live = [...outcome.stdout.matchAll(/✓ (\S+) is live on local/g)].map(([, service]) => service);
    expect([live[0], [...live].sort()]).toEqual(["donations-worker", ["donations-api", "donations-beat", "donations-worker"]]);
    url = (await world.status("donations-api")).url;
  });
  afterAll(async () => {
    ecs?.destroy();
    await world.end();
    await redis?.end();
  });

  it("a donation goes through the platform's queue to the worker, and its settlement through the cache to every task of the API", async () => {
    const { id } = await give("trees", 500);
    await give("trees", 250);
    const settled = await eventually("both are settled", async () => {
      const causes = await get<Record<string, number>>("/causes");
      return causes.trees === 750 && get<Donation>(`/donations/${id}`);
    });
    expect(settled).toMatchObject({ state: "settled", worker: expect.stringMatching(/^ip-10-0-/) });
    for (let turn = 0; turn < 4; turn++) expect(await get<Donation>(`/donations/${id}`)).toEqual(settled);
    expect((await fetch(`${url}/donations/none`)).status).toBe(404);
  });

  it("every service logs one JSON object a line", async () => {
    await give("bees", 1);
    for (const service of ["donations-api", "donations-worker", "donations-beat"]) {
      const said = await eventually(`${service} logs`, async () => {
        const lines = (await world.fsd("logs", service)).stdout.split("\n").map((line) => line.split(" ").slice(2).join(" "));
        // The platform says what it does not build; Celery's beat greets in plain text, which it cannot be told to leave.
        const own = lines.filter(
          (line) => line !== "" && !line.startsWith("[fsd] ") && (service !== "donations-beat" || line.startsWith("{")),
        );
        return own.length > 0 && own;
      });
      for (const line of said) {
        expect(line).toMatch(/^{/);
        expect(JSON.parse(line)).toMatchObject({ service, environment: "local" });
      }
    }
  });

  it("beat hands over to its successor: never two, and every reminder is asked for by one of them in turn", async () => {
    await redeploy("donations-beat", "service.environment.REMIND_SECONDS=0.5");
    const beats = async (): Promise<readonly string[]> =>
      (await ecs.listTasks({ cluster: "fsd-local", serviceName: "donations-beat", desiredStatus: "RUNNING" })).taskArns ?? [];
    const last = async (): Promise<string> => (await get<{ beat: string }[]>("/reminders")).at(-1)?.beat ?? "";
    const before = await eventually("beat reminds", last);

    const rollout = { isOver: false };
    const seen = new Set<string>();
    let most = 0;
    const watch = (async () => {
      while (!rollout.isOver) {
        const running = await beats();
        for (const task of running) seen.add(task);
        most = Math.max(most, running.length);
      }
    })();
    await redeploy("donations-beat", "service.environment.REMIND_SECONDS=0.4");
    await eventually("the successor reminds", async () => (await last()) !== before);
    rollout.isOver = true;
    await watch;
    expect({ most, beats: seen.size }).toEqual({ most: 1, beats: 2 });

    const turns = (await get<{ beat: string }[]>("/reminders")).map(({ beat }) => beat);
    expect(new Set(turns).size).toBe(turns.length);
  });

  it("workers come out of nothing when the queue is deep, and count every donation once", { timeout: 400_000 }, async () => {
    // Its reminders, several a second by now, would stand in the same queue.
    await redeploy("donations-beat");
    await redeploy(
      "donations-worker",
      "service.resources.minCapacity=0",
      "service.autoScaling.queue.depth=10",
      "service.environment.SETTLE_SECONDS=1",
    );
    await ecs.updateService({ cluster: "fsd-local", service: "donations-worker", desiredCount: 0 });
    await eventually("no worker runs", async () => (await world.status("donations-worker")).running === 0);
    const given = await Promise.all(Array.from({ length: 100 }, () => give("wells", 1)));
    expect(given).toHaveLength(100);
    await eventually("three workers run", async () => (await world.status("donations-worker")).running === 3);
    const settled = async (): Promise<number> => (await get<Record<string, number>>("/causes")).wells ?? 0;
    // What a worker was handed while it stopped comes back after the queue's visibility timeout of a minute.
    await eventually("all are settled", async () => (await settled()) === 100, 150_000);
    await redeploy("donations-worker");
    await eventually("the worker that replaces them runs", async () => (await world.status("donations-worker")).running >= 1);
    expect(await settled()).toBe(100);
  });

  it("the API sleeps by its schedule, and wakes when it is given one without nights", async () => {
    // The minute begins in half a minute at the earliest: a night that begins during the deployment would be tomorrow's.
    const night = new Date(Date.now() + 90_000);
    const cron = `${night.getUTCMinutes()} ${night.getUTCHours()} * * ? *`;
    await redeploy("donations-api", `service.autoScaling.schedule=[{name: night, cron: "${cron}", minCapacity: 0, maxCapacity: 0}]`);
    await eventually("it sleeps", async () => (await world.status("donations-api")).running === 0, 150_000);
    expect(await world.status("donations-api")).toMatchObject({ state: "stopped", desired: 0 });
    expect((await fetch(`${url}/health`)).status).toBe(503);
    await redeploy("donations-api");
    await eventually("it is awake", async () => (await world.status("donations-api")).healthy === 2);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });
});
