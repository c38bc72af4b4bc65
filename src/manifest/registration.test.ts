import { describe, expect, it } from "vitest";
import { loadManifests } from "./load.ts";
import { ListenerClaims, parseRegistration, type Registration, registrationOf, ruleText } from "./registration.ts";

const service = (name: string, more = ""): string =>
  `apiVersion: fsd/v1\nkind: Service\nmetadata: {name: ${name}, pack: shop}\nservice: {port: 80, healthCheck: {path: /}${more}}\n`;
const behind = (loadBalancer: string): string => `, networking: {loadBalancer: {${loadBalancer}}}`;

function registered(text: string, environment = "dev"): Registration {
  const { services, environment: within } = loadManifests([{ file: "fsd.yml", bytes: Buffer.from(text) }], { environment });
  if (services[0] === undefined || within === undefined) throw new Error("the manifest has a service");
  return registrationOf(services[0], within);
}

/** What each of these meets among those before it. */
function collisions(...registrations: Registration[]): string[] {
  const claims = new ListenerClaims("dev");
  return registrations.flatMap((one) => claims.claim(one).map(({ kind, other }) => `${one.service}: ${kind} of ${other.service}`));
}

describe("what is known of a service", () => {
  it("is its pack and its rule, and of a worker only who it is", () => {
    expect(registered(service("items", behind("host: A.example.com, path: /items/*, priority: 7")))).toEqual({
      service: "items",
      pack: "shop",
      loadBalancer: "internal",
      host: "A.example.com",
      path: "/items/*",
      priority: 7,
    });
    expect(registered("apiVersion: fsd/v1\nkind: Service\nmetadata: {name: worker}\n")).toEqual({ service: "worker" });
  });

  it("has no priority where it shares its listener with none", () => {
    expect(registered(service("items", behind("dedicated: true")))).toEqual({
      service: "items",
      pack: "shop",
      loadBalancer: "dedicated",
      path: "/*",
    });
    const shifting = registered(service("items", ", deployment: {strategy: canary}"), "local");
    expect(shifting).toMatchObject({ listenerPort: expect.any(Number) });
    expect(shifting).not.toHaveProperty("priority");
  });

  it("is read back as it was written, and anything else is no record", () => {
    const one = registered(service("items", behind("host: a.example.com")));
    expect(parseRegistration(JSON.stringify({ ...one, repository: "", later: true }))).toEqual({ ...one });
    for (const text of ["", "no", "null", "[]", "{}", '{"service":7}']) expect(parseRegistration(text)).toBeUndefined();
    expect(parseRegistration('{"service":"a","priority":"7","host":8}')).toEqual({ service: "a" });
  });
});

describe("two services on one listener", () => {
  const items = registered(service("items", behind("path: /items/*, priority: 10")));

  it("collide over the same path, whatever their priorities, and over one priority, whatever their paths", () => {
    expect(collisions(items, registered(service("shop", behind("path: /items/*, priority: 11"))))).toEqual(["shop: requests of items"]);
    expect(collisions(items, registered(service("shop", behind("path: /items, priority: 11"))))).toEqual(["shop: requests of items"]);
    expect(collisions(items, registered(service("shop", behind("path: /shop, priority: 10"))))).toEqual(["shop: priority of items"]);
    expect(collisions(items, registered(service("shop", behind("path: /shop, priority: 11"))))).toEqual([]);
  });

  it("do not collide on different hosts or load balancers; hosts are the same in any case of letters", () => {
    const at = (host: string): Registration => registered(service("shop", behind(`host: ${host}, path: /items/*, priority: 11`)));
    expect(collisions(items, at("a.example.com"))).toEqual([]);
    expect(collisions({ ...items, host: "A.Example.com" }, at("a.example.com"))).toEqual(["shop: requests of items"]);
    expect(collisions(items, registered(service("shop", behind("path: /items/*, priority: 10, internal: false"))))).toEqual([]);
    expect(collisions(items, registered(service("shop", behind("path: /items/*, dedicated: true"))))).toEqual([]);
  });

  it("collide on local over a priority, not over a path", () => {
    const [one, two] = [registered(service("items"), "local"), registered(service("shop"), "local")];
    expect(collisions(one, two)).toEqual([]);
    const numbered = (name: string): Registration => registered(service(name, behind("priority: 10")), "local");
    expect(collisions(numbered("items"), numbered("shop"))).toEqual(["shop: priority of items"]);
    expect(collisions(one, { ...two, listenerPort: one.listenerPort })).toEqual(["shop: requests of items"]);
  });

  it("collide over the place of a rule for test traffic", () => {
    const testing = registered(
      service("shop", ", deployment: {strategy: blue-green, hooks: [{stage: POST_TEST_TRAFFIC_SHIFT, pause: true, timeout: 1h}]}"),
    );
    expect(testing.testPriority).toBeLessThan(testing.priority ?? 0);
    expect(collisions({ ...items, priority: testing.testPriority }, testing)).toEqual(["shop: priority of items"]);
  });
});

it("a rule is told as a person reads it", () => {
  expect(ruleText({ service: "a", loadBalancer: "public-2", host: "a.example.com", path: "/x/*", priority: 7 })).toBe(
    "a.example.com/x/* (priority 7) on the load balancer public-2",
  );
  expect(ruleText({ service: "a", loadBalancer: "internal", path: "/*", priority: 7, listenerPort: 20_001 })).toBe(
    "every host/* (priority 7, port 20001) on the load balancer internal",
  );
});
