/** What Service Connect's configuration brings about in Cloud Map, shows and refuses. */
import { beforeEach, describe, expect, test } from "vitest";
import { ConnectWorld, offering } from "./connect-world.testing.ts";
import type { ConnectEndpoint } from "./ecs-state.ts";
import { network } from "./ecs-world.testing.ts";

let world: ConnectWorld;
beforeEach(async () => {
  world = new ConnectWorld();
  await world.open();
});
const create: ConnectWorld["connect"] = (...how) => world.connect(...how);
const shown = (name: string) => world.shown(name);
const discovered = (serviceName: string) => world.discovered(serviceName);
const namesInShop = () => world.namesInShop();
const callable = (name: string) => world.callable(name);

test("a service that offers a port is a service in Cloud Map, its tasks are the instances, and the deployment shows both", async () => {
  await create("api", offering());
  world.clock.advanceBy(120_000);
  const deployment = (await shown("api"))?.deployments?.[0];
  expect(deployment?.serviceConnectConfiguration).toEqual(offering());
  const { Services = [] } = await world.askNames("ListServices", {});
  expect(Services).toMatchObject([{ Name: "web", Type: "HTTP", InstanceCount: 2 }]);
  expect(deployment?.serviceConnectResources).toEqual([{ discoveryName: "web", discoveryArn: Services[0]?.Arn }]);
  expect((await discovered("web")).map(({ Attributes }) => Attributes?.AWS_INSTANCE_PORT)).toEqual(["8000", "8000"]);
  expect((await shown("api"))?.serviceRegistries).toEqual([]);
  const { serviceRevisions = [] } = await world.ask("DescribeServiceRevisions", {
    serviceRevisionArns: [(await shown("api"))?.currentServiceRevisions?.[0]?.arn ?? ""],
  });
  expect(serviceRevisions[0]?.serviceConnectConfiguration).toEqual(offering());
});

test("in a namespace of DNS names the service has none of its own: only DiscoverInstances finds it", async () => {
  await world.askNames("CreatePrivateDnsNamespace", { Name: "inner", Vpc: "vpc-1" });
  await create("api", offering({}, { namespace: "inner" }));
  world.clock.advanceBy(120_000);
  expect((await world.askNames("DiscoverInstances", { NamespaceName: "inner", ServiceName: "web" })).Instances).toHaveLength(2);
  expect(world.cloudMap.resolve("web.inner")).toEqual([]);
});

test("a task may call what its namespace had when its deployment began: new endpoints wait for the next deployment", async () => {
  await create("client", { enabled: true, namespace: "shop" });
  world.clock.advanceBy(120_000);
  expect(callable("client")).toEqual([]);
  await create("api", offering({ clientAliases: [{ port: 80, dnsName: "api" }] }));
  await create("ledger", offering({ portName: "admin", discoveryName: "ledger", clientAliases: [{ port: 9000 }] }));
  world.clock.advanceBy(120_000);
  // Its own endpoint is among them, with the name it has by default.
  expect(callable("ledger")).toEqual(["ledger.shop:9000", "api:80"]);
  const launched = () => world.launches.filter(({ serviceName }) => serviceName === "client").length;
  await world.ask("UpdateService", { cluster: "demo", service: "client", desiredCount: 3 });
  world.clock.advanceBy(120_000);
  expect([launched(), callable("client")]).toEqual([3, []]);
  // A replacement knows no more than the task it replaces.
  const { taskArns: [leaving = ""] = [] } = await world.ask("ListTasks", { cluster: "demo", serviceName: "client" });
  await world.ask("StopTask", { cluster: "demo", task: leaving });
  world.clock.advanceBy(120_000);
  expect([launched(), callable("client")]).toEqual([4, []]);
  await world.ask("UpdateService", { cluster: "demo", service: "client", forceNewDeployment: true });
  world.clock.advanceBy(300_000);
  expect(callable("client")).toEqual(["ledger.shop:9000", "api:80"]);
  await world.ask("RunTask", { cluster: "demo", taskDefinition: "api", launchType: "FARGATE", networkConfiguration: network });
  world.clock.advanceBy(60_000);
  expect(world.launches.at(-1)).not.toHaveProperty("clientAliases");
});

