import { describe, expect, it } from "vitest";
import { codesOf, load, minimal, one, withPort } from "./loaded.testing.ts";

describe("layers", () => {
  it("merge maps, replace lists, and null takes a value back", () => {
    const text = `${withPort}  command: [a, b]\n  stopTimeout: 10\n  environment: {A: one, B: two}\nenvironments:\n  dev: {service: {command: [c], stopTimeout: null, environment: {B: three, C: four}}}\n`;
    expect(one(text).service).toMatchObject({ command: ["c"], stopTimeout: 30, environment: { A: "one", B: "three", C: "four" } });
    expect(one(text, { environment: "prod" }).service).toMatchObject({
      command: ["a", "b"],
      stopTimeout: 10,
      environment: { A: "one", B: "two" },
    });
  });

  it("a later layer's choice removes the earlier one's alternative", () => {
    const text = `${minimal}service: {image: nginx, resources: {cpu: 1024, memory: 2048}}\nenvironments:\n  dev: {service: {build: {context: src}, resources: {size: micro}}}\n`;
    const { service } = one(text);
    expect(service.image).toBeUndefined();
    expect(service.build).toMatchObject({ context: "src", dockerfile: "Dockerfile" });
    expect(service.resources).toMatchObject({ cpu: 256, memory: 512 });
  });

  it("alternatives within one layer exclude each other", () => {
    const { diagnostics } = load(`${minimal}service: {image: nginx, build: {context: .}}\n`);
    expect(diagnostics).toMatchObject([{ code: "FSD1107", line: 4 }]);
  });

  it("--override and --set have the last word, --override in its short form too", () => {
    const { service } = one(withPort, {
      environment: "dev",
      override: ["resources.cpu=2048", "service.resources.memory=8192", "service.command=[x, y]"],
      set: ["A=b=c"],
    });
    expect(service.resources).toMatchObject({ cpu: 2048, memory: 8192 });
    expect(service.command).toEqual(["x", "y"]);
    expect(service.environment).toEqual({ A: "b=c" });
  });

  it("an override that names no field is told so", () => {
    expect(load(withPort, { environment: "dev", override: ["resources.cpus=2048"] }).diagnostics).toMatchObject([
      { code: "FSD1101", file: "--override", hint: "did you mean cpu?" },
    ]);
    expect(codesOf(load(withPort, { environment: "dev", override: ["nonsense"], set: ["=x"] }).diagnostics)).toEqual([
      "FSD1305",
      "FSD1305",
    ]);
  });

  it("the environment's variables reach the service, and the service's own win", () => {
    const text = `${withPort}  environment: {A: mine}\n---\napiVersion: fsd/v1\nkind: Environment\nmetadata: {name: dev}\nenvironment: {variables: {A: theirs, B: theirs}, loadBalancers: {internal: {}}}\n`;
    expect(one(text).service.environment).toEqual({ A: "mine", B: "theirs" });
  });
});

describe("overrides on the command line", () => {
  const two = "apiVersion: fsd/v1\nkind: Service\nmetadata: {name: a}\n---\napiVersion: fsd/v1\nkind: Service\nmetadata: {name: b}\n";
  const cpu = (overridden?: readonly string[]): number[] =>
    load(two, { environment: "dev", override: ["resources.cpu=256"], ...(overridden === undefined ? {} : { overridden }) }).services.map(
      ({ service }) => service.resources.cpu,
    );

  it("are for every service, or for those that are named", () => {
    expect(cpu()).toEqual([256, 256]);
    expect(cpu([])).toEqual([256, 256]);
    expect(cpu(["b"])).toEqual([512, 256]);
  });
});

describe("a strategy of a later layer", () => {
  const canary = `${withPort}  deployment: {strategy: canary, bakeTime: 10m, canary: {percent: 10}, maximumPercent: 200, minimumHealthyPercent: 100}\n`;

  it("takes the place of what the earlier one needed", () => {
    const { deployment } = one(`${canary}environments:\n  dev: {service: {deployment: {strategy: all-at-once}}}\n`).service;
    expect(deployment).toMatchObject({ strategy: "all-at-once", minimumHealthyPercent: 0, maximumPercent: 100, bakeTime: 0 });
    expect(deployment.canary).toBeUndefined();
  });

  it("contradicts what stands beside it", () => {
    expect(codesOf(load(`${withPort}  deployment: {strategy: all-at-once, maximumPercent: 200}\n`).diagnostics)).toEqual(["FSD1508"]);
    expect(codesOf(load(`${withPort}  deployment: {strategy: rolling, canary: {percent: 5}}\n`).diagnostics)).toEqual(["FSD1111"]);
  });
});
