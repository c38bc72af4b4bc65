import { expect, test } from "vitest";
import { connectHosts, slotSharesOf } from "./connect-hosts.ts";
import type { TaskPlan } from "./task-plan.ts";
import { newTask, type TaskState } from "./task-state.ts";

const endpoint = "arn:aws:servicediscovery:eu-west-1:000000000000:service/srv-1";
const plain: TaskPlan = {
  taskDefinitionArn: "plain",
  containers: [{ name: "app", image: "app", essential: true, dependsOn: [], stopTimeoutMs: 30_000, pinned: true }],
};
const checked: TaskPlan = {
  taskDefinitionArn: "checked",
  containers: plain.containers.map((container) => ({
    ...container,
    healthCheck: { command: ["CMD", "true"], intervalMs: 5_000, timeoutMs: 5_000, retries: 3, startPeriodMs: 0 },
  })),
};
const plans = (arn: string): TaskPlan => (arn === "checked" ? checked : plain);

function task(taskId: string, change: Partial<TaskState> = {}, plan = plain): TaskState {
  const birth = {
    ...{ taskArn: `task/${taskId}`, taskId, clusterArn: "cluster", group: "service:api", deploymentId: "blue", subnetId: "s" },
    ...{ enableExecuteCommand: false, platformVersion: "1.4.0", availabilityZone: "a", securityGroups: [], assignPublicIp: false },
    ...{ targets: [], registries: [] },
  };
  return {
    ...newTask(birth, plan, { time: 0, wall: 0 }),
    lastStatus: "RUNNING",
    attachment: { attachmentId: "a", privateIp: `10.0.0.${taskId}`, macAddress: "" },
    registries: [{ registryArn: endpoint, port: 8000, registered: true }],
    ...change,
  };
}
const ids = (...tasks: TaskState[]) => connectHosts(endpoint, tasks, plans).map(({ taskId }) => taskId);

test("the tasks that serve are those that run, are registered with the endpoint and are not asked to stop", () => {
  const left = { registries: [{ registryArn: endpoint, port: 8000, registered: false }] };
  const other = { registries: [{ registryArn: `${endpoint}x`, port: 8000, registered: true }] };
  const tasks = [
    task("4"),
    task("1"),
    task("2", { desiredStatus: "STOPPED" }),
    task("3", { lastStatus: "ACTIVATING" }),
    task("5", left),
    task("6", other),
  ];
  expect(connectHosts(endpoint, tasks, plans)).toEqual([
    { taskId: "1", ip: "10.0.0.1", port: 8000, slot: "PRIMARY" },
    { taskId: "4", ip: "10.0.0.4", port: 8000, slot: "PRIMARY" },
  ]);
});

test("where a container is checked its task serves when it has been found HEALTHY", () => {
  const containers = (status: "HEALTHY" | "UNKNOWN" | "UNHEALTHY") => ({
    containers: task("0").containers.map((container) => ({ ...container, health: { ...container.health, status } })),
  });
  expect(
    ids(
      task("1", containers("HEALTHY"), checked),
      task("2", containers("UNKNOWN"), checked),
      task("3", containers("UNHEALTHY"), checked),
      task("4", containers("UNKNOWN")),
    ),
  ).toEqual(["1", "4"]);
});

test("a task is of the colour it was born with, and the first colour has the traffic until a deployment moves it", () => {
  const registries = [{ registryArn: endpoint, port: 8000, slot: "ALTERNATE" as const, registered: true }];
  expect(connectHosts(endpoint, [task("1", { registries })], plans)).toMatchObject([{ slot: "ALTERNATE" }]);
  expect(slotSharesOf({}).production).toEqual({ PRIMARY: 100, ALTERNATE: 0 });
});
