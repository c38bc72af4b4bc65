import { describe, expect, it } from "vitest";
import { load } from "../loaded.testing.ts";

const guarded = `apiVersion: fsd/v1
kind: Defaults
metadata: {name: acme}
guardrails:
  - {name: cpu, reason: costs, maximumCpu: 512}
  - {name: memory, reason: costs, maximumMemory: 2048}
  - {name: many, reason: costs, maximumTasks: 4}
  - {name: few, reason: zones, minimumTasks: 2}
  - {name: logs, reason: audit, minimumRetention: 30}
  - {name: law, reason: the law, regions: [eu-west-1]}
  - {name: https, reason: privacy, publicLoadBalancerNeedsCertificate: true}
---
apiVersion: fsd/v1
`;
const broken = (document: string, environment = "prod"): string[] =>
  load(guarded + document, { environment })
    .diagnostics.filter(({ severity }) => severity === "error")
    .map(({ code, path, message }) => `${code} ${path} ${message}`);

describe("guardrails", () => {
  it("hold for what a service's schedules make of its bounds", () => {
    const schedule = (bounds: string): string =>
      `kind: Service\nmetadata: {name: api}\nservice:\n  port: 80\n  healthCheck: {path: /}\n  resources: {maxCapacity: 4}\n  autoScaling: {schedule: [{name: night, cron: "0 20 * * ? *", ${bounds}}]}\n`;
    const at = "FSD1706 service.autoScaling.schedule[0]";
    expect(broken(schedule("minCapacity: 2, maxCapacity: 4"))).toEqual([]);
    expect(broken(schedule("minCapacity: 2, maxCapacity: 50"))).toEqual([
      `${at}.maxCapacity 50 tasks by the schedule night are above 4: costs`,
    ]);
    expect(broken(schedule("minCapacity: 0"))).toEqual([`${at}.minCapacity 0 tasks by the schedule night are below 2: zones`]);
  });

  it("hold for what a job's schedules ask for, and for how many tasks a run starts", () => {
    expect(
      broken(
        "kind: Job\nmetadata: {name: etl}\njob: {count: 9, schedules: [{name: small, rate: 1 hour}, {name: big, rate: 1 day, cpu: 1024, memory: 4096}]}\n",
      ),
    ).toEqual([
      "FSD1706 job.count 9 tasks are above 4: costs",
      "FSD1706 job.schedules[1].cpu cpu 1024 of the schedule big is above 512: costs",
      "FSD1706 job.schedules[1].memory memory 4096 of the schedule big is above 2048: costs",
    ]);
  });

  it("are not escaped by switching logs off", () => {
    expect(broken("kind: Service\nmetadata: {name: api}\nservice: {observability: {logs: {enabled: false}}}\n")).toEqual([
      "FSD1706 service.observability.logs.enabled logs are not kept at all: audit",
    ]);
  });

  it("hold for an environment's own document, where no service is there yet", () => {
    const environment = (name: string): string =>
      `kind: Environment\nmetadata: {name: ${name}}\nenvironment:\n  region: us-east-1\n  loadBalancers: {public: {}}\n`;
    expect(broken(environment("prod"))).toEqual([
      "FSD1706 environment.region prod is in us-east-1, not in eu-west-1: the law",
      "FSD1706 environment.loadBalancers.public a public load balancer without certificate: privacy",
    ]);
    const secure = "environment: {region: eu-west-1, loadBalancers: {public: {}}, domain: {name: a.example.com, zoneId: Z1}}";
    expect(broken(`kind: Environment\nmetadata: {name: prod}\n${secure}\n`)).toEqual([]);
  });
});
