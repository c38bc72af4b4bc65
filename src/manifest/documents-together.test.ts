import { describe, expect, it } from "vitest";
import type { LoadOptions } from "./load.ts";
import { codesOf, load, minimal } from "./loaded.testing.ts";

describe("the tags an environment takes", () => {
  const prod = 'apiVersion: fsd/v1\nkind: Environment\nmetadata: {name: prod}\nenvironment: {images: {tags: "v*.*-ok"}}\n---\n';
  const api = (image: string): string => `${prod}apiVersion: fsd/v1\nkind: Service\nmetadata: {name: api}\nservice:${image}\n`;
  const codes = (text: string, more: LoadOptions = {}) => codesOf(load(text, { environment: "prod", ...more }).diagnostics);
  const digest = `sha256:${"0".repeat(64)}`;

  it.each(["v1.2-ok", "v.-ok", `latest@${digest}`])("hinder no %s", (tag) => {
    expect(codes(api(` {image: "reg:5000/api:${tag}"}`))).toEqual([]);
  });

  it.each([":latest", ":v1.2", ":v-ok", ":v1-ok", ":xv1.2-ok", ""])("refuse api%s", (tag) => {
    expect(load(api(` {image: "reg:5000/api${tag}"}`), { environment: "prod" }).diagnostics).toMatchObject([
      { code: "FSD1811", severity: "error", line: 9, path: "service.image" },
    ]);
    expect(codes(api(" {port: 80, healthCheck: {path: /}}"), { image: `api${tag}` })).toEqual(["FSD1811"]);
  });

  it("are asked of the version: of the one that fills the image in, and of the one in the service's own repository", () => {
    const versioned = api(' {image: "api:${VERSION}"}');
    expect(codes(versioned)).toEqual([]);
    expect(codes(versioned, { values: { VERSION: "1" } })).toEqual(["FSD1811"]);
    expect(codes(versioned, { values: { VERSION: "v1.0-ok" } })).toEqual([]);
    expect(codes(api(" {}"), { values: { VERSION: "1" } })).toEqual(["FSD1811"]);
  });

  it("are asked of the image that is deployed instead of the manifest's, of a job's too, but of no other service's", () => {
    const both = `${api(' {image: "api:v1.0-ok"}')}---\napiVersion: fsd/v1\nkind: Job\nmetadata: {name: etl}\njob: {image: "etl:v1.0-ok"}\n`;
    expect(codes(both, { image: "x:2", overridden: ["etl"] })).toEqual(["FSD1811"]);
    expect(codes(both.replace("etl:v1.0-ok", "etl:2"), { image: `x@${digest}`, overridden: ["etl"] })).toEqual([]);
  });
});

describe("documents together", () => {
  const service = (name: string, more = ""): string =>
    `apiVersion: fsd/v1\nkind: Service\nmetadata: {name: ${name}}\nservice: {port: 80, healthCheck: {path: /}${more}}\n`;

  it("two services of one name", () => {
    expect(load(`${service("api")}---\n${service("api")}`).diagnostics).toMatchObject([{ code: "FSD1701", line: 8 }]);
  });

  it("two services for every request of one load balancer, but not on local", () => {
    const text = `${service("api")}---\n${service("web")}`;
    expect(codesOf(load(text, { environment: "dev" }).diagnostics)).toEqual(["FSD1702"]);
    expect(codesOf(load(text, { environment: "local" }).diagnostics)).toEqual([]);
    const inside = (path: string) =>
      `${service("api", `, networking: {loadBalancer: {path: ${path}}}`)}---\n${service("web", ", networking: {loadBalancer: {path: /x/*}}")}`;
    expect(load(inside("/x"), { environment: "dev" }).diagnostics).toMatchObject([
      { code: "FSD1702", message: "web and api both answer every host/x on the internal load balancer of dev" },
    ]);
    expect(codesOf(load(inside("/x/y"), { environment: "dev" }).diagnostics)).toEqual([]);
    const apart = `${service("api")}---\n${service("web", ", networking: {loadBalancer: {path: /web/*}}")}`;
    expect(codesOf(load(apart, { environment: "dev" }).diagnostics)).toEqual([]);
  });

  it.each(["/", "/*"])("a service for the root alone beside one for everything, whichever comes first (%s)", (first) => {
    const at = (path: string): string => `, networking: {loadBalancer: {path: ${path}}}`;
    const text = `${service("api", at(first))}---\n${service("web", at(first === "/" ? "/*" : "/"))}`;
    expect(load(text, { environment: "dev" }).diagnostics).toMatchObject([
      { code: "FSD1702", message: "web and api both answer every host/ on the internal load balancer of dev" },
    ]);
    const elsewhere = `${service("api", at(first))}---\n${service("web", ", networking: {loadBalancer: {path: /, host: web.example.com}}")}`;
    expect(codesOf(load(elsewhere, { environment: "dev" }).diagnostics)).toEqual([]);
  });

  it("a service that would reach a worker, which listens on nothing", () => {
    const worker = "apiVersion: fsd/v1\nkind: Service\nmetadata: {name: worker}\n";
    const text = `${service("api")}dependencies: [{type: service, name: worker}]\n---\n${worker}`;
    expect(load(text, { environment: "dev" }).diagnostics).toMatchObject([{ code: "FSD1708", line: 5, path: "dependencies[0].name" }]);
  });

  it("services that wait for each other", () => {
    const text = `${service("api", ", networking: {loadBalancer: {path: /api}}")}dependencies: [{type: service, name: web}]\n---\n${service("web")}dependencies: [{type: service, name: api}]\n`;
    expect(load(text, { environment: "dev" }).diagnostics).toMatchObject([
      { code: "FSD1704", message: expect.stringContaining("api → web → api") },
    ]);
  });
});

