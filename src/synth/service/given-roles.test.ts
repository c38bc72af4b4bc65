import { describe, expect, it } from "vitest";
import { loadManifests } from "../../manifest/load.ts";
import { synthesizeService } from "./synthesize-service.ts";

const app = "arn:aws:iam::123456789012:role/app";
const execution = "arn:aws:iam::123456789012:role/execution";

/** The roles of the task definition, and what the template makes. */
function rolesOn(environment: string) {
  const text = `apiVersion: fsd/v1\nkind: Service\nmetadata: {name: items}\niam: {taskRoleArn: "${app}", executionRoleArn: "${execution}"}\n`;
  const loaded = loadManifests([{ file: "fsd.yml", bytes: Buffer.from(text) }], { environment });
  const [service] = loaded.services;
  if (service === undefined || loaded.environment === undefined) throw new Error("the manifest is wrong");
  const { Resources } = synthesizeService(service, loaded.environment);
  const definition = Object.values(Resources).find(({ Type }) => Type === "AWS::ECS::TaskDefinition");
  return {
    task: definition?.Properties?.TaskRoleArn,
    execution: definition?.Properties?.ExecutionRoleArn,
    made: Object.keys(Resources).filter((name) => Resources[name]?.Type === "AWS::IAM::Role"),
    told: loaded.diagnostics.map(({ code, path }) => `${code} ${path}`),
  };
}

describe("roles that the manifest names", () => {
  it("are the task's on AWS, and none is made", () => {
    expect(rolesOn("prod")).toEqual({ task: app, execution, made: [], told: [] });
  });

  it("are not on this machine: roles that are made stand in, since ECS starts no task whose role it cannot assume", () => {
    expect(rolesOn("local")).toEqual({
      task: { "Fn::GetAtt": ["TaskRole", "Arn"] },
      execution: { "Fn::GetAtt": ["ExecutionRole", "Arn"] },
      made: expect.arrayContaining(["TaskRole", "ExecutionRole"]),
      told: ["FSD1814 iam.taskRoleArn", "FSD1814 iam.executionRoleArn"],
    });
  });
});