test("an endpoint has fifteen seconds for a request and five minutes of silence, one of TCP an hour of silence, unless it says otherwise", async () => {
  const two = {
    services: [
      { portName: "web", clientAliases: [{ port: 80 }] },
      { portName: "admin", clientAliases: [{ port: 81 }] },
    ],
  };
  await create("api", offering({}, two));
  const times = (name: string) => {
    const { perRequestTimeoutMs, idleTimeoutMs } = world.endpoints.find(`${world.namespaceArn}/${name}`) ?? {};
    return { perRequestTimeoutMs, idleTimeoutMs };
  };
  expect(times("web")).toEqual({ perRequestTimeoutMs: 15_000, idleTimeoutMs: 300_000 });
  // A connection of TCP has no requests that the proxy knows.
  expect(times("admin")).toEqual({ perRequestTimeoutMs: 0, idleTimeoutMs: 3_600_000 });
  const timeout = { idleTimeoutSeconds: 7, perRequestTimeoutSeconds: 2 };
  await create("other", offering({ discoveryName: "quick", timeout }));
  expect(times("quick")).toEqual({ perRequestTimeoutMs: 2_000, idleTimeoutMs: 7_000 });
});

test("an event says with every deployment that the proxy's log is not written, and nothing else of Service Connect is left out", async () => {
  const told = async () => ((await shown("api"))?.events ?? []).filter(({ message }) => message?.includes("Service Connect"));
  await create("api", offering());
  expect(await told()).toEqual([]);
  const logConfiguration = { logDriver: "awslogs" as const };
  const logged = offering({}, { logConfiguration, accessLogConfiguration: { format: "JSON" as const } });
  await world.ask("UpdateService", { cluster: "demo", service: "api", serviceConnectConfiguration: logged });
  expect((await told()).map(({ message }) => message)).toEqual([
    "(service api) has a logConfiguration for Service Connect's proxy, which on the local platform writes no log.",
  ]);
  await world.ask("UpdateService", { cluster: "demo", service: "api", serviceConnectConfiguration: { enabled: false } });
  expect(await told()).toHaveLength(1);
});

test("an endpoint ends with its service, and one that is offered no more when its last task has left", async () => {
  await create("api", offering());
  await create("ledger", offering({ portName: "admin", discoveryName: "ledger" }));
  world.clock.advanceBy(120_000);
  await world.ask("UpdateService", {
    cluster: "demo",
    service: "api",
    serviceConnectConfiguration: offering({ discoveryName: "front", clientAliases: [{ port: 80, dnsName: "front" }] }),
  });
  world.clock.advanceBy(5_000);
  expect((await namesInShop()).sort()).toEqual(["front", "ledger", "web"]);
  world.clock.advanceBy(600_000);
  expect((await namesInShop()).sort()).toEqual(["front", "ledger"]);
  await world.ask("DeleteService", { cluster: "demo", service: "ledger", force: true });
  world.clock.advanceBy(600_000);
  expect(await namesInShop()).toEqual(["front"]);
  // The name is free again.
  await create("other", offering({ portName: "admin", discoveryName: "ledger" }));
});

/** An endpoint of a service that the platform has nothing else of. */
const stray = (discoveryName: string): ConnectEndpoint => ({
  ...{
    endpoint: `${world.namespaceArn}/${discoveryName}`,
    serviceArn: "stray",
    namespaceArn: world.namespaceArn,
    discoveryName,
    discoveryArn: "stray",
  },
  ...{ dnsName: discoveryName, port: 1, idleTimeoutMs: 0, perRequestTimeoutMs: 0, testHeader: { name: "x" } },
});

test("an endpoint of a service that never came about goes when the platform starts again", async () => {
  await create("api", offering());
  world.endpoints.offer([stray("lost")]);
  world.endpoints.sweep();
  expect(world.endpoints.find(`${world.namespaceArn}/lost`)).toBeUndefined();
  expect(world.endpoints.find(`${world.namespaceArn}/web`)).toBeDefined();
});

