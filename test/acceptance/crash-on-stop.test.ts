/** Programs that end badly when they are asked to stop: their exit codes are told as they were, and no rollout fails of it. */
import { ECS } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serviceFiles } from "../support/service.ts";
import { World } from "../support/world.ts";

/** What each does on SIGTERM, and the exit code that Docker and ECS tell of it: 128 and the signal's number where one ended it. */
const endings = [
  { name: "exits-seven", act: "process.exit(7)", exitCode: 7 },
  { name: "throws", act: 'throw new Error("cannot flush")', exitCode: 1 },
  { name: "segfaults", act: 'process.kill(process.pid, "SIGSEGV")', exitCode: 139 },
] as const;

describe("a task that crashes when it is asked to stop", () => {
  const world = new World();
  let ecs: ECS;
  beforeAll(async () => {
    const { endpoint } = await world.up("--speed", "20");
    ecs = new ECS({ endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } });
  });
  afterAll(async () => {
    ecs.destroy();
    await world.end();
  });

  it("is told with its own exit code and as stopped by the scheduler, and the update that stopped it is live", async () => {
    const deploy = (version: string) => {
      const folders = endings.map(({ name, act }) => {
        const files = serviceFiles(name, { version });
        const server = files["server.js"]?.replace("server.close(() => process.exit(0))", `{ ${act}; }`) ?? "";
        expect(server).toContain(act);
        return world.write(name, { ...files, "server.js": server });
      });
      return world.fsd("deploy", ...folders.flatMap((folder) => ["-f", folder]), "--yes", "--output", "json");
    };
    const first = await deploy("1");
    expect(first).toExitWith(0);
    const second = await deploy("2");
    expect(second).toExitWith(0);
    const events = second.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string; subject: string; outcome?: string });
    expect(events.filter(({ type }) => type === "task" || type === "diagnosis")).toEqual([]);

    for (const { name, exitCode } of endings) {
      expect(events).toContainEqual(expect.objectContaining({ type: "outcome", subject: name, outcome: "live" }));
      const { deployments, running, healthy } = await world.status(name);
      expect({ running, healthy, deployments }).toMatchObject({
        running: 2,
        healthy: 2,
        deployments: [{ rolloutState: "COMPLETED", failed: 0 }],
      });
      const { taskArns = [] } = await ecs.listTasks({ cluster: "fsd-local", serviceName: name, desiredStatus: "STOPPED" });
      const { tasks = [] } = await ecs.describeTasks({ cluster: "fsd-local", tasks: taskArns });
      expect(tasks, name).toHaveLength(2);
      for (const { containers, stopCode, stoppedReason, lastStatus } of tasks) {
        expect({ lastStatus, stopCode, exitCodes: containers?.map((one) => one.exitCode) }).toEqual({
          lastStatus: "STOPPED",
          stopCode: "ServiceSchedulerInitiated",
          exitCodes: [exitCode],
        });
        expect(stoppedReason).toMatch(/^Scaling activity initiated by \(deployment ecs-svc\/\d+\)$/);
      }
    }
  });
});
