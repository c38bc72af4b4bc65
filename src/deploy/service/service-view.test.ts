import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Aws, connectAws } from "../../aws/aws.ts";
import { refuseByStandingService } from "../admission/standing-service.ts";
import { liveDeployment, observeService } from "./service-view.ts";

const definition = (revision: number) => `arn:aws:ecs:eu-west-1:111111111111:task-definition/orders:${revision}`;
const group = (name: string) => `arn:aws:elasticloadbalancing:eu-west-1:111111111111:targetgroup/${name}/1`;
const taskSet = (id: string, status: string, revision: number, running: number) => ({
  id: `ecs-svc/${id}`,
  status,
  startedBy: "CODE_DEPLOY",
  externalId: "d-1A2B3C4D5",
  taskDefinition: definition(revision),
  computedDesiredCount: 2,
  runningCount: running,
  pendingCount: 2 - running,
  createdAt: 1_764_000_000,
  updatedAt: 1_764_000_060,
  loadBalancers: [{ targetGroupArn: group(status.toLowerCase()), containerName: "app", containerPort: 8000 }],
  stabilityStatus: running === 2 ? "STEADY_STATE" : "STABILIZING",
});

/** As ECS answers for a service in the midst of a deployment by CodeDeploy. */
const answer = {
  services: [
    {
      serviceName: "orders",
      status: "ACTIVE",
      desiredCount: 2,
      runningCount: 3,
      pendingCount: 1,
      deploymentController: { type: "CODE_DEPLOY" },
      deployments: [],
      taskSets: [taskSet("2", "ACTIVE", 8, 1), taskSet("1", "PRIMARY", 7, 2)],
      loadBalancers: [{ targetGroupArn: group("primary"), containerName: "app", containerPort: 8000 }],
      events: [],
    },
  ],
  failures: [],
};

let server: Server;
let aws: Aws;
beforeEach(async () => {
  server = createServer((_request, response) => {
    response.setHeader("content-type", "application/x-amz-json-1.1");
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  aws = connectAws({ endpoint: `http://127.0.0.1:${port}`, region: "eu-west-1", anyCredentials: true });
});
afterEach(() => {
  aws.close();
  return new Promise((resolve) => server.close(resolve));
});

test("of a service that CodeDeploy deploys its task sets are seen, the PRIMARY one first, which serves", async () => {
  const view = await observeService(aws, "prod", "orders");
  expect(view).toMatchObject({
    controller: "CODE_DEPLOY",
    running: 3,
    deployments: [
      { id: "ecs-svc/1", status: "PRIMARY", rolloutState: "STEADY_STATE", revision: "orders:7", desired: 2, running: 2 },
      { id: "ecs-svc/2", status: "ACTIVE", rolloutState: "STABILIZING", revision: "orders:8", desired: 2, running: 1, pending: 1 },
    ],
    taskSetTargetGroupArns: [group("active"), group("primary")],
  });
  expect(view && liveDeployment(view)?.revision).toBe("orders:7");
});

test("into a service that CodeDeploy deploys nothing is deployed", async () => {
  const document = { kind: "Service", name: "orders" } as Parameters<typeof refuseByStandingService>[1];
  const environment = { name: "prod", cluster: { name: "prod" } } as Parameters<typeof refuseByStandingService>[2];
  const stack = { outputs: {} } as Awaited<Parameters<typeof refuseByStandingService>[3]>;
  await expect(refuseByStandingService(aws, document, environment, Promise.resolve(stack))).rejects.toMatchObject({
    code: "FSD8014",
    message: "orders on prod has the deployment controller CODE_DEPLOY, so ECS takes no new revision of it",
  });
  await refuseByStandingService(aws, document, environment, Promise.resolve(undefined));
});
