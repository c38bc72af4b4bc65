import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type SmallGateway, smallGateway } from "../../../test/support/small-gateway.ts";
import { connectParameters, type Parameters } from "../../aws/parameters.ts";
import { loadManifests } from "../../manifest/load.ts";
import type { Registration } from "../../manifest/registration.ts";
import { synthesizeService } from "../../synth/service/synthesize-service.ts";
import { serviceReferences } from "../../synth/service-references.ts";
import type { DeployEvent } from "../events.ts";
import { ServiceRegistry } from "./service-registry.ts";

let gateway: SmallGateway;
let parameters: Parameters;
beforeAll(async () => {
  gateway = await smallGateway();
  parameters = connectParameters({ endpoint: gateway.endpoint, region: "us-east-1", anyCredentials: true });
});
afterAll(async () => {
  parameters.close();
  await gateway.close();
});

// An environment for each test, so that none sees what another has registered.
let env: string;
let count = 0;
beforeEach(() => {
  env = `env${++count}`;
});

async function put(name: string, value: string): Promise<void> {
  await parameters.putParameter({ Name: `/fsd/${env}/services/${name}`, Type: "String", Value: value });
}
const register = (one: Registration): Promise<void> => put(one.service, JSON.stringify(one));

interface Opened {
  readonly registry: ServiceRegistry;
  readonly told: readonly DeployEvent[];
  /** What is wrong with what its services refer to. */
  readonly missing: () => Promise<string[]>;
}

function opened(text: string): Opened {
  const { environment, services, diagnostics } = loadManifests([{ file: "fsd.yml", bytes: Buffer.from(text) }], { environment: env });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  if (environment === undefined) throw new Error("an environment was asked for");
  const told: DeployEvent[] = [];
  const registry = new ServiceRegistry(parameters, environment, services, (event) => told.push({ ...event, time: 0 } as never));
  const missing = async (): Promise<string[]> => {
    const references = services.flatMap((service) => serviceReferences(synthesizeService(service, environment), env));
    const wrong = await Promise.all(references.map((reference) => registry.missing(reference)));
    return [...new Set(wrong.filter((one) => one !== undefined))];
  };
  return { registry, told, missing };
}

const place = { account: "123456789012", region: "us-east-1" };
const service = (name: string, more = "", networking = ""): string =>
  `apiVersion: fsd/v1\nkind: Service\nmetadata: {name: ${name}}\nservice:\n  port: 80\n  healthCheck: {path: /}\n${networking}${more}`;
const behind = (loadBalancer: string): string => `  networking: {loadBalancer: {${loadBalancer}}}\n`;
const shop: Registration = { service: "shop", repository: "github.com/acme/shop", loadBalancer: "internal", path: "/*", priority: 39_601 };

