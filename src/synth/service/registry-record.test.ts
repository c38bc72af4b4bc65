import { describe, expect, it } from "vitest";
import { loadManifests } from "../../manifest/load.ts";
import { parseRegistration } from "../../manifest/registration.ts";
import type { Template } from "../template.ts";
import { synthesizeService } from "./synthesize-service.ts";

const manifest = (name: string, loadBalancer: string, more = ""): string =>
  `apiVersion: fsd/v1\nkind: Service\nmetadata: {name: ${name}${more}}\nservice: {port: 80, networking: {loadBalancer: {${loadBalancer}}}}\n`;

function rendered(text: string, environment = "dev"): Template {
  const { services, environment: within, diagnostics } = loadManifests([{ file: "fsd.yml", bytes: Buffer.from(text) }], { environment });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  if (services[0] === undefined || within === undefined) throw new Error("the manifest has a service");
  return synthesizeService(services[0], within);
}

/** The record as CloudFormation writes it: `${…}` filled in, `${!…}` left as `${…}`. */
function written({ Resources }: Template, values: Readonly<Record<string, string>>): string {
  const value = Resources.Registration?.Properties?.Value;
  const text = String((value as { "Fn::Sub": string } | undefined)?.["Fn::Sub"]);
  return text.replaceAll(/\$\{(!?)([^}]*)\}/g, (_, literal, name) => (literal === "" ? (values[name] ?? "?") : `\${${name}}`));
}

describe("the record of a service", () => {
  it.each(["dev", "local"])("has the priority of its rule in the template (%s)", (environment) => {
    const template = rendered(manifest("items", "path: /items/*"), environment);
    const { priority } = parseRegistration(written(template, {})) ?? {};
    expect(priority).toBeTypeOf("number");
    expect(template.Resources.ListenerRule?.Properties?.Priority).toBe(priority);
  });

  it("is JSON whatever stands in the path, with the address that others read", () => {
    for (const path of ['/a"b/*', "/$a", "/a'b&c"]) {
      const text = written(rendered(manifest("items", `path: ${JSON.stringify(path)}`)), {
        Repository: "github.com/acme/shop",
        LoadBalancerDnsName: "lb.example.com",
      });
      const registration = parseRegistration(text);
      expect(registration).toMatchObject({ service: "items", path, repository: "github.com/acme/shop" });
      expect(registration?.url).toBe(`http://lb.example.com${path.replace("/*", "")}`);
    }
  });

  it("fits a parameter of Parameter Store with the longest values that are legal", () => {
    const long = `${"a".repeat(19)}-${"b".repeat(20)}`;
    const balancing = `host: ${"h".repeat(128)}, path: ${JSON.stringify(`/${'"'.repeat(125)}/*`)}`;
    const text = written(rendered(manifest(long, balancing, `, pack: ${"p".repeat(40)}`)), { Repository: "r".repeat(256) });
    expect(Buffer.byteLength(text)).toBeLessThan(2048);
    expect(parseRegistration(text)).toMatchObject({ service: long });
  });
});
