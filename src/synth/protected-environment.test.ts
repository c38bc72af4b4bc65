/** What `protect: true` of an environment puts into templates, and into what a service leaves open (`docs/protection.md`). */
import { expect, it } from "vitest";
import { loadManifests } from "../manifest/load.ts";
import { synthesizeEnvironment } from "./environment/synthesize-environment.ts";
import { synthesizeService } from "./service/synthesize-service.ts";
import type { Template } from "./template.ts";

function made(protect: string, deployment = "") {
  const text = `apiVersion: fsd/v1
kind: Service
metadata: {name: items}
service:
  port: 8000
  healthCheck: {path: /health}
  networking: {loadBalancer: {dedicated: true}}
${deployment}
dependencies: [{type: aws_dynamodb_table, name: orders, access: read_write, managed: {partitionKey: id}}]
---
apiVersion: fsd/v1
kind: Environment
metadata: {name: prod}
environment: {region: us-east-1, loadBalancers: {internal: {}}${protect}}
`;
  const { services, environment, diagnostics } = loadManifests([{ file: "fsd.yml", bytes: Buffer.from(text) }], { environment: "prod" });
  const [service] = services;
  if (service === undefined || environment === undefined) throw new Error(JSON.stringify(diagnostics));
  return { service, ofService: synthesizeService(service, environment), ofEnvironment: synthesizeEnvironment(environment) };
}

function deletionProtection({ Resources }: Template): unknown[] {
  return Object.values(Resources).flatMap(({ Type, Properties }) => {
    if (Type === "AWS::DynamoDB::Table") return [`table ${Properties?.DeletionProtectionEnabled}`];
    if (Type !== "AWS::ElasticLoadBalancingV2::LoadBalancer") return [];
    const attributes = Properties?.LoadBalancerAttributes as readonly { readonly Key: string; readonly Value: string }[];
    return attributes.filter(({ Key }) => Key === "deletion_protection.enabled").map(({ Value }) => `load balancer ${Value}`);
  });
}

it.each([
  ["a protected environment cannot be deleted", ", protect: true", true],
  ["another environment can", "", false],
])("load balancers and managed tables of %s", (_situation, protect, isProtected) => {
  const { ofService, ofEnvironment } = made(protect);
  expect(deletionProtection(ofService).sort()).toEqual([`load balancer ${isProtected}`, `table ${isProtected}`]);
  expect(deletionProtection(ofEnvironment)).toEqual([`load balancer ${isProtected}`]);
});

it("a failed deployment is the last one in a protected environment, unless the service says otherwise", () => {
  const frozen = (protect: string, deployment?: string): boolean => made(protect, deployment).service.service.deployment.freezeOnFailure;
  expect([frozen(", protect: true"), frozen("")]).toEqual([true, false]);
  expect(frozen(", protect: true", "  deployment: {freezeOnFailure: false}")).toBe(false);
  expect(frozen("", "  deployment: {freezeOnFailure: true}")).toBe(true);
});
