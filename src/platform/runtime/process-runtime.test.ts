import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeWith } from "../../../test/support/requirement.ts";
import type { ContainerLaunch, TaskLaunch } from "../../model/task-launch.ts";
import { descendants } from "./process-tree.ts";
import { containerOf, get, openWorld, REGION, taskOf, type World } from "./runtime-world.testing.ts";

const SERVER = `
const server = require("node:http").createServer((request, response) => response.end("hello from " + process.cwd()));
server.listen(8000, () => console.log("listening"));
process.on("SIGTERM", () => { console.log("stopping"); server.close(() => process.exit(0)); server.closeAllConnections(); });
`;

const NODE_20 = "FROM node:20\nWORKDIR /app\nCOPY . .\n";

describeWith("namespaces", "a process runtime with namespaces", () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world.close());

  /** A task that runs one Node program. */
  async function program(source: string, more: Partial<ContainerLaunch> = {}, task: Partial<TaskLaunch> = {}): Promise<TaskLaunch> {
    const image = await world.images.add(`program-${randomUUID()}`, `${NODE_20}CMD ["node", "program.js"]`, { "program.js": source });
    return taskOf([containerOf(image, more)], task);
  }

  async function exitOf(launch: TaskLaunch): Promise<object> {
    await world.run(launch);
    return world.event("container-exited", launch.taskArn);
  }

  it("runs two tasks that hard-code the same port, answers through the dialer, logs, and stops them", async () => {
    const tasks = await Promise.all([program(SERVER), program(SERVER)]);
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

  it("tells exit codes as they are", async () => {
    expect(await exitOf(await program("process.exit(42)"))).toEqual(expect.objectContaining({ exitCode: 42 }));
    expect(await exitOf(await program("process.kill(process.pid, 'SIGKILL')"))).toEqual(expect.objectContaining({ exitCode: 137 }));
  });

  it("stops with the image's signal, by default SIGTERM, and with SIGKILL when the time is over", async () => {
    const plain = await program("setInterval(() => {}, 1000); console.log('up')");
    const deaf = await program("process.on('SIGTERM', () => console.log('no')); setInterval(() => {}, 1000); console.log('up')");
    const image = await world.images.add("quit", `${NODE_20}STOPSIGNAL SIGQUIT\nCMD node program.js`, {
      "program.js": "process.on('SIGQUIT', () => process.exit(7)); setInterval(() => {}, 1000); console.log('up')",
    });
    // `CMD node program.js` runs below a shell, which hands no signal on: exec does.
    const quitting = taskOf([containerOf(image, { command: ["sh", "-c", "exec node program.js"] })]);
    for (const [task, exitCode] of [
      [plain, 143],
      [deaf, 137],
      [quitting, 7],
    ] as const) {
      await world.run(task);
      await world.logged(task, (lines) => lines.includes("up"));
      world.runtime.tasks.stop(task.taskArn, "app", 300);
      expect(await world.event("container-exited", task.taskArn)).toMatchObject({ exitCode });
    }
    expect(await world.logged(deaf, (lines) => lines.includes("no"))).toContain("no");
  });

  it("logs what the container wrote and no word of the shell around it, however it ends", async () => {
    for (const signal of ["SIGTERM", "SIGKILL", "SIGSEGV"]) {
      const launch = await program(
        `console.log("up"); console.error("error"); process.kill(process.pid, "${signal}"); setInterval(() => {}, 1000)`,
      );
      await exitOf(launch);
      expect(world.logs.text(`svc/app/${launch.taskId}`).sort()).toEqual(["error", "up"]);
    }
  });

  it.each([
    ["server.listen(8000, '127.0.0.1', up)", "127.0.0.1:8000"],
    ["server.listen(3000, up)", "[::]:3000"],
    ["server.listen(3000, '0.0.0.0', () => server2.listen(8000, '::1', up))", "0.0.0.0:3000, [::1]:8000"],
    ["up()", "no port"],
  ])("tells in the log of a container it stops that %s cannot be reached", async (listen, where) => {
    const launch = await program(
      `const { createServer } = require("node:http"); const [server, server2] = [createServer(), createServer()]; const up = () => console.log("up"); ${listen}; setInterval(() => {}, 1000)`,
      { ports: [{ containerPort: 8000, protocol: "tcp" }] },
    );
    await world.run(launch);
    await world.logged(launch, (lines) => lines.includes("up"));
    world.runtime.tasks.stop(launch.taskArn, "app", 5_000);
    await world.event("container-exited", launch.taskArn);
    expect(world.logs.text(`svc/app/${launch.taskId}`)).toContain(
      `[fsd] the task listened on ${where} when it was stopped, and so could not be reached on port 8000`,
    );
  });

  it("has nothing to tell of a container that it stops and that could be reached", async () => {
    const launch = await program(SERVER, { ports: [{ containerPort: 8000, protocol: "tcp" }] });
    await world.run(launch);
    await world.logged(launch, (lines) => lines.includes("listening"));
    world.runtime.tasks.stop(launch.taskArn, "app", 5_000);
    await world.event("container-exited", launch.taskArn);
    expect(world.logs.text(`svc/app/${launch.taskId}`)).not.toContain("[fsd]");
  });

  it("kills a container above its memory limit and says so", async () => {
    const task = await program("const held = []; setInterval(() => held.push(Buffer.alloc(8e6, 1)), 5)", { memory: 128 });
    expect(await exitOf(task)).toMatchObject({ exitCode: 137, reason: "OutOfMemoryError: Container killed due to memory usage" });
  });

  it("says which part of starting failed, in the words of ECS", async () => {
    const good = await world.images.add("good", `${NODE_20}CMD ["node", "program.js"]`, { "program.js": "" });
    const failure = async (more: Partial<ContainerLaunch>): Promise<string> => {
      const task = taskOf([containerOf(good, more)]);
      world.runtime.tasks.provision(task);
      await world.event("task-provisioned", task.taskArn);
      world.runtime.tasks.pull(task, "app");
      return (await world.event("container-pull-failed", task.taskArn)).reason;
    };
    const missing = good.replace(":v1", ":v2");
    expect(await failure({ image: missing })).toBe(
      `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${missing}: not found`,
    );
    expect(await failure({ log: { group: "/none", region: REGION, streamPrefix: "s", createGroup: false } })).toMatch(
      /^ResourceInitializationError: failed to validate logger args: /,
    );
    const secret = { name: "KEY", valueFrom: "arn:aws:secretsmanager:eu-central-1:000000000000:secret:none-AbCdEf" };
    expect(await failure({ secrets: [secret] })).toMatch(
      /^ResourceInitializationError: unable to pull secrets or registry auth: .*ResourceNotFoundException/,
    );

    const lost = taskOf([containerOf(good, { command: ["gunicorn", "app"] })]);
    world.runtime.tasks.provision(lost);
    await world.event("task-provisioned", lost.taskArn);
    world.runtime.tasks.pull(lost, "app");
    await world.event("container-pulled", lost.taskArn);
    world.runtime.tasks.start(lost, "app");
    expect((await world.event("container-start-failed", lost.taskArn)).reason).toMatch(
      /^CannotStartContainerError: exec: "gunicorn": executable file not found in \$PATH/,
    );
    world.runtime.tasks.stop(lost.taskArn, "app", 100);
    expect(await world.event("container-exited", lost.taskArn)).not.toHaveProperty("exitCode");
  });

  it("gives a task its environment and secrets, and nothing of the platform's own", async () => {
    world.secrets.set("/key", "very secret");
    const task = await program("console.log(JSON.stringify(process.env))", {
      environment: { GREETING: "hello there", "odd.name": "kept" },
      secrets: [{ name: "KEY", valueFrom: "/key" }],
    });
    await exitOf(task);
    const environment = JSON.parse(world.logs.text(`svc/app/${task.taskId}`)[0]!);
    expect(environment).toMatchObject({
      GREETING: "hello there",
      "odd.name": "kept",
      KEY: "very secret",
      AWS_REGION: REGION,
      HOME: "/root",
      ECS_CONTAINER_METADATA_URI_V4: expect.stringMatching(/^http:\/\/169\.254\.170\.2\/v4\//),
    });
    expect(
      Object.keys(environment).filter((name) => name in process.env && !["HOME", "PATH", "LANG", "PWD", "HOSTNAME"].includes(name)),
    ).toEqual([]);
    expect(environment).not.toHaveProperty("PORT");
  });

  it("answers a task with metadata, its role's credentials, the gateway and names", async () => {
    world.names.set("orders.dev.internal", ["10.0.11.77"]);
    const task = await program(
      `const get = async (url) => (await fetch(url)).json();
      (async () => {
        const metadata = process.env.ECS_CONTAINER_METADATA_URI_V4;
        const [container, task, credentials] = await Promise.all([
          get(metadata), get(metadata + "/task"), get("http://169.254.170.2" + process.env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI)]);
        const gateway = await (await fetch(process.env.AWS_ENDPOINT_URL + "/ping")).text();
        const { address } = await require("node:dns/promises").lookup("orders.dev.internal", { family: 4 });
        const host = await require("node:dns/promises").resolve4("host.fsd.internal");
        const none = await require("node:dns/promises").resolve4("none.dev.internal").catch((error) => error.code);
        console.log(JSON.stringify({ container, task, credentials, gateway, address, host, none, hostname: require("os").hostname() }));
      })();`,
      {},
      { taskRoleArn: "arn:aws:iam::000000000000:role/items" },
    );
    world.names.set("none.dev.internal", []);
    const { privateIp } = await world.run(task);
    await world.event("container-exited", task.taskArn);
    const [text] = world.logs.text(`svc/app/${task.taskId}`);
    const told = JSON.parse(text!);
    expect(told.container).toMatchObject({
      Name: "app",
      KnownStatus: "RUNNING",
      Networks: [{ IPv4Addresses: [privateIp], NetworkMode: "awsvpc" }],
    });
    expect(told.task).toMatchObject({ TaskARN: task.taskArn, Family: "items", Revision: "3", Limits: { CPU: 0.25, Memory: 512 } });
    expect(told.credentials).toMatchObject({ RoleArn: task.taskRoleArn, AccessKeyId: "ASIATEST" });
    expect(told).toMatchObject({ gateway: "gateway /ping", address: "10.0.11.77", host: ["169.254.170.1"], none: "ENOTFOUND" });
    expect(told.hostname).toBe(`ip-${privateIp.replaceAll(".", "-")}.ec2.internal`);
  });

  it("lets a task reach what listens on the host, and addresses outside through the host", async () => {
    const host = createServer((request, response) => response.end(`host ${request.headers.host}`));
    await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve));
    const { port } = host.address() as { port: number };
    const task = await program(
      `const get = (url) => fetch(url).then((answer) => answer.text(), (error) => error.cause.code);
      (async () => {
        console.log(await get("http://host.fsd.internal:${port}/"));
        console.log(await get("http://192.0.2.77:443/"));
        console.log(await get("http://192.0.2.77:4444/"));
      })();`,
    );
    await exitOf(task);
    const lines = world.logs.text(`svc/app/${task.taskId}`);
    expect(lines).toEqual([`host host.fsd.internal:${port}`, expect.stringMatching(/^(ECONNRESET|UND_ERR_SOCKET)$/), "ECONNREFUSED"]);
    expect(world.dialled).toEqual(["192.0.2.77:443"]);
    host.closeAllConnections();
    await new Promise((resolve) => host.close(resolve));
  });

  it("lets a task call another by name, also in another subnet", async () => {
    const server = await program(SERVER, {}, { network: { subnetId: "subnet-b", securityGroups: [], assignPublicIp: false } });
    const { privateIp } = await world.run(server);
    await world.logged(server, (lines) => lines.includes("listening"));
    expect(privateIp).toMatch(/^10\.0\.12\./);
    world.names.set("server.dev.internal", [privateIp]);
    const client = await program("fetch('http://server.dev.internal:8000/').then((answer) => answer.text()).then(console.log)");
    await exitOf(client);
    expect(world.logs.text(`svc/app/${client.taskId}`)).toEqual(["hello from /app"]);
  });

  it("runs the containers of a task in one network, each with files of its own", async () => {
    const side = await world.images.add("side", `${NODE_20}CMD ["node", "side.js"]`, {
      "side.js":
        "require('fs').writeFileSync('/app/mine', 'x'); fetch('http://127.0.0.1:8000/').then((answer) => answer.text()).then(console.log)",
    });
    const task = await program(SERVER);
    const both = { ...task, containers: [...task.containers, containerOf(side, { name: "side", essential: false })] };
    world.runtime.tasks.provision(both);
    await world.event("task-provisioned", both.taskArn);
    world.runtime.tasks.start(both, "app");
    await world.logged(both, (lines) => lines.includes("listening"));
    world.runtime.tasks.start(both, "side");
    expect(await world.event("container-exited", both.taskArn, "side")).toMatchObject({ exitCode: 0 });
    expect(world.logs.text(`svc/side/${both.taskId}`)).toEqual(["hello from /app"]);
  });

  it("places files as the Dockerfile says, around the host's programs, and lets a task write only what is its own", async () => {
    const image = await world.images.add(
      "placed",
      'FROM node:20 AS base\nARG DIR=/usr/src/app\nENV ROLE=web GREETING="a b"\nWORKDIR $DIR\nCOPY --chown=node:node src/ ./\nCOPY tool.sh /usr/local/bin/\nRUN mkdir -p /data && chown 12345 /data && chmod +x /usr/local/bin/tool.sh\nUSER 12345\nENTRYPOINT ["tool.sh"]\nCMD ["one"]',
      {
        "src/main.js": "",
        "tool.sh": `#!/bin/sh
echo "$1 $ROLE $GREETING $PWD $(id -u)"; ls /usr/src/app /usr/bin/env
echo x > /tmp/x && echo wrote tmp; echo x > /data/x && echo wrote data; (echo x > /usr/bin/x) 2>/dev/null || echo kept usr; (echo x > /usr/src/app/x) 2>/dev/null || echo kept app
cat /etc/shadow 2>/dev/null || echo no shadow; ls /home; echo out > /dev/stdout; [ -r ${world.stateDir}/platform.db ] || echo no state`,
      },
    );
    await exitOf(taskOf([containerOf(image)]));
    const task = taskOf([containerOf(image, { command: ["two"] })]);
    await exitOf(task);
    const uid = process.getuid?.() === 0 ? 12345 : 0;
    expect(world.logs.text(`svc/app/${task.taskId}`)).toEqual([
      `two web a b /usr/src/app ${uid}`,
      "/usr/bin/env",
      "",
      "/usr/src/app:",
      "main.js",
      "wrote tmp",
      "wrote data",
      "kept usr",
      ...(uid === 0 ? [] : ["kept app"]),
      "no shadow",
      "out",
      "no state",
    ]);
  });

  it("probes inside the container, with its files, environment and network, and ends a probe that takes too long", async () => {
    const task = await program(SERVER, { environment: { WHERE: "inside" } });
    await world.run(task);
    await world.logged(task, (lines) => lines.includes("listening"));
    const probe = async (command: readonly string[], timeoutMs = 20_000): Promise<object> => {
      world.events.splice(0, world.events.length, ...world.events.filter(({ type }) => type !== "container-probed"));
      world.runtime.tasks.probe(task.taskArn, "app", command, timeoutMs);
      return world.event("container-probed", task.taskArn);
    };
    expect(await probe(["CMD-SHELL", "echo $WHERE $PWD; exit 3"])).toMatchObject({ passed: false, output: "inside /app\n" });
    expect(await probe(["CMD", "node", "-e", "fetch('http://127.0.0.1:8000').then(() => process.exit(0))"])).toMatchObject({
      passed: true,
    });
    expect(await probe(["CMD-SHELL", "sleep 60"], 500)).toMatchObject({
      passed: false,
      output: expect.stringContaining("exceeded timeout"),
    });
    expect(world.runtime.tasks.usage(task.taskArn)).toEqual({ cpuMs: expect.any(Number), memoryBytes: expect.any(Number) });
    expect(world.runtime.tasks.usage(task.taskArn)?.cpuMs).toBeGreaterThan(10);
    expect(world.runtime.tasks.usage(task.taskArn)?.memoryBytes).toBeGreaterThan(1e6);
  });

  it("refuses a connection where nothing listens, and where no task is", async () => {
    const task = await program(SERVER);
    const { privateIp } = await world.run(task);
    await expect(world.runtime.dialer.connect({ ip: privateIp, port: 9 }, 1_000)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await expect(world.runtime.dialer.connect({ ip: "10.0.11.250", port: 9 }, 200)).rejects.toMatchObject({ code: "ETIMEDOUT" });
  });

  it("gives a task one interface however often it is asked, and none back when it is given up meanwhile", async () => {
    const task = await program(SERVER);
    for (let time = 0; time < 3; time++) world.runtime.tasks.provision(task);
    world.runtime.tasks.deprovision(task.taskArn);
    await world.event("task-deprovisioned", task.taskArn);
    const addresses = world.events.flatMap((event) =>
      event.type === "task-provisioned" && event.taskArn === task.taskArn ? [event.privateIp] : [],
    );
    expect(new Set(addresses).size).toBe(1);
    // The kernel takes a network namespace down a moment after the last hold on it.
    const dialled = (): Promise<string> =>
      world.runtime.dialer.connect({ ip: addresses[0]!, port: 8000 }, 200).then(
        () => "connected",
        ({ code }) => code,
      );
    await expect.poll(dialled, { timeout: 10_000 }).toMatch(/^(ETIMEDOUT|EHOSTUNREACH)$/);
  });

  it("ends its tasks when their network is lost, and gives later ones a new network", async () => {
    const world = await openWorld();
    try {
      const image = await world.images.add("web", `${NODE_20}CMD ["node", "server.js"]`, { "server.js": SERVER });
      const lost = taskOf([containerOf(image)]);
      await world.run(lost);
      const helper = descendants(process.pid).filter((pid) =>
        readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`${world.stateDir}/namespace-host.cjs`),
      );
      expect(helper).toHaveLength(1);
      process.kill(helper[0]!, "SIGKILL");
      expect(await world.event("container-exited", lost.taskArn)).toMatchObject({ exitCode: 137 });
      const later = taskOf([containerOf(image)]);
      const { privateIp } = await world.run(later);
      world.runtime.tasks.deprovision(lost.taskArn);
      await world.event("task-deprovisioned", lost.taskArn);
      await world.logged(later, (lines) => lines.includes("listening"));
      expect(await get(world, privateIp)).toBe("hello from /app");
    } finally {
      await world.close();
    }
  });

  it("splits long lines and keeps the unfinished last one", async () => {
    const task = await program("process.stdout.write('x'.repeat(20000) + '\\nlast'); process.stderr.write('oops')");
    await exitOf(task);
    const lines = world.logs.text(`svc/app/${task.taskId}`);
    expect(lines.map((line) => line.length).sort((one, other) => other - one)).toEqual([16384, 3616, 4, 4]);
    expect(lines).toEqual(expect.arrayContaining(["last", "oops"]));
  });
});
