import { expect, it } from "vitest";
import type { Call } from "../../../gateway/operations.ts";
import { service } from "./service.ts";

/** How long a stack waits for a new service whose deployment ECS describes so; undefined is the stack engine's own limit. */
async function waitsFor(deploymentConfiguration: object): Promise<number | undefined> {
  const limits: (number | undefined)[] = [];
  await service.create({
    logicalId: "Service",
    stackId: "id",
    stackName: "stack",
    account: "000000000000",
    region: "eu-west-1",
    properties: { ServiceName: "api" },
    tags: {},
    token: "0".repeat(32),
    isRepeated: false,
    recorded: [],
    call: (async () => ({ service: { serviceArn: "arn", deploymentConfiguration } })) as Call,
    initiated: () => undefined,
    until: async (_condition, limitMs) => {
      limits.push(limitMs);
    },
  });
  expect(limits).toHaveLength(1);
  return limits[0];
}

it("a stack waits for a rolling deployment as for everything, for one in stages 36 hours", async () => {
  expect(await waitsFor({})).toBeUndefined();
  expect(await waitsFor({ strategy: "ROLLING" })).toBeUndefined();
  for (const strategy of ["BLUE_GREEN", "CANARY", "LINEAR"]) expect(await waitsFor({ strategy })).toBe(36 * 3_600_000);
});
