import { expect, it } from "vitest";
import { loadManifests } from "../load.ts";

function said(environment: string, networking: string): string[] {
  const text = `apiVersion: fsd/v1
kind: Service
metadata: {name: items}
service: {networking: {${networking}}}
---
apiVersion: fsd/v1
kind: Environment
metadata: {name: ${environment}}
environment: {}
`;
  const { diagnostics } = loadManifests([{ file: "fsd.yml", bytes: Buffer.from(text) }], { environment });
  return diagnostics.filter(({ severity }) => severity === "error").map(({ code, message, hint }) => `${code} ${message}; ${hint}`);
}

it.each(["prod", "local"])("takes ids as AWS gives them, long ones and those from before 2018 (%s)", (environment) => {
  expect(said(environment, "subnets: [subnet-0a1b2c3d4e5f60718, subnet-0a1b2c3d], securityGroups: [sg-0a1b2c3d]")).toEqual([]);
});

it.each(["subnet-1", "subnet-0a1b2c3d4", "subnet-0a1b2c3d4e5f6071x", "Subnet-0a1b2c3d", "sg-0a1b2c3d"])(
  "refuses %s as a subnet, wherever the service goes",
  (id) => {
    for (const environment of ["prod", "local"]) {
      const [only, ...more] = said(environment, `subnets: [${id}]`);
      expect(more).toEqual([]);
      expect(only).toMatch(/^FSD\d+ .*a subnet's id \(subnet- and 17, of old ones 8, hexadecimal digits\)/);
    }
  },
);
