import { describe, expect, it } from "vitest";
import { loadManifests } from "../../manifest/load.ts";
import { synthesizeService } from "./synthesize-service.ts";

function outputs(loadBalancer: string, env = "dev"): Record<string, unknown> {
  const manifest = `apiVersion: fsd/v1
kind: Service
metadata: {name: orders}
service:
  port: 8000
  healthCheck: {path: /health}
  networking: {loadBalancer: {host: shop.example.com, ${loadBalancer}}}
`;
  const { services, environment } = loadManifests([{ file: "fsd.yml", bytes: Buffer.from(manifest) }], { environment: env });
  if (services[0] === undefined || environment === undefined) throw new Error("the manifest has a service");
  return Object.fromEntries(
    Object.entries(synthesizeService(services[0], environment).Outputs ?? {}).map(([name, { Value }]) => [name, Value]),
  );
}

describe("the address of a service's health check", () => {
  it("is below its prefix when the load balancer strips that", () => {
    expect(outputs("path: /orders/*, stripPrefix: true").HealthUrl).toBe("http://shop.example.com/orders/health");
  });

  it("is its own path where the load balancer leads there", () => {
    expect(outputs("path: /*").HealthUrl).toBe("http://shop.example.com/health");
    expect(outputs("path: /hea?th").HealthUrl).toBe("http://shop.example.com/health");
  });

  it("is not told where no request from outside would arrive", () => {
    expect(outputs("path: /orders/*")).not.toHaveProperty("HealthUrl");
    expect(outputs("path: /orders/*").Url).toBe("http://shop.example.com/orders");
  });

  it("is its own path on local, where it has a listener for itself", () => {
    expect(outputs("path: /orders/*", "local").HealthUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/health$/);
  });
});
