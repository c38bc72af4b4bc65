import { expect, it } from "vitest";
import { formatManifest } from "../manifest/format.ts";
import { loadManifests } from "../manifest/load.ts";
import { flatExample } from "../manifest/old-spellings/flat-page.ts";
import { renderYaml } from "./render-yaml.ts";
import { synthesizeService } from "./service/synthesize-service.ts";

const everything = `name: everything
platform: ecs-fargate
team: shop
owners: ["@a"]
description: All of it
tags: {cost-center: x}
image: nginx:1
command: [run]
compute: {size: medium, arch: arm64, spot: true, ephemeral_storage: 30}
networking: {port: 80, public: false, path: "/x/*", health_check: {path: /, healthy_threshold: 3}, service_discovery: {ttl: 5}, deregistration_delay: 20}
scaling: {min: 1, max: 4, target_memory: 50, requests_per_task: 100, scale_out_cooldown: 30, schedule: [{name: night, cron: "0 20 * * ? *", min_capacity: 0}]}
deployment: {minimum_healthy_percent: 50, circuit_breaker: {enable: true, rollback: false}, monitor: 10m}
secrets: {TOKEN: "ssm:/token"}
logging: {retention: 7}
alarms: {slow: {metric: latencyP95, threshold: 2, missing_data: ignore}}
stop_timeout: 20
exec: true
dependencies:
  jobs: {type: sqs, access: read_write, managed: {dead_letter: {max_receive: 3}}}
  sessions: {type: dynamodb, managed: {attributes: {id: S}, key_schema: {hash: id}}}
  files: {type: s3, unmanaged: {permissions: [s3:GetObject]}}
environments:
  prod: {compute: {size: large}, scaling: {max: 8}, environment: {A: b}}
`;

it.each([
  ["the page's example", flatExample],
  ["everything it knows", everything],
])("a flat manifest, %s, and its upgrade give the same bytes of template", (_, flat) => {
  const upgraded = formatManifest(flat, true);
  if ("refused" in upgraded) throw new Error(upgraded.refused);
  for (const environment of ["dev", "prod", "local"]) {
    const [before, after] = [flat, upgraded.text].map((text) => {
      const loaded = loadManifests([{ file: "fsd.yml", bytes: Buffer.from(text) }], { environment });
      expect(loaded.diagnostics.filter(({ severity, code }) => severity === "error" && code !== "FSD1807")).toEqual([]);
      return renderYaml(synthesizeService(loaded.services[0]!, loaded.environment!));
    });
    expect(after).toBe(before);
    expect(before).toContain("AWS::ECS::Service");
  }
});
