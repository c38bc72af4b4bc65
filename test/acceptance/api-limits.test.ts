import {
  CreateClusterCommand,
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serviceFiles } from "../support/service.ts";
import { eventually, World } from "../support/world.ts";

describe("a platform that limits API calls as AWS does", () => {
  const world = new World();
  let endpoint = "";
  beforeAll(async () => {
    ({ endpoint } = await world.up("--api-limits"));
  });
  afterAll(() => world.end());

  const clientOf = (maxAttempts: number, region = "eu-west-1"): ECSClient =>
    new ECSClient({ endpoint, region, credentials: { accessKeyId: "local", secretAccessKey: "local" }, maxAttempts });

  it("refuses what comes faster than a group's bucket fills, other groups and regions not, and a client that tries again gets through", async () => {
    const impatient = clientOf(1);
    const create = (index: number) => impatient.send(new CreateClusterCommand({ clusterName: `c${index}` }));
    const outcomes = await Promise.allSettled(Array.from({ length: 40 }, (_, index) => create(index)));
    const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as Error] : []));
    expect(refused.length).toBeGreaterThanOrEqual(10);
    expect(outcomes.length - refused.length).toBeGreaterThanOrEqual(20);
    for (const reason of refused) {
      expect(reason).toMatchObject({ name: "ThrottlingException", message: "Rate exceeded", $metadata: { httpStatusCode: 400 } });
    }
    expect((await impatient.send(new DescribeClustersCommand({ clusters: ["c0"] }))).$metadata.httpStatusCode).toBe(200);
    const elsewhere = clientOf(1, "eu-central-1");
    const made = Array.from({ length: 15 }, (_, index) => elsewhere.send(new CreateClusterCommand({ clusterName: `c${index}` })));
    await expect(Promise.all(made)).resolves.toHaveLength(15);
    elsewhere.destroy();
    const patient = clientOf(10);
    expect((await patient.send(new CreateClusterCommand({ clusterName: "late" }))).cluster?.clusterName).toBe("late");
    impatient.destroy();
    patient.destroy();
  });

  it("says so, and takes a deployment all the same", async () => {
    expect(await world.json("local", "status")).toMatchObject({ apiLimits: true });
    const outcome = await world.fsd("deploy", "-f", world.write("limited", serviceFiles("limited", { version: "1" })), "--yes");
    expect(outcome).toExitWith(0);
  });

  it("says that it waits where a service wants more tasks than Fargate launches at once", async () => {
    const ecs = clientOf(10, "us-east-1");
    const where = { cluster: "fsd-local", service: "limited" };
    const { services: [service] = [] } = await ecs.send(new DescribeServicesCommand({ cluster: where.cluster, services: ["limited"] }));
    const { taskDefinition: known } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: service?.taskDefinition }));
    const { containerDefinitions = [], cpu, memory, networkMode, requiresCompatibilities, executionRoleArn, taskRoleArn } = known ?? {};
    // None of them ever runs: their image does not exist.
    const image = `000000000000.dkr.ecr.us-east-1.amazonaws.com/none@sha256:${"0".repeat(64)}`;
    const { taskDefinition } = await ecs.send(
      new RegisterTaskDefinitionCommand({
        ...{ family: "unpullable", cpu, memory, networkMode, requiresCompatibilities, executionRoleArn, taskRoleArn },
        containerDefinitions: containerDefinitions.map((container) => ({ ...container, image })),
      }),
    );
    const before = Date.now();
    await ecs.send(new UpdateServiceCommand({ ...where, taskDefinition: taskDefinition?.taskDefinitionArn, desiredCount: 140 }));
    const throttled = await eventually("ECS waits for Fargate", async () => {
      const { services: [now] = [] } = await ecs.send(new DescribeServicesCommand({ cluster: where.cluster, services: ["limited"] }));
      return now?.events?.find(({ message }) => message?.endsWith("operations are being throttled. Will try again later."));
    });
    expect(Number(throttled.createdAt)).toBeGreaterThanOrEqual(before - 1_000);
    ecs.destroy();
  });
});
