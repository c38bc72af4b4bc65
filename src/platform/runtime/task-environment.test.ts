import { expect, it } from "vitest";
import type { ContainerLaunch, TaskLaunch } from "../../model/task-launch.ts";
import { taskEnvironment } from "./task-environment.ts";

it("a queue's address leads to the platform from inside a task, and nothing else is touched", () => {
  const environment = {
    QUEUE_URL: "http://127.0.0.1:4566/000000000000/jobs.fifo",
    SIDECAR: "http://127.0.0.1:4566/000000000000/jobs/more",
    AWS_QUEUE_URL: "https://sqs.eu-west-1.amazonaws.com/000000000000/jobs",
    FOREIGN_QUEUE_URL: "https://sqs.eu-west-1.amazonaws.com/111111111111/jobs",
    OWN: "http://127.0.0.1:8080/health",
  };
  const made = taskEnvironment({
    launch: { account: "000000000000", region: "eu-west-1" } as TaskLaunch,
    container: { environment } as unknown as ContainerLaunch,
    image: {},
    secrets: {},
    endpoints: { gateway: "http://169.254.170.2:4566", agent: "http://169.254.170.2", agentIsStandard: true },
    runtimeId: "r",
    home: "/",
    hostname: "h",
    interpreterPaths: [],
  });
  expect(made).toMatchObject({
    ...environment,
    QUEUE_URL: "http://169.254.170.2:4566/000000000000/jobs.fifo",
    AWS_QUEUE_URL: "http://169.254.170.2:4566/000000000000/jobs",
  });
});
