import { expect, it } from "vitest";
import type { Call } from "../../../gateway/operations.ts";
import { service } from "./service.ts";

const request = {
  logicalId: "Service",
  stackId: "id",
  stackName: "stack",
  account: "000000000000",
  region: "eu-west-1",
  tags: {},
  token: "0".repeat(32),
  isRepeated: false,
  recorded: [],
  initiated: () => undefined,
};

/** How long a stack waits for a new service whose deployment ECS describes so; undefined is the stack engine's own limit. */
async function waitsFor(deploymentConfiguration: object): Promise<number | undefined> {
  const limits: (number | undefined)[] = [];
  await service.create({
    ...request,
    properties: { ServiceName: "api" },
    call: (async () => ({ service: { serviceArn: "arn", deploymentConfiguration } })) as Call,
    until: async (_condition, limitMs) => {
      limits.push(limitMs);
    },
  });
  expect(limits).toHaveLength(1);
  return limits[0];
}

/** The counts that a stack gives ECS when it makes the service and when it changes something else about it. */
async function countsOf(size: { readonly DesiredCount?: number }): Promise<readonly (number | undefined)[]> {
  const counts: (number | undefined)[] = [];
  const call = (async (_target: unknown, operation: string, input: { desiredCount?: number }) => {
    if (/^(Create|Update)Service$/.test(operation)) counts.push(input.desiredCount);
    return { service: { serviceArn: "arn" }, services: [] };
  }) as unknown as Call;
  const stack = { ...request, call, until: async () => undefined };
  const before = { ServiceName: "api", ...size };
  const made = await service.create({ ...stack, properties: before });
  await service.update?.({ ...stack, properties: { ...before, HealthCheckGracePeriodSeconds: 60 } }, made, before);
  return counts;
}

it("a stack waits for a rolling deployment as for everything, for one in stages 36 hours", async () => {
  expect(await waitsFor({})).toBeUndefined();
  expect(await waitsFor({ strategy: "ROLLING" })).toBeUndefined();
  for (const strategy of ["BLUE_GREEN", "CANARY", "LINEAR"]) expect(await waitsFor({ strategy })).toBe(36 * 3_600_000);
});

it("a count in a template is set again by every update, and one left out is one task at first and then left as it is", async () => {
  expect(await countsOf({ DesiredCount: 3 })).toEqual([3, 3]);
  expect(await countsOf({})).toEqual([1, undefined]);
});
