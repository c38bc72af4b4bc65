/** Tasks call one another by Service Connect's names. */
import type { DeploymentConfiguration, DeploymentLifecycleHookStage } from "@aws-sdk/client-ecs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CLUSTER, ConnectedWorld, connectedFiles, NAMESPACE } from "../support/connected.ts";
import { Load } from "../support/load.ts";
import { eventually, World } from "../support/world.ts";

const api = {
  enabled: true,
  namespace: NAMESPACE,
  services: [{ portName: "web", discoveryName: "api", clientAliases: [{ port: 80, dnsName: "api" }] }],
};

describe("Service Connect", () => {
  const world = new World();
  const connected = new ConnectedWorld(world);
  beforeAll(async () => {
    await connected.open();
    await connected.reconnectFront();
    await connected.create("api", { version: "1", serviceConnectConfiguration: api });
    await connected.settled("api");
  });
  afterAll(async () => {
    connected.close();
    await world.end();
  });

  it("makes a new endpoint known to a client with the client's next deployment, and not before", async () => {
    expect((await connected.fromFront("http://api/")).status).toBe(599);
    await connected.reconnectFront();
    expect(await connected.version("http://api/")).toBe("1");
    const hosts = new Set<string>();
    for (let index = 0; index < 4; index++)
      hosts.add((JSON.parse((await connected.fromFront("http://api/")).text) as { host: string }).host);
    expect(hosts.size).toBe(2);
    const { Instances = [] } = await connected.names.discoverInstances({ NamespaceName: NAMESPACE, ServiceName: "api" });
    expect(Instances).toHaveLength(2);
  });

  it("loses no request in a rolling update of what is called", async () => {
    const load = new Load(connected.fromUrl("http://api/"), 40);
    await load.reached(20);
    await connected.ecs.updateService({
      cluster: CLUSTER,
      service: "api",
      taskDefinition: await connected.definition("api", { version: "2" }),
    });
    await connected.settled("api");
    await load.reached(load.requests + 20);
    const { failures, versions } = await load.end();
    expect(failures).toEqual([]);
    expect([...versions].sort()).toEqual(["1", "2"]);
  });

  it("carries TCP and HTTP/2 to ports of their own, under the default name and one of several on the same port", async () => {
    await connected.create("bus", {
      version: "bus",
      desiredCount: 1,
      serviceConnectConfiguration: {
        enabled: true,
        namespace: NAMESPACE,
        services: [
          { portName: "raw", discoveryName: "bus", clientAliases: [{ port: 5672 }] },
          { portName: "stream", clientAliases: [{ port: 80, dnsName: "stream" }] },
        ],
      },
    });
    await connected.settled("bus");
    await connected.reconnectFront();
    expect(await connected.fromFront(`tcp://bus.${NAMESPACE}:5672`)).toEqual({ status: 200, text: "hello from bus" });
    expect(await connected.version("h2c://stream:80/")).toBe("bus");
    expect(await connected.version("http://api/")).toBe("2");
    // A name and a port make an endpoint together.
    expect((await connected.fromFront("http://stream:5672/")).status).toBe(599);
  });

  it("ends a request that takes longer than its endpoint allows", async () => {
    const [service] = api.services;
    await connected.update("api", {
      version: "2",
      serviceConnectConfiguration: { ...api, services: [{ ...service, portName: "web", timeout: { perRequestTimeoutSeconds: 1 } }] },
    });
    await connected.settled("api");
    expect(await connected.fromFront("http://api/slow?ms=5000")).toEqual({ status: 504, text: "upstream request timeout" });
    expect(await connected.fromFront("http://api/slow?ms=10")).toEqual({ status: 200, text: "late" });
  });

  it("has a request served by a task that stands while others crash, and says so when none does", async () => {
    await connected.create("shaky", {
      version: "whole",
      desiredCount: 1,
      serviceConnectConfiguration: {
        enabled: true,
        namespace: NAMESPACE,
        services: [{ portName: "web", discoveryName: "shaky", clientAliases: [{ port: 80 }] }],
      },
    });
    await connected.settled("shaky");
    await connected.reconnectFront();
    const url = `http://shaky.${NAMESPACE}/`;
    expect(await connected.version(url)).toBe("whole");
    const load = new Load(connected.fromUrl(url), 20);
    await connected.update("shaky", { version: "broken", checked: false, environment: { BEHAVIOUR: "crash" } });
    await eventually("the new version has crashed five times", async () => {
      const { taskArns = [] } = await connected.ecs.listTasks({ cluster: CLUSTER, serviceName: "shaky", desiredStatus: "STOPPED" });
      return taskArns.length >= 5 ? true : undefined;
    });
    expect((await load.end()).failures).toEqual([]);
    await connected.ecs.updateService({ cluster: CLUSTER, service: "shaky", desiredCount: 0 });
    await eventually("nothing of it runs", async () => ((await connected.service("shaky")).runningCount === 0 ? true : undefined));
    await eventually("the proxy says that nobody is there", async () => {
      const { status, text } = await connected.fromFront(url);
      return status === 503 && text === "no healthy upstream";
    });
    await connected.ecs.deleteService({ cluster: CLUSTER, service: "shaky", force: true });
  });

  it("answers as before after the platform was killed, to clients that were deployed before", async () => {
    const before = await world.json<{ pid: number }>("local", "status");
    process.kill(before.pid, "SIGKILL");
    await eventually("the platform is gone", async () => (await world.fsd("local", "status")).status !== 0);
    const { endpoint } = await world.up("--speed", "20");
    connected.connect(endpoint);
    await connected.settled("front");
    await connected.settled("api");
    connected.url = (await world.status("front")).url;
    expect(
      await eventually("the front is answered", async () => {
        const version = await connected.version("http://api/").catch(() => "");
        return version === "2" && version;
      }),
    ).toBe("2");
    expect((await connected.service("api")).deployments?.[0]?.serviceConnectResources).toMatchObject([{ discoveryName: "api" }]);
  });
});

