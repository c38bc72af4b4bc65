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
  const two = "apiVersion: fsd/v1\nkind: Service\nmetadata: {name: api}\n---\napiVersion: fsd/v1\nkind: Service\nmetadata: {name: web}\n";
  const cpu = (overridden?: readonly string[]): number[] =>
    load(two, { environment: "dev", override: ["resources.cpu=256"], ...(overridden === undefined ? {} : { overridden }) }).services.map(
      ({ service }) => service.resources.cpu,
    );

  it("are for every service, or for those that are named", () => {
    expect(cpu()).toEqual([256, 256]);
    expect(cpu([])).toEqual([256, 256]);
    expect(cpu(["web"])).toEqual([512, 256]);
  });
});

describe("overrides of jobs", () => {
  const job = "apiVersion: fsd/v1\nkind: Job\nmetadata: {name: etl}\njob: {environment: {A: file}}\n";
  const service = "---\napiVersion: fsd/v1\nkind: Service\nmetadata: {name: api}\n";

  it("--override and --set have the last word over a job too, in the short form as well", () => {
    const override = ["job.resources.cpu=1024", "resources.memory=4096", "retries=2", "metadata.pack=data"];
    const { jobs, diagnostics } = load(job, { environment: "dev", override, set: ["A=set"] });
    expect(diagnostics).toEqual([]);
    expect(jobs[0]).toMatchObject({ metadata: { pack: "data" }, job: { retries: 2 } });
    expect(jobs[0]?.task.service).toMatchObject({ resources: { cpu: 1024, memory: 4096 }, environment: { A: "set" } });
  });

  it("reach each kind that has the field, and no other", () => {
    const override = ["resources.cpu=256", "resources.desiredCount=3", "service.stopTimeout=60", "resources.maxCapacity=4", "retries=1"];
    const { jobs, services, diagnostics } = load(job + service, { environment: "dev", override });
    expect(diagnostics).toEqual([]);
    expect(services[0]?.service).toMatchObject({ resources: { cpu: 256, desiredCount: 3, maxCapacity: 4 }, stopTimeout: 60 });
    expect(jobs[0]?.task.service).toMatchObject({ resources: { cpu: 256 }, stopTimeout: 30 });
    expect(jobs[0]?.job.retries).toBe(1);
  });

  it("are wrong once, however many kinds there are, and when there is no document of their kind", () => {
    const wrong = (text: string, override: string): string[] =>
      load(text, { environment: "dev", override: [override] }).diagnostics.map(({ code, file }) => `${file} ${code}`);
    expect(wrong(job + service, "resources.cpuu=256")).toEqual(["--override FSD1101"]);
    expect(wrong(job + service, "resources.cpu=7")).toEqual(["--override FSD1104"]);
    expect(wrong(job, "service.port=80")).toEqual(["--override FSD1305"]);
    expect(wrong(service, "job.retries=2")).toEqual(["--override FSD1305"]);
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