test("a namespace holds 1,000 endpoints, among which a service's own count once", async () => {
  await create("api", offering());
  world.endpoints.offer(Array.from({ length: 999 }, (_, index) => stray(`n${index}`)));
  await world.ask("UpdateService", { cluster: "demo", service: "api", forceNewDeployment: true });
  const more = offering({ portName: "admin", discoveryName: "ledger", clientAliases: [{ port: 9000 }] });
  await expect(create("ledger", more)).rejects.toThrow("at most 1000 Service Connect endpoints");
});

test("of two services that ask for one alias at the same moment one gets it, and the other leaves nothing behind", async () => {
  await world.ask("CreateCluster", { clusterName: "demo" });
  const same = (discoveryName: string) => offering({ discoveryName, clientAliases: [{ port: 80, dnsName: "api" }] });
  const answers = await Promise.allSettled([create("one", same("first")), create("two", same("second"))]);
  const refused = answers.filter((each) => each.status === "rejected");
  expect(refused.map(({ reason }) => String(reason))).toEqual([expect.stringContaining("The client alias api:80 must be unique")]);
  expect(await namesInShop()).toHaveLength(1);
  expect((await world.ask("ListServices", { cluster: "demo" })).serviceArns).toHaveLength(1);
});

describe("the cluster's default namespace", () => {
  test("is made when its name is new, serves services that name none, and an empty name takes it away", async () => {
    const { cluster } = await world.ask("CreateCluster", { clusterName: "demo", serviceConnectDefaults: { namespace: "fresh" } });
    const { Namespaces = [] } = await world.askNames("ListNamespaces", {});
    const fresh = Namespaces.find(({ Name }) => Name === "fresh");
    expect(fresh?.Type).toBe("HTTP");
    expect(cluster?.serviceConnectDefaults).toEqual({ namespace: fresh?.Arn });
    await create("api", offering({}, { namespace: undefined }));
    expect(await shown("api")).toMatchObject({ deployments: [{ serviceConnectResources: [{ discoveryName: "web" }] }] });
    const { cluster: bare } = await world.ask("UpdateCluster", { cluster: "demo", serviceConnectDefaults: { namespace: "" } });
    expect(bare).not.toHaveProperty("serviceConnectDefaults");
    expect((await world.askNames("ListNamespaces", {})).Namespaces).toHaveLength(2);
  });

  test("is looked for while other requests change the cluster, and undoes nothing of theirs", async () => {
    const serviceConnectDefaults = { namespace: "shop" };
    const settings = [{ name: "containerInsights" as const, value: "enhanced" }];
    const [first, second] = await Promise.all([
      world.ask("CreateCluster", { clusterName: "demo", serviceConnectDefaults, capacityProviders: ["FARGATE"] }),
      world.ask("CreateCluster", { clusterName: "demo" }),
    ]);
    expect(first).toEqual(second);
    const update = world.ask("UpdateCluster", { cluster: "demo", serviceConnectDefaults });
    await world.ask("UpdateClusterSettings", { cluster: "demo", settings });
    expect((await update).cluster).toMatchObject({ settings, serviceConnectDefaults: { namespace: world.namespaceArn } });
    const refused = world.ask("UpdateCluster", { cluster: "demo", serviceConnectDefaults });
    const deleted = world.ask("DeleteCluster", { cluster: "demo" });
    await expect(refused).rejects.toMatchObject({ name: "ClusterNotFoundException" });
    await deleted;
    expect((await world.ask("DescribeClusters", { clusters: ["demo"] })).clusters?.[0]?.status).toBe("INACTIVE");
  });

  test("may be one that is there, by name or ARN, and not an ARN that is not", async () => {
    const made = await world.ask("CreateCluster", { clusterName: "one", serviceConnectDefaults: { namespace: "shop" } });
    expect(made.cluster?.serviceConnectDefaults).toEqual({ namespace: world.namespaceArn });
    const same = await world.ask("CreateCluster", { clusterName: "two", serviceConnectDefaults: { namespace: world.namespaceArn } });
    expect(same.cluster?.serviceConnectDefaults).toEqual({ namespace: world.namespaceArn });
    const unknown = world.namespaceArn.replace(/ns-.*/, "ns-0000000000000000");
    await expect(
      world.ask("CreateCluster", { clusterName: "three", serviceConnectDefaults: { namespace: unknown } }),
    ).rejects.toMatchObject({
      name: "NamespaceNotFoundException",
    });
    expect((await world.ask("ListClusters", {})).clusterArns).toHaveLength(2);
  });
});

