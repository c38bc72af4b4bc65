/** What becomes of Service Connect's endpoints and their requests while deployments follow one another. */
import { beforeEach, describe, expect, test } from "vitest";
import { connectHosts, slotSharesOf } from "../../../engine/service/connect-hosts.ts";
import { ConnectWorld, containerDefinitions, offering } from "./connect-world.testing.ts";

let world: ConnectWorld;
beforeEach(async () => {
  world = new ConnectWorld();
  await world.open();
});
const create: ConnectWorld["connect"] = (...how) => world.connect(...how);
const shown = (name: string) => world.shown(name);
const namesInShop = () => world.namesInShop();
const callable = (name: string) => world.callable(name);

describe("an endpoint whose service offers it differently", () => {
  const endpoint = () => world.endpoints.find(`${world.namespaceArn}/web`);
  const before = { port: 80, appProtocol: "http", idleTimeoutMs: 300_000 };
  const changed = offering({ clientAliases: [{ port: 9999 }], timeout: { idleTimeoutSeconds: 7 } });
  const after = { port: 9999, idleTimeoutMs: 7_000 };
  /** Another definition whose port is TCP. */
  const plain = () => {
    const portMappings = [{ name: "web", containerPort: 8000 }];
    return world.register("app:2", { containerDefinitions: [{ name: "app", image: "app:2", portMappings }] });
  };
  async function update(strategy: "BLUE_GREEN" | "ROLLING"): Promise<string> {
    const deploymentConfiguration = { strategy, bakeTimeInMinutes: strategy === "ROLLING" ? 0 : 10 };
    await create("api", offering(), { deploymentConfiguration });
    world.clock.advanceBy(1_200_000);
    await world.ask("UpdateService", {
      ...{ cluster: "demo", service: "api", taskDefinition: await plain(), serviceConnectConfiguration: changed },
    });
    return (await world.ask("ListServiceDeployments", { cluster: "demo", service: "api" })).serviceDeployments?.[0]
      ?.serviceDeploymentArn as string;
  }
  const isAsBefore = () => {
    expect(endpoint()).toMatchObject(before);
  };
  const isAsAfter = () => {
    expect(endpoint()).toMatchObject(after);
    expect(endpoint()).not.toHaveProperty("appProtocol");
  };

  test("is as blue has it until green has the traffic, and again when blue gets it back", async () => {
    const serviceDeploymentArn = await update("BLUE_GREEN");
    isAsBefore();
    world.clock.advanceBy(10_000);
    isAsBefore();
    const { serviceArn = "" } = (await shown("api")) ?? {};
    const isShifted = () => (world.service(serviceArn)?.slotShares?.production.ALTERNATE ?? 0) === 100;
    for (let step = 0; step < 120 && !isShifted(); step++) {
      isAsBefore();
      world.clock.advanceBy(5_000);
    }
    isAsAfter();
    await world.ask("StopServiceDeployment", { serviceDeploymentArn, stopType: "ROLLBACK" });
    world.clock.advanceBy(600_000);
    isAsBefore();
    expect((await shown("api"))?.deployments?.[0]?.serviceConnectConfiguration).toEqual(offering());
  });

  test("is as that deployment has it that gets most of the requests, while both get some", async () => {
    const deploymentConfiguration = {
      ...{ strategy: "LINEAR" as const, bakeTimeInMinutes: 1 },
      linearConfiguration: { stepPercent: 30, stepBakeTimeInMinutes: 2 },
    };
    await create("api", offering(), { deploymentConfiguration });
    world.clock.advanceBy(1_200_000);
    await world.ask("UpdateService", {
      ...{ cluster: "demo", service: "api", taskDefinition: await plain(), serviceConnectConfiguration: changed },
    });
    const { serviceArn = "" } = (await shown("api")) ?? {};
    const seen = new Map<number, number | undefined>();
    for (let step = 0; step < 240; step++) {
      seen.set(slotSharesOf(world.service(serviceArn) ?? {}).production.ALTERNATE, endpoint()?.port);
      world.clock.advanceBy(5_000);
    }
    expect([...seen]).toEqual([
      [0, 80],
      [30, 80],
      [60, 9999],
      [90, 9999],
      [100, 9999],
    ]);
  });

  test("has the test header of green from the test shift on", async () => {
    const own = [{ port: 80, testTrafficRules: { header: { name: "x-try", value: { exact: "yes" } } } }];
    await create("api", offering(), { deploymentConfiguration: { strategy: "ROLLING" } });
    world.clock.advanceBy(300_000);
    await world.ask("UpdateService", {
      ...{ cluster: "demo", service: "api", serviceConnectConfiguration: offering({ clientAliases: own }) as { enabled: boolean } },
      deploymentConfiguration: {
        strategy: "BLUE_GREEN",
        bakeTimeInMinutes: 1,
        lifecycleHooks: [{ targetType: "PAUSE", lifecycleStages: ["POST_TEST_TRAFFIC_SHIFT"] }],
      },
    });
    expect(endpoint()?.testHeader).toEqual({ name: "x-amzn-ecs-blue-green-test" });
    world.clock.advanceBy(120_000);
    const { serviceArn = "" } = (await shown("api")) ?? {};
    expect(world.service(serviceArn)?.slotShares?.production.PRIMARY ?? 100).toBe(100);
    expect(endpoint()?.testHeader).toEqual({ name: "x-try", exact: "yes" });
  });

  test("is as the newest deployment of a rolling update has it, and as before when that is rolled back", async () => {
    const serviceDeploymentArn = await update("ROLLING");
    isAsAfter();
    await world.ask("StopServiceDeployment", { serviceDeploymentArn, stopType: "ROLLBACK" });
    world.clock.advanceBy(600_000);
    isAsBefore();
  });

  test("keeps both aliases from other services while either may have the traffic, and tells its own tasks of the one they offer", async () => {
    await update("BLUE_GREEN");
    const rival = (port: number) =>
      offering({ portName: "admin", discoveryName: "ledger", clientAliases: [{ port, dnsName: "web.shop" }] });
    for (const port of [80, 9999]) {
      await expect(create("rival", rival(port))).rejects.toThrow(`The client alias web.shop:${port} must be unique`);
    }
    world.clock.advanceBy(60_000);
    expect(callable("api")).toEqual(["web.shop:9999"]);
    world.clock.advanceBy(1_200_000);
    await create("rival", rival(80));
  });

  test("is as it was when the update is refused after all, and Cloud Map keeps nothing of it", async () => {
    await create("api", offering());
    world.clock.advanceBy(120_000);
    const web = changed.services[0];
    const more = { portName: "admin", discoveryName: "ledger", clientAliases: [{ port: 9000 }] };
    const refused = world.ask("UpdateService", {
      ...{ cluster: "demo", service: "api", serviceConnectConfiguration: { ...changed, services: [web, more] } as { enabled: boolean } },
    });
    const deleted = world.ask("DeleteService", { cluster: "demo", service: "api", force: true });
    await expect(refused).rejects.toMatchObject({ name: "ServiceNotActiveException" });
    await deleted;
    isAsBefore();
    expect(await namesInShop()).toEqual(["web"]);
  });
});

