/**
 * A program that holds a process runtime as the platform does, for tests that end it: it runs two servers on the same
 * port and a container full of daemons, prints one line of what it found, and waits. A line on its input closes it in order.
 */
import { request } from "node:http";
import { createInterface } from "node:readline";
import { containerOf, openWorld, taskOf, type World } from "./runtime-world.testing.ts";

const [stateDir = "", hostProgram = "", namespaces = "yes"] = process.argv.slice(2);

const SERVER = `require("node:http").createServer((q, s) => s.end("hello")).listen(Number(process.env.PORT ?? 8000), () => console.log("up"));`;

/** A daemon of its own session and parent, without environment; the marker is on its command line. */
const DAEMONS = `(env -i setsid sh -c "sleep 300; : ${stateDir}" >/dev/null 2>&1 &) & echo up; sleep 300; : ${stateDir}`;

async function answer(world: World, ip: string): Promise<string> {
  const socket = await world.runtime.dialer.connect({ ip, port: 8000 }, 3_000);
  return new Promise((resolve, reject) => {
    request({ createConnection: () => socket, headers: { connection: "close" } }, (response) => {
      response.once("data", (chunk: Buffer) => resolve(chunk.toString()));
    })
      .once("error", reject)
      .end();
  });
}

async function main(): Promise<void> {
  const world = await openWorld({ stateDir, hostProgram, namespaces: namespaces === "yes" });
  const web = await world.images.add("web", 'FROM node:20\nWORKDIR /app\nCOPY . .\nCMD ["node", "server.js"]', { "server.js": SERVER });
  const tasks = [taskOf([containerOf(web)]), taskOf([containerOf(web)])];
  const daemons = taskOf([containerOf(web, { command: ["sh", "-c", DAEMONS] })]);
  const addresses = await Promise.all(tasks.map((task) => world.run(task)));
  await world.run(daemons);
  for (const task of [...tasks, daemons]) await world.logged(task, (lines) => lines.includes("up"));
  const answers = await Promise.all(addresses.map(({ privateIp }) => answer(world, privateIp)));
  process.stdout.write(`${JSON.stringify({ class: world.runtime.class, memoryLimit: world.runtime.memoryLimit, answers })}\n`);
  createInterface({ input: process.stdin }).once("line", async () => {
    await world.close();
    process.exit(0);
  });
}

main().catch((error: Error) => {
  process.stdout.write(`${JSON.stringify({ error: error.stack })}\n`);
  process.exit(1);
});