describe("what ECS refuses of Service Connect:", () => {
  const ca = { issuerCertificateAuthority: { awsPcaAuthorityArn: "arn:aws:acm-pca:eu-west-1:000000000000:certificate-authority/a" } };
  const twice = [{ port: 80 }, { port: 81 }];
  const header = (name: string) => [{ port: 80, testTrafficRules: { header: { name } } }];
  const two = (first: object, second: object) => ({ services: [first, second] });
  const web = { portName: "web", clientAliases: [{ port: 80 }] };
  test.each<[string, object, string]>([
    ["an unknown namespace", offering({}, { namespace: "shop2" }), "Failed to retrieve namespace for shop2"],
    ["no namespace at all", offering({}, { namespace: undefined }), "Service Connect needs a namespace"],
    ["a port that has no name", offering({ portName: "http" }), "The portName http does not match"],
    ["UDP", offering({ portName: "beacon" }), "Service Connect carries no UDP"],
    ["no client alias", offering({ clientAliases: [] }), "must have a client alias with a port"],
    ["two client aliases", offering({ clientAliases: twice }), "at most 1 client alias"],
    ["a discovery name in capitals", offering({ discoveryName: "Web" }), "Invalid discoveryName 'Web'"],
    ["a DNS name with a space", offering({ clientAliases: [{ port: 80, dnsName: "my api" }] }), "Invalid dnsName 'my api'"],
    ["no port that there is", offering({ clientAliases: [{ port: 0 }] }), "between 1 and 65535"],
    ["a header that can be none", offering({ clientAliases: header("x test") }), "'x test' is no name of a header"],
    ["TLS", offering({ tls: ca }), "does not carry out Service Connect's tls"],
    ["a negative timeout", offering({ timeout: { idleTimeoutSeconds: -1 } }), "must not be negative"],
    [
      "a timeout of requests for TCP",
      offering({ portName: "admin", timeout: { perRequestTimeoutSeconds: 1 } }),
      "for TCP only idleTimeoutSeconds is allowed",
    ],
    ["the same discovery name twice", offering({}, two(web, web)), "The discovery name web must be unique"],
    [
      "the same alias twice",
      offering({}, two(web, { portName: "admin", clientAliases: [{ port: 80, dnsName: "web.shop" }] })),
      "The client alias web.shop:80 must be unique in the namespace shop",
    ],
    ["a log driver Fargate lacks", offering({}, { logConfiguration: { logDriver: "syslog" } }), "Log driver syslog is not supported"],
    ["an access log without a log", offering({}, { accessLogConfiguration: { format: "JSON" } }), "needs a logConfiguration"],
  ])("%s", async (_what, configuration, sentence) => {
    await expect(create("api", configuration)).rejects.toThrow(sentence);
    expect(await namesInShop()).toEqual([]);
    expect((await world.ask("ListServices", { cluster: "demo" })).serviceArns).toEqual([]);
  });

  test("a discovery name or an alias that another service of the namespace has", async () => {
    await create("api", offering());
    await expect(create("rival", offering())).rejects.toThrow(`SC service is already used by ${world.namespaceArn}`);
    const alias = offering({ portName: "admin", discoveryName: "ledger", clientAliases: [{ port: 80, dnsName: "web.shop" }] });
    await expect(create("rival", alias)).rejects.toThrow("The client alias web.shop:80 must be unique");
    await world.askNames("CreateService", { Name: "ours", NamespaceId: world.namespaceArn.split("/").at(-1) ?? "" });
    await expect(create("rival", offering({ discoveryName: "ours" }))).rejects.toThrow("SC service is already used by");
  });

  test("a namespace of another Region or account is none", async () => {
    await expect(create("api", offering({}, { namespace: world.namespaceArn.replace("eu-west-1", "us-east-1") }))).rejects.toMatchObject({
      name: "NamespaceNotFoundException",
    });
  });
});
