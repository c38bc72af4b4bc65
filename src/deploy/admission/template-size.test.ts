import { describe, expect, it } from "vitest";
import { loadManifests } from "../../manifest/load.ts";
import { checkTemplateSizes } from "./template-size.ts";

function check(env: string, value: string, balancers = "internal: {}"): void {
  const variables = Array.from({ length: 300 }, (_, index) => `    VARIABLE_${index}: "${value}"`).join("\n");
  const manifest = `apiVersion: fsd/v1
kind: Service
metadata: {name: items}
service:
  environment:
${variables}
---
apiVersion: fsd/v1
kind: Environment
metadata: {name: ${env}}
environment: {loadBalancers: {${balancers}}}
`;
  const loaded = loadManifests([{ file: "fsd.yml", bytes: Buffer.from(manifest) }], { environment: env });
  expect(loaded.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  if (loaded.environment === undefined) throw new Error("the manifest describes it");
  checkTemplateSizes(loaded.environment, loaded.services);
}

describe("a template that CloudFormation would not take", () => {
  it("is refused before anything is changed, with what makes it large", () => {
    expect(() => check("prod", "x".repeat(200))).toThrow(
      expect.objectContaining({
        code: "FSD7009",
        message: expect.stringMatching(
          /^the template of fsd-prod-items has \d{5} bytes as JSON without spaces, and CloudFormation takes 51200 in a request$/,
        ),
        hint: expect.stringMatching(
          /is AWS::ECS::TaskDefinition; .*: fsd render --env prod --service items > fsd-prod-items\.yml && aws cloudformation deploy --template-file fsd-prod-items\.yml --stack-name fsd-prod-items --s3-bucket <bucket> --capabilities CAPABILITY_NAMED_IAM --tags fsd:service=items fsd:environment=prod --parameter-overrides ImageUri=<value>$/,
        ),
      }),
    );
    expect(() => check("prod", "x", "public: {shards: 10}, internal: {shards: 10}")).toThrow(/the template of fsd-prod has/);
  });

  it("is no matter on local, nor below the limit", () => {
    expect(() => check("local", "x".repeat(200))).not.toThrow();
    expect(() => check("prod", "x".repeat(20))).not.toThrow();
  });
});
