import { describe, expect, it } from "vitest";
import { load } from "../loaded.testing.ts";

const service = (name: string, rest: string): string => `---\napiVersion: fsd/v1\nkind: Service\nmetadata: {name: ${name}}\n${rest}\n`;
const job = (name: string, rest: string): string => `---\napiVersion: fsd/v1\nkind: Job\nmetadata: {name: ${name}}\n${rest}\n`;
const told = (text: string, environment: string | undefined = "dev"): string[] =>
  load(text, environment === undefined ? {} : { environment }).diagnostics.map(({ code, path, message }) => `${code} ${path} ${message}`);
const managed = (type: string, name: string, settings = "true"): string =>
  `dependencies: [{type: ${type}, name: ${name}, access: read, managed: ${settings}}]`;

describe("what two stacks would both create", () => {
  it.each([
    ["aws_sqs_queue", "queue"],
    ["aws_sns_topic", "topic"],
    ["aws_dynamodb_table", "table"],
    ["aws_s3_bucket", "bucket"],
  ])("%s is told, of services and of jobs", (type, noun) => {
    const both = service("api", managed(type, "things")) + job("etl", managed(type, "things"));
    expect(told(both)).toEqual([`FSD1709 dependencies[0].name api and etl both create the ${noun} things`]);
    const used = managed(type, "things").replace(", managed: true", "");
    expect(told(service("api", managed(type, "things")) + job("etl", used))).toEqual([]);
  });

  it("counts a queue's dead letters", () => {
    expect(
      told(service("api", managed("aws_sqs_queue", "jobs", "{deadLetter: {}}")) + service("web", managed("aws_sqs_queue", "jobs-dead"))),
    ).toEqual(["FSD1709 dependencies[0].name api and web both create the queue jobs-dead"]);
  });

  it("counts log groups and names for discovery", () => {
    const logs = "{logs: {group: /ecs/shared}}";
    expect(told(service("api", `service: {observability: ${logs}}`) + job("etl", "job: {logs: {group: /ecs/shared}}"))).toEqual([
      "FSD1709 job.logs.group api and etl both create the log group /ecs/shared",
    ]);
    const named = "service: {networking: {serviceDiscovery: {name: shop}}}";
    expect(told(service("api", named) + service("web", named))).toEqual([
      "FSD1709 service.networking.serviceDiscovery.name api and web both create the name shop of dev.internal",
    ]);
  });

  it("is no conflict when environments keep them apart", () => {
    const apart = "environments:\n  dev: {service: {observability: {logs: {group: /ecs/one}}}}\n";
    const shared = "environments:\n  prod: {service: {observability: {logs: {group: /ecs/one}}}}\n";
    expect(told(service("api", apart) + service("web", shared), undefined)).toEqual([]);
  });
});

it("a job that would reach a worker is told as a service is", () => {
  expect(told(job("etl", "dependencies: [{type: service, name: worker}]") + service("worker", ""))).toEqual([
    "FSD1708 dependencies[0].name worker has no port, so there is nothing that etl could reach",
  ]);
});