describe("deployments behind Service Connect alone", () => {
  /** How many tasks have production requests, and the versions of their definitions. */
  async function serving(): Promise<{ hosts: number; versions: string[] }> {
    const { serviceArn = "", deployments: [deployment] = [] } = (await shown("api")) ?? {};
    const service = world.service(serviceArn);
    const arn = deployment?.serviceConnectResources?.[0]?.discoveryArn ?? "";
    const tasks = world.controller.liveTasks(serviceArn);
    const hosts = connectHosts(arn, tasks, () => ({ taskDefinitionArn: "", containers: [] }));
    const open = hosts.filter(({ slot }) => service !== undefined && slotSharesOf(service).production[slot] > 0);
    const versions = open.map(
      ({ taskId }) =>
        tasks
          .find((task) => task.taskId === taskId)
          ?.taskDefinitionArn.split(":")
          .at(-1) ?? "",
    );
    return { hosts: open.length, versions: [...new Set(versions)] };
  }
  const staged = { strategy: "BLUE_GREEN" as const, bakeTimeInMinutes: 1 };
  const rolling = { strategy: "ROLLING" as const };
  const canary = {
    ...{ strategy: "CANARY" as const, bakeTimeInMinutes: 1 },
    canaryConfiguration: { canaryPercent: 10, canaryBakeTimeInMinutes: 1 },
  };
  const linear = (stepBakeTimeInMinutes: number) => ({
    ...{ strategy: "LINEAR" as const, bakeTimeInMinutes: 1 },
    linearConfiguration: { stepPercent: 25, stepBakeTimeInMinutes },
  });

  test.each([
    ["blue/green after blue/green", staged, staged],
    ["rolling after blue/green", staged, rolling],
    ["blue/green after rolling", rolling, staged],
    ["rolling while blue/green bakes", { ...staged, bakeTimeInMinutes: 60 }, rolling],
    ["a canary after a linear one", linear(1), canary],
    ["rolling between the steps of a linear one", linear(60), rolling],
  ])("%s never leave fewer tasks to the requests than are desired, and end with the new revision alone", async (_, first, second) => {
    await create("api", offering(), { deploymentConfiguration: rolling });
    world.clock.advanceBy(300_000);
    for (const [index, deploymentConfiguration] of [first, second].entries()) {
      const taskDefinition = await world.register(`app:${index + 2}`, { containerDefinitions });
      await world.ask("UpdateService", { cluster: "demo", service: "api", taskDefinition, deploymentConfiguration });
      for (let step = 0; step < 120; step++) {
        world.clock.advanceBy(5_000);
        expect((await serving()).hosts).toBeGreaterThanOrEqual(2);
      }
    }
    expect(await serving()).toEqual({ hosts: 2, versions: ["3"] });
    expect(await world.tasks()).toHaveLength(2);
  });

  test("a task that comes has requests from the moment it runs, one that is asked to stop none from that moment", async () => {
    await create("api", offering(), { deploymentConfiguration: rolling });
    world.clock.advanceBy(300_000);
    const counts = new Set<number>();
    for (const desiredCount of [4, 1]) {
      await world.ask("UpdateService", { cluster: "demo", service: "api", desiredCount });
      for (let second = 0; second < 60; second++) {
        const { hosts } = await serving();
        expect(hosts).toBe((await shown("api"))?.runningCount);
        counts.add(hosts);
        world.clock.advanceBy(1_000);
      }
    }
    expect([...counts]).toEqual([2, 4, 1]);
  });

  test("a linear one gives green its steps of the requests, each for as long as a step bakes, and all test requests from the first on", async () => {
    await create("api", offering(), { deploymentConfiguration: rolling });
    world.clock.advanceBy(300_000);
    const taskDefinition = await world.register("app:2", { containerDefinitions });
    await world.ask("UpdateService", { cluster: "demo", service: "api", taskDefinition, deploymentConfiguration: linear(2) });
    const { serviceArn = "" } = (await shown("api")) ?? {};
    const told: { since: number; test: number; production: number }[] = [];
    for (let second = 0; second < 900; second++) {
      world.clock.advanceBy(1_000);
      const { test, production } = slotSharesOf(world.service(serviceArn) ?? {});
      const last = told.at(-1);
      if (last?.test === test.ALTERNATE && last.production === production.ALTERNATE) continue;
      told.push({ since: second, test: test.ALTERNATE, production: production.ALTERNATE });
    }
    expect(told.map(({ test, production }) => [test, production])).toEqual([
      [0, 0],
      [100, 25],
      [100, 50],
      [100, 75],
      [100, 100],
    ]);
    const steps = told.slice(1).map(({ since }) => since);
    expect(steps.slice(1).map((since, index) => since - (steps[index] ?? 0))).toEqual([120, 120, 120]);
  });
});
