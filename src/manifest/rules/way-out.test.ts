import { describe, expect, it } from "vitest";
import { loadManifests } from "../load.ts";

function problems(service: string, vpc = "nat: endpoints"): string[] {
  const manifest = `apiVersion: fsd/v1
kind: Service
metadata: {name: items}
${service}
---
apiVersion: fsd/v1
kind: Environment
metadata: {name: secure}
environment: {region: eu-central-1, vpc: {${vpc}}}
`;
  const { diagnostics } = loadManifests([{ file: "fsd.yml", bytes: Buffer.from(manifest) }], { environment: "secure" });
  return diagnostics
    .filter(({ code }) => code === "FSD1808" || code === "FSD1111")
    .map(({ code, line, message }) => `${line} ${code} ${message}`);
}

describe("a service in private subnets that have endpoints only", () => {
  it("is refused with images that no endpoint leads to", () => {
    expect(problems("service: {image: nginx}")).toEqual([
      "4 FSD1808 the image comes from Docker Hub, and secure has no way to the internet (nat: endpoints)",
    ]);
    expect(problems('service: {image: "444455556666.dkr.ecr.us-east-1.amazonaws.com/items:1"}')[0]).toMatch(/ECR in us-east-1/);
    expect(problems("service: {sidecars: [{name: envoy, image: public.ecr.aws/envoy:1}]}")[0]).toMatch(/public\.ecr\.aws/);
    expect(problems("service: {observability: {metrics: {enabled: true, port: 9090}}}")[0]).toMatch(/the collector's image/);
  });

  it("is refused with a queue or topic whose endpoint is not there", () => {
    const dependencies =
      "service: {}\ndependencies: [{type: aws_sqs_queue, name: jobs}, {type: aws_sns_topic, name: events}, {type: aws_s3_bucket, name: files}]";
    expect(problems(dependencies)).toHaveLength(2);
    expect(problems(dependencies, "nat: endpoints, endpoints: [sqs]")).toEqual([
      "5 FSD1808 aws_sns_topic is reached at sns, and secure has no way to the internet (nat: endpoints)",
    ]);
    expect(problems(dependencies, "nat: endpoints, endpoints: [sqs, sns]")).toEqual([]);
  });

  it("passes with images of its own region, or with an address of its own", () => {
    expect(problems('service: {image: "${REGISTRY}/items:${VERSION}"}')).toEqual([]);
    expect(problems("service: {}")).toEqual([]);
    expect(problems("service: {image: nginx, networking: {vpc: false}}")).toEqual([]);
    expect(problems("service: {image: nginx}", "nat: single")).toEqual([]);
  });

  it("takes endpoints only where there is no other way", () => {
    expect(problems("service: {}", "nat: single, endpoints: [sqs]")).toEqual(["9 FSD1111 endpoints has no meaning for nat: single"]);
  });
});
