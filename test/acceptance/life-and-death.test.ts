import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { serviceFiles } from "../support/service.ts";
import { eventually, World } from "../support/world.ts";

/** Processes of a world: every one whose environment or command line names its state directory, zombies left out. */
function processesOf(world: World): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        if (/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))) return false;
        const said = readFileSync(`/proc/${pid}/cmdline`, "utf8") + readFileSync(`/proc/${pid}/environ`, "utf8");
        return said.includes(world.stateDir) && pid !== process.pid;
      } catch {
        return false;
      }
    });
}

/** What the machine looks like from outside: mounts, links, firewall. */
function machine(): { mounts: string; links: string; firewall: string } {
  const links = execFileSync("ip", ["-o", "link"], { encoding: "utf8" }).replace(/qlen \d+/g, "");
  const firewall = spawnSync("iptables-save", { encoding: "utf8" });
  return {
    mounts: readFileSync("/proc/self/mountinfo", "utf8"),
    links,
    firewall: firewall.status === 0 ? firewall.stdout.replace(/^#.*$|\[\d+:\d+\]/gm, "") : "",
  };
}

/** The machine's pids of a service's own programs, by their command line. */
function programsOf(service: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8") === `node\0server.js\0${service}\0`;
      } catch {
        return false;
      }
    });
}

describe("tasks and the platform live and die", () => {
  let world: World;
  afterEach(() => world.end());

  it("replaces a killed task, tells how it ended, and never claims it meanwhile", async () => {
    world = new World();
    const { endpoint } = await world.up();
    const folder = world.write("mortal", serviceFiles("mortal", { version: "1" }));
    expect(await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--env", "local", "--yes")).toExitWith(0);
    const programs = programsOf("mortal");
    expect(programs.length).toBeGreaterThanOrEqual(2);
    process.kill(programs[0]!, "SIGKILL");
    await eventually("a status with the killed task missing or replaced", async () => {
      const { running } = await world.status("mortal");
      expect(running).toBeLessThanOrEqual(programsOf("mortal").length);
      return running === 2 && programsOf("mortal").length === 2 && !programsOf("mortal").includes(programs[0]!);
    });
    const { ECSClient, DescribeTasksCommand, ListTasksCommand } = await import("@aws-sdk/client-ecs");
    const ecs = new ECSClient({ endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } });
    const { taskArns } = await ecs.send(new ListTasksCommand({ cluster: "fsd-local", desiredStatus: "STOPPED" }));
    const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster: "fsd-local", tasks: taskArns }));
    expect(tasks).toHaveLength(1);
    expect(tasks?.[0]).toMatchObject({
      stopCode: "EssentialContainerExited",
      stoppedReason: "Essential container in task exited",
      containers: [{ exitCode: 137 }],
    });
    ecs.destroy();
  });

  it("leaves nothing after a kill -9 of the platform, and comes back as it was acknowledged", async () => {
    const before = machine();
    world = new World();
    const { pid } = await world.up();
    const folder = world.write("lasting", serviceFiles("lasting", { version: "1" }));
    expect(await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--env", "local", "--yes")).toExitWith(0);
    const { url } = await world.status("lasting");
    expect(machine()).toEqual(before);

    process.kill(pid, "SIGKILL");
    await eventually(
      "every process of the world gone",
      async () => processesOf(world).length === 0 && programsOf("lasting").length === 0,
      10_000,
    );
    expect(machine()).toEqual(before);

    await world.up();
    const back = await eventually("the service back at two healthy tasks", async () => {
      const status = await world.status("lasting");
      return status.healthy === 2 && status;
    });
    expect(back).toMatchObject({ url, desired: 2, running: 2 });
    expect((await fetch(url)).status).toBe(200);
  });

  it("leaves no control group when it is killed and then erased", async () => {
    world = new World();
    const { pid } = await world.up();
    const folder = world.write("brief", serviceFiles("brief", { version: "1" }));
    expect(await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--env", "local", "--yes")).toExitWith(0);
    const groups = readFileSync(join(world.stateDir, "control-groups"), "utf8").split("\n").filter(existsSync);
    process.kill(pid, "SIGKILL");
    await eventually("every process of the world gone", async () => processesOf(world).length === 0 && programsOf("brief").length === 0);
    expect(await world.fsd("local", "reset", "--yes")).toExitWith(0);
    expect(groups.filter(existsSync)).toEqual([]);
  });

  it("leaves nothing after local down, and the machine as it was", async () => {
    const before = machine();
    world = new World();
    await world.up();
    const folder = world.write("tidy", serviceFiles("tidy", { version: "1" }));
    expect(await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--env", "local", "--yes")).toExitWith(0);
    expect(await world.fsd("local", "down")).toExitWith(0);
    expect(processesOf(world)).toEqual([]);
    expect(programsOf("tidy")).toEqual([]);
    expect(machine()).toEqual(before);
  });
});
