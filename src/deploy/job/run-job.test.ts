import { createServer } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectAws } from "../../aws/aws.ts";
import { connectJobServices } from "../../aws/job-services.ts";
import { SystemClock } from "../../kit/clock.ts";
import { rhythmOf } from "../polling.ts";
import { runJob } from "./run-job.ts";

const lacking = { reason: "Capacity is unavailable at this time. Please try again later or in a different availability zone" };

describe("a run that ECS refuses", () => {
  let answer: object = {};
  const asked: string[] = [];
  // An ECS that answers RunTask with what it is told, and nothing else.
  const server = createServer((request, response) => {
    asked.push(String(request.headers["x-amz-target"]).replace(/.*\./, ""));
    request.resume().on("end", () => response.setHeader("content-type", "application/x-amz-json-1.1").end(JSON.stringify(answer)));
  });
  let endpoint: string;
  beforeEach(async () => {
    asked.length = 0;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    endpoint = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  });
  afterEach(() => server.close());

  it.each([
    ["all of it", [], 1, "no task was started"],
    ["a part", [{ taskArn: "arn:aws:ecs:us-east-1:000000000000:task/fsd-local/1" }], 2, "1 of 2 tasks were started and go on"],
  ])("%s is told with ECS's reason and what was started, once, and not waited for", async (_, tasks, count, begun) => {
    answer = { tasks, failures: Array(count - tasks.length).fill(lacking) };
    const connection = { endpoint, region: "us-east-1", anyCredentials: true };
    const aws = connectAws(connection);
    const services = connectJobServices(connection);
    const network = { subnets: ["subnet-1"], securityGroups: ["sg-1"], assignPublicIp: "DISABLED" } as const;
    const job = {
      ...{
        name: "etl",
        cluster: "fsd-local",
        taskDefinition: "etl:1",
        count,
        network: { ...network, subnets: ["subnet-1"], securityGroups: ["sg-1"] },
      },
      ...{ machine: undefined, scheduleGroup: undefined, logGroup: undefined },
    };
    const events = runJob({
      ...{ aws, services, clock: new SystemClock(), signal: new AbortController().signal, rhythm: rhythmOf({ local: true }) },
      ...{ env: "local", job, command: undefined, environment: {}, count: undefined, wait: true },
    });
    await expect(events.next()).rejects.toMatchObject({
      code: "FSD8006",
      message: `ECS cannot run etl: ${lacking.reason}; ${begun}`,
      hint: "try again later, or in other subnets when it is capacity that lacks",
    });
    expect(asked).toEqual(["RunTask"]);
    aws.close();
    services.close();
  });
});