describe("a service whose requests another has", () => {
  it("is refused with who that is, where from, and by which rule", async () => {
    await register(shop);
    await expect(opened(service("items")).registry.refuseCollisions(place)).rejects.toMatchObject({
      code: "FSD7010",
      exitCode: 2,
      message: `items and shop both answer every host/* on the internal load balancer of ${env}; shop is deployed there from github.com/acme/shop and answers every host/* (priority 39601) on the load balancer internal`,
      hint: "give one of them another path or host; nothing was changed",
    });
  });

  it("is found on whichever page of the registry the other is, and all collisions are told at once", async () => {
    for (let number = 10; number < 35; number++)
      await register({ ...shop, service: `other-${number}`, path: `/${number}/*`, priority: 100 + number });
    const text = `${service("api", "", behind("path: /10/*"))}---\n${service("web", "", behind("path: /34/*"))}`;
    await expect(opened(text).registry.refuseCollisions(place)).rejects.toMatchObject({
      message: expect.stringMatching(/api and other-10 both answer .*; web and other-34 both answer/),
    });
  });

  it("is let in when the other is deployed along with it and moves away, and when it is its own record", async () => {
    await register(shop);
    await opened(`${service("items")}---\n${service("shop", "", behind("path: /shop/*"))}`).registry.refuseCollisions(place);
    await opened(service("shop")).registry.refuseCollisions(place);
  });

  it("is refused for a host that only CloudFormation completes", async () => {
    await register({ ...shop, host: "shop-123456789012.example.com" });
    const host = opened(service("items", "", behind('host: "shop-${ACCOUNT}.example.com"')));
    await expect(host.registry.refuseCollisions(place)).rejects.toMatchObject({ code: "FSD7010" });
  });

  it("is judged by the rule that overrides make, and registers that", async () => {
    const rule = "/Resources/ListenerRule/Properties";
    const to = (path: string, more = ""): string =>
      `overrides:\n  - {path: ${rule}/Conditions/0, value: {Field: path-pattern, PathPatternConfig: {Values: ["${path}"]}}}\n${more}`;
    await register(shop);
    const elsewhere = `${service("items")}${to("/items/*", `  - {path: ${rule}/Priority, value: 7}\n`)}`;
    await opened(elsewhere).registry.refuseCollisions(place);
    await expect(opened(`${service("items")}${to("/*")}`).registry.refuseCollisions(place)).rejects.toMatchObject({ code: "FSD7010" });

    const { environment, services } = loadManifests([{ file: "fsd.yml", bytes: Buffer.from(elsewhere) }], { environment: env });
    if (environment === undefined || services[0] === undefined) throw new Error("both were asked for");
    const { Value } = synthesizeService(services[0], environment).Resources.Registration?.Properties ?? {};
    const text = (Value as { "Fn::Sub": string })["Fn::Sub"];
    expect(JSON.parse(text)).toMatchObject({ service: "items", priority: 7, requests: ["*/items/*"] });
    await put("items", text);
    const rival = opened(service("rival", "", behind("path: /items/*, priority: 9")));
    await expect(rival.registry.refuseCollisions(place)).rejects.toMatchObject({
      message: expect.stringContaining("answers every host/items/* (priority 7) on the load balancer internal"),
    });
    await expect(opened(service("other", "", behind("path: /x, priority: 7"))).registry.refuseCollisions(place)).rejects.toMatchObject({
      code: "FSD7010",
    });
  });

  it("is not refused for a priority, or requests, that overrides take out of its rule", async () => {
    const rule = "/Resources/ListenerRule";
    const unrouted = (path: string, value: string): string =>
      `${service("items", "", behind("path: /items/*, priority: 7"))}overrides: [{path: ${path}, value: ${value}}]\n`;
    await register({ ...shop, path: "/shop/*", priority: 7 });
    await expect(
      opened(service("items", "", behind("path: /items/*, priority: 7"))).registry.refuseCollisions(place),
    ).rejects.toMatchObject({
      message: expect.stringMatching(/^items and shop both get priority 7 on the internal load balancer; /),
    });
    const unread = unrouted(`${rule}/Properties/Priority`, "{Ref: Priority}");
    await opened(unread).registry.refuseCollisions(place);
    await opened(unrouted(`${rule}/Properties/Priority`, "null")).registry.refuseCollisions(place);

    // Its requests are its own all the same, as long as it has a rule.
    await register({ ...shop, service: "depot", path: "/items/*", priority: 9 });
    await expect(opened(unread).registry.refuseCollisions(place)).rejects.toMatchObject({
      message: expect.stringMatching(/^items and depot both answer every host\/items /),
    });
    await opened(unrouted(rule, "null")).registry.refuseCollisions(place);
  });

  it("is told of parameters that are no records, which hinder nothing", async () => {
    await put("shop", "by hand");
    const { registry, told } = opened(service("items"));
    await registry.refuseCollisions(place);
    expect(told).toMatchObject([{ type: "note", text: expect.stringContaining(`/fsd/${env}/services/shop is no record`) }]);
  });
});

describe("a service that refers to another", () => {
  const using = (name: string): string => service("items", `  environment: {OTHER: "\${service:${name}:url}"}\n`);

  it("finds one that is registered, or that was deployed before there were records", async () => {
    await register(shop);
    expect(await opened(using("shop")).missing()).toEqual([]);
    await put("older/url", "http://older");
    expect(await opened(using("older")).missing()).toEqual([]);
  });

  it("finds one that is deployed along with it", async () => {
    expect(await opened(`${using("shop")}---\n${service("shop", "", behind("path: /shop/*"))}`).missing()).toEqual([]);
  });

  it("is told of one that is not there, with the name that was meant", async () => {
    await register(shop);
    expect(await opened(using("shpo")).missing()).toEqual([
      "the service shpo (did you mean shop?), which is neither deployed there nor among what is deployed now",
    ]);
  });

  it("is told of one without an address", async () => {
    await register({ service: "worker" });
    expect(await opened(using("worker")).missing()).toEqual(["an address of the service worker, which has no port"]);
  });
});