describe("an organisation's defaults and guardrails", () => {
  const defaults = `apiVersion: fsd/v1
kind: Defaults
metadata: {name: acme}
defaults:
  service: {service: {stopTimeout: 45, resources: {size: medium}, observability: {logs: {retention: 14}}}}
guardrails:
  - {name: keep-logs, reason: auditors ask for a month, environments: [prod], minimumRetention: 30}
  - {name: cost-center, reason: finance needs to know, requiredTags: [cost-center]}
---
`;

  it("defaults lie below the document, whose own choice removes theirs", () => {
    const { service } = load(`${defaults}${minimal}service: {resources: {cpu: 256}}\n`, { environment: "dev" }).services[0]!;
    expect(service).toMatchObject({ stopTimeout: 45, resources: { cpu: 256, memory: 512 }, observability: { logs: { retention: 14 } } });
  });

  it("a broken guardrail is an error with its reason and its place, and only where it holds", () => {
    const tagged = `${defaults}apiVersion: fsd/v1\nkind: Service\nmetadata: {name: api, tags: {cost-center: x}}\n`;
    expect(load(tagged, { environment: "dev" }).diagnostics).toEqual([]);
    expect(load(tagged, { environment: "prod" }).diagnostics).toMatchObject([
      {
        code: "FSD1706",
        message: "logs are kept for 14 days, not 30: auditors ask for a month",
        hint: "the guardrail keep-logs stands at fsd.yml:7",
      },
    ]);
    expect(load(`${defaults}${minimal}`, { environment: "dev" }).diagnostics).toMatchObject([{ code: "FSD1706", line: 12 }]);
    expect(load(`${defaults}${minimal}`, { environment: "local" }).diagnostics).toEqual([]);
  });
});

it("environments that take images from each other in a circle are told, each at its own line, and a chain is not", () => {
  const environment = (name: string, from: string): string =>
    `apiVersion: fsd/v1\nkind: Environment\nmetadata: {name: ${name}}\nenvironment:\n  promoteFrom: ${from}\n`;
  const circle = [environment("dev", "prod"), environment("stage", "dev"), environment("prod", "stage")].join("---\n");
  const { diagnostics } = load(circle);
  expect(diagnostics.filter(({ code }) => code === "FSD1704").map(({ line, message }) => [line, message])).toEqual([
    [5, "no image could ever come to dev: dev takes images from prod takes images from stage takes images from dev"],
    [11, "no image could ever come to stage: stage takes images from dev takes images from prod takes images from stage"],
    [17, "no image could ever come to prod: prod takes images from stage takes images from dev takes images from prod"],
  ]);
  const chain = [environment("stage", "dev"), environment("prod", "stage")].join("---\n");
  expect(codesOf(load(chain).diagnostics)).toEqual([]);
});

describe("an environment that no document describes, while documents describe others", () => {
  const environment = (name: string): string => `apiVersion: fsd/v1\nkind: Environment\nmetadata: {name: ${name}}\n`;
  const described = ["dev", "production"].map(environment).join("---\n");
  const said = (text: string, name: string) =>
    load(text, { environment: name }).diagnostics.map(({ code, file, message, hint }) => [code, file, message, hint]);

  it("is warned of, with what was meant", () => {
    const message = "nothing is said of the environment prod, only of dev, production";
    expect(said(`${described}---\n${minimal}`, "prod")).toEqual([["FSD1813", "--env", message, "did you mean production?"]]);
    expect(said(`${described}---\n${minimal}`, "qa")).toMatchObject([
      ["FSD1813", "--env", expect.any(String), expect.stringContaining("-f")],
    ]);
  });

  it("is taken as it is when a service has a block for it, when it is this machine, and when documents describe none", () => {
    expect(said(`${described}---\n${minimal}environments: {prod: {service: {resources: {desiredCount: 2}}}}\n`, "prod")).toEqual([]);
    expect(said(`${described}---\n${minimal}`, "local")).toEqual([]);
    expect(said(`${minimal}environments: {dev: {service: {resources: {desiredCount: 2}}}}\n`, "prod")).toEqual([]);
  });
});