describe("Service Connect in the overrides of a document", () => {
  const world = new World();
  afterAll(() => world.end());

  it("is deployed by fsd, in the environment's own namespace, and its names are called", async () => {
    await world.up("--speed", "20");
    const overrides = (...services: object[]) => {
      const value = JSON.stringify({ Enabled: true, Namespace: "local.internal", Services: services });
      return `overrides:
  - {path: /Resources/TaskDefinition/Properties/ContainerDefinitions/0/PortMappings/0/Name, value: web}
  - {path: /Resources/TaskDefinition/Properties/ContainerDefinitions/0/PortMappings/0/AppProtocol, value: http}
  - {path: /Resources/Service/Properties/ServiceConnectConfiguration, value: ${value}}
`;
    };
    const offered = { PortName: "web", DiscoveryName: "ledger", ClientAliases: [{ Port: 80 }] };
    world.write("ledger", connectedFiles("ledger", overrides(offered)));
    world.write("front", connectedFiles("front", overrides()));
    for (const name of ["ledger", "front"]) {
      const outcome = await world.fsd("deploy", "-f", `${name}/fsd.yml`, "--yes");
      expect(outcome).toExitWith(0);
    }
    const { url } = await world.status("front");
    const answer = await fetch(`${url}/from?url=${encodeURIComponent("http://ledger.local.internal/")}`);
    expect(await answer.json()).toMatchObject({ version: "ledger" });
    const gone = await world.fsd("delete", "ledger", "--env", "local", "--yes");
    expect(gone).toExitWith(0);
    expect((await fetch(`${url}/from?url=${encodeURIComponent("http://ledger.local.internal/")}`)).status).not.toBe(200);
  });
});

