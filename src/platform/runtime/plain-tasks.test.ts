import { randomUUID } from "node:crypto";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ContainerLaunch, TaskLaunch } from "../../model/task-launch.ts";
import { processStat } from "./process-tree.ts";
import { containerOf, get, openWorld, taskOf, type World } from "./runtime-world.testing.ts";

const NODE_20 = "FROM node:20\nWORKDIR /app\nCOPY . .\n";
const SERVER = `require("node:http").createServer((request, response) => response.end("port mode")).listen(process.env.PORT, () => console.log("up"));`;

describe("a process runtime without namespaces", () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ namespaces: false });
  });
  afterAll(() => world.close());

  async function program(source: string, more: Partial<ContainerLaunch> = {}, task: Partial<TaskLaunch> = {}): Promise<TaskLaunch> {
    const image = await world.images.add(`program-${randomUUID()}`, `${NODE_20}CMD ["node", "/app/program.js"]`, { "program.js": source });
    return taskOf([containerOf(image, more)], task);
  }

  it("gives each task a port of its own and answers at the task's address", async () => {
    expect(world.runtime.class.network).toBe("port");
    const tasks = await Promise.all([program(SERVER), program(SERVER)]);
    for (const task of tasks) {
      const { privateIp } = await world.run(task);
      await world.logged(task, (lines) => lines.includes("up"));
      expect(await get(world, privateIp)).toBe("port mode");
    }
    const [first] = tasks;
    world.runtime.tasks.stop(first!.taskArn, "app", 1_000);
    expect(await world.event("container-exited", first!.taskArn)).toMatchObject({ exitCode: 143 });
    world.runtime.tasks.deprovision(first!.taskArn);
    await world.event("task-deprovisioned", first!.taskArn);
  });

  it("tells a program that hard-codes a taken port what to change, in its exit and in its log", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, resolve));
    const { port } = taken.address() as { port: number };
    const task = await program(`require("node:http").createServer().listen(${port});`);
    await world.run(task);
    const { exitCode, reason } = await world.event("container-exited", task.taskArn);
    expect(exitCode).toBe(1);
    expect(reason).toContain(`PortTaken: the program wants port ${port}, which is taken on this machine; its PORT is `);
    expect(await world.logged(task, (lines) => lines.some((line) => line.startsWith("[fsd] PortTaken")))).toBeDefined();
    await new Promise((resolve) => taken.close(resolve));
  });

  it("tells who dials a program that ignores PORT where it listens instead", async () => {
    const task = await program(`const server = require("node:http").createServer().listen(0, () => console.log(server.address().port));`);
    const { privateIp } = await world.run(task);
    const [port] = await world.logged(task, (lines) => lines.length > 0);
    await expect(world.runtime.dialer.connect({ ip: privateIp, port: 8000 }, 1_000)).rejects.toMatchObject({
      code: "ECONNREFUSED",
      message: expect.stringContaining(`the program listens on ${port}, but PORT is`),
    });
  });

  it("tells exit codes, kills for memory, probes, and ends the whole group", async () => {
    const dead = await program("process.kill(process.pid, 'SIGKILL')");
    await world.run(dead);
    expect(await world.event("container-exited", dead.taskArn)).toMatchObject({ exitCode: 137 });

    const hungry = await program("const held = []; setInterval(() => held.push(Buffer.alloc(8e6, 1)), 10)", {}, { memory: 128 });
    await world.run(hungry);
    expect(await world.event("container-exited", hungry.taskArn)).toMatchObject({
      exitCode: 137,
      reason: "OutOfMemoryError: Container killed due to memory usage",
    });

    const parent = await program("console.log(require('child_process').spawn('sleep', ['300']).pid); setInterval(() => {}, 1000)", {
      environment: { WHERE: "/app" },
    });
    await world.run(parent);
    const [child] = await world.logged(parent, (lines) => lines.length > 0);
    world.runtime.tasks.probe(parent.taskArn, "app", ["CMD-SHELL", "ls $WHERE"], 5_000);
    expect(await world.event("container-probed", parent.taskArn)).toMatchObject({ passed: true, output: "program.js\n" });
    world.runtime.tasks.stop(parent.taskArn, "app", 1_000);
    await world.event("container-exited", parent.taskArn);
    // Whoever adopts an orphan may be slow to take note of its death.
    await expect.poll(() => processStat(Number(child))?.state ?? "Z").toBe("Z");
  });

  it("answers a task with metadata and its role's credentials on this machine", async () => {
    const task = await program(
      `const get = async (url) => (await fetch(url)).json();
      (async () => console.log(JSON.stringify({
        task: await get(process.env.ECS_CONTAINER_METADATA_URI_V4 + "/task"),
        credentials: await get(process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI),
        gateway: await (await fetch(process.env.AWS_ENDPOINT_URL + "/ping")).text() })))();`,
      {},
      { taskRoleArn: "arn:aws:iam::000000000000:role/items" },
    );
    await world.run(task);
    await world.event("container-exited", task.taskArn);
    expect(JSON.parse(world.logs.text(`svc/app/${task.taskId}`)[0]!)).toMatchObject({
      task: { TaskARN: task.taskArn },
      credentials: { RoleArn: task.taskRoleArn },
      gateway: "gateway /ping",
    });
  });

  it("says that a program is missing", async () => {
    const task = await program("", { command: ["no-such-program"] });
    await expect(world.run(task)).rejects.toThrow(/CannotStartContainerError: exec: .*no-such-program.*executable file not found/);
  });
});
