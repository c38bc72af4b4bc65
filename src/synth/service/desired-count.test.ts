import { expect, it } from "vitest";
import { loadManifests } from "../../manifest/load.ts";
import { initialDesiredCount, synthesizeService } from "./synthesize-service.ts";

/** The template and the count at creation of a service with these lines about its size. */
function sized(lines: string) {
  const text = `apiVersion: fsd/v1\nkind: Service\nmetadata: {name: items}\nservice:\n  port: 8000\n  healthCheck: {path: /health}\n${lines}`;
  const { services, environment } = loadManifests([{ file: "fsd.yml", bytes: Buffer.from(text) }], { environment: "prod" });
  const [service] = services;
  if (service === undefined || environment === undefined) throw new Error("the manifest is wrong");
  const { Parameters, Conditions, Resources } = synthesizeService(service, environment);
  const inTemplate = Object.values(Resources).find(({ Type }) => Type === "AWS::ECS::Service")?.Properties?.DesiredCount;
  return { atCreation: initialDesiredCount(service), inTemplate, parameter: Parameters?.DesiredCount, condition: Conditions };
}

it("the desired count of a scaled service is given when its stack is created, and left to scaling afterwards", () => {
  const { atCreation, inTemplate, parameter, condition } = sized(
    "  resources: {desiredCount: 2, minCapacity: 3, maxCapacity: 8}\n  autoScaling: {targetRequestsPerTask: 500}\n",
  );
  expect(atCreation).toBe(3);
  expect(parameter).toMatchObject({ Default: "" });
  expect(inTemplate).toEqual({ "Fn::If": ["BeginsWithDesiredCount", { Ref: "DesiredCount" }, { Ref: "AWS::NoValue" }] });
  expect(condition).toMatchObject({ BeginsWithDesiredCount: { "Fn::Not": [{ "Fn::Equals": [{ Ref: "DesiredCount" }, ""] }] } });
});

it("the desired count of a service that does not scale stands in its template", () => {
  const { atCreation, inTemplate, parameter } = sized("  resources: {desiredCount: 2}\n");
  expect({ atCreation, inTemplate, parameter }).toEqual({ atCreation: undefined, inTemplate: 2, parameter: undefined });
});
