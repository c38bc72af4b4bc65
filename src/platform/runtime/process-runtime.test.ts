import { request } from "node:http";
import type { Socket } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeWith } from "../../../test/support/requirement.ts";
import { containerOf, openWorld, taskOf, type World } from "./runtime-world.testing.ts";

const SERVER = `
const server = require("node:http").createServer((request, response) => response.end("hello from " + process.cwd()));
server.listen(8000, () => console.log("listening"));
process.on("SIGTERM", () => { console.log("stopping"); server.close(() => process.exit(0)); server.closeAllConnections(); });
`;

function get(world: World, ip: string, port = 8000): Promise<string> {
  return new Promise((resolve, reject) => {
    world.runtime.dialer.connect({ ip, port }, 2_000).then((socket: Socket) => {
      request({ createConnection: () => socket, path: "/", headers: { connection: "close" } }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (piece: string) => {
          text += piece;
        });
        response.on("end", () => resolve(text));
      })
        .on("error", reject)
        .end();
    }, reject);
  });
}

describeWith("namespaces", "a process runtime with namespaces", () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world.close());

  it("runs two tasks that hard-code the same port, answers through the dialer, logs, and stops them", async () => {
    const image = await world.images.add("web", 'FROM node:20\nWORKDIR /app\nCOPY . .\nCMD ["node", "server.js"]', { "server.js": SERVER });
    const tasks = [taskOf([containerOf(image)]), taskOf([containerOf(image)])];
    const addresses = await Promise.all(tasks.map((task) => world.run(task)));
    expect(new Set(addresses.map(({ privateIp }) => privateIp)).size).toBe(2);
    for (const [index, task] of tasks.entries()) {
      await world.logged(task, (lines) => lines.includes("listening"));
      expect(await get(world, addresses[index]!.privateIp)).toBe("hello from /app");
      world.runtime.tasks.stop(task.taskArn, "app", 5_000);
      expect(await world.event("container-exited", task.taskArn)).toMatchObject({ exitCode: 0 });
      expect(world.logs.text(`svc/app/${task.taskId}`)).toContain("stopping");
      world.runtime.tasks.deprovision(task.taskArn);
      await world.event("task-deprovisioned", task.taskArn);
    }
  });
});