describe("a staged deployment behind Service Connect alone", () => {
  const world = new World();
  const connected = new ConnectedWorld(world);
  const url = "http://cart/";
  const test = { "x-amzn-ecs-blue-green-test": "1" };
  const cart = (rules: object = {}) => ({
    enabled: true,
    namespace: NAMESPACE,
    services: [{ portName: "web", discoveryName: "cart", clientAliases: [{ port: 80, dnsName: "cart", ...rules }] }],
  });
  const pauses = (...lifecycleStages: DeploymentLifecycleHookStage[]) => [{ targetType: "PAUSE" as const, lifecycleStages }];
  const blueGreen = (...stages: DeploymentLifecycleHookStage[]): DeploymentConfiguration => ({
    strategy: "BLUE_GREEN",
    bakeTimeInMinutes: 0,
    lifecycleHooks: stages.length === 0 ? [] : pauses(...stages),
  });
  let load: Load;
  beforeAll(async () => {
    await connected.open();
    await connected.create("cart", { version: "1", serviceConnectConfiguration: cart(), deploymentConfiguration: blueGreen() });
    await connected.settled("cart");
    await connected.reconnectFront();
  });
  afterAll(async () => {
    connected.close();
    await world.end();
  });
  beforeEach(() => {
    load = new Load(connected.fromUrl(url), 20);
  });
  afterEach(async () => {
    expect((await load.end()).failures).toEqual([]);
  });
  /** Who answers a request without and with the test header. */
  const answers = async (headers: Record<string, string> = test) => [await connected.version(url), await connected.version(url, headers)];

  it("sends requests with the test header to green from the test shift on, the others with the production shift, and goes back whole", async () => {
    const arn = await connected.update("cart", {
      version: "2",
      deploymentConfiguration: blueGreen("POST_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT"),
    });
    await connected.pausedAt(arn, "POST_SCALE_UP");
    expect(await answers()).toEqual(["1", "1"]);
    await connected.goOn(arn);
    await connected.pausedAt(arn, "POST_TEST_TRAFFIC_SHIFT");
    expect(await answers()).toEqual(["1", "2"]);
    await connected.goOn(arn);
    await connected.pausedAt(arn, "POST_PRODUCTION_TRAFFIC_SHIFT");
    expect(await answers()).toEqual(["2", "2"]);
    await connected.ecs.stopServiceDeployment({ serviceDeploymentArn: arn, stopType: "ROLLBACK" });
    expect(await connected.ended(arn)).toBe("ROLLBACK_SUCCESSFUL");
    expect(await answers()).toEqual(["1", "1"]);
  });

  it("goes by the client alias's own test rule instead, which may ask for a value", async () => {
    const arn = await connected.update("cart", {
      version: "3",
      serviceConnectConfiguration: cart({ testTrafficRules: { header: { name: "X-Try", value: { exact: "yes" } } } }),
      deploymentConfiguration: blueGreen("POST_TEST_TRAFFIC_SHIFT"),
    });
    await connected.pausedAt(arn, "POST_TEST_TRAFFIC_SHIFT");
    expect(await answers({ "x-try": "yes" })).toEqual(["1", "3"]);
    expect(await answers({ "x-try": "no" })).toEqual(["1", "1"]);
    expect(await answers()).toEqual(["1", "1"]);
    await connected.goOn(arn);
    expect(await connected.ended(arn)).toBe("SUCCESSFUL");
    expect(await answers()).toEqual(["3", "3"]);
  });

  it("gives a canary its share of the requests, to the request", async () => {
    const arn = await connected.update("cart", {
      version: "4",
      deploymentConfiguration: {
        strategy: "CANARY",
        bakeTimeInMinutes: 0,
        canaryConfiguration: { canaryPercent: 20, canaryBakeTimeInMinutes: 0 },
        lifecycleHooks: pauses("PRE_PRODUCTION_TRAFFIC_SHIFT"),
      },
    });
    // The hooks before the production shift have no stage of their own in the API.
    await connected.pausedAt(arn, "PRODUCTION_TRAFFIC_SHIFT");
    const first = (await connected.deployment(arn)).lifecycleHookDetails?.[0]?.hookId;
    expect(await answers()).toEqual(["3", "3"]);
    await connected.goOn(arn);
    await eventually("the canary pauses at its second step", async () => {
      const [hook] = (await connected.deployment(arn)).lifecycleHookDetails ?? [];
      return hook?.status === "AWAITING_ACTION" && hook.hookId !== first ? true : undefined;
    });
    expect((await load.end()).failures).toEqual([]);
    // Nobody else asks meanwhile.
    const seen: string[] = [];
    for (let index = 0; index < 50; index++) seen.push(await connected.version(url));
    expect(seen.filter((version) => version === "4")).toHaveLength(10);
    load = new Load(connected.fromUrl(url), 20);
    await connected.goOn(arn);
    expect(await connected.ended(arn)).toBe("SUCCESSFUL");
    expect(await answers()).toEqual(["4", "4"]);
  });
});
