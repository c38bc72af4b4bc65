import {
  CreateScheduleCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  ListTagsForResourceCommand,
  ResourceNotFoundException,
  SchedulerClient,
  UntagResourceCommand,
} from "@aws-sdk/client-scheduler";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Listening } from "./listen.ts";
import { findRoute, labelsOf } from "./rest-route.ts";
import { strictGateway } from "./strict-gateway.testing.ts";

const seen: unknown[] = [];
let listening: Listening;
let client: SchedulerClient;

beforeAll(async () => {
  const gateway = strictGateway();
  gateway.mount("scheduler", {
    service: "scheduler",
    operations: {
      CreateSchedule: (input) => {
        seen.push(input);
        return { ScheduleArn: "arn:aws:scheduler:eu-west-1:000000000000:schedule/default/nightly" };
      },
      GetSchedule: (input) => {
        seen.push(input);
        if (input.Name === "gone")
          throw new ResourceNotFoundException({
            message: "Schedule gone does not exist.",
            Message: "Schedule gone does not exist.",
            $metadata: {},
          });
        return {
          Name: input.Name,
          CreationDate: new Date("2026-01-02T03:04:05.000Z"),
          Target: { Arn: "a", RoleArn: "r", RetryPolicy: { MaximumRetryAttempts: 0 } },
        };
      },
      ListSchedules: (input) => {
        seen.push(input);
        return { Schedules: [{ Name: "nightly" }] };
      },
      ListTagsForResource: (input) => {
        seen.push(input);
        return { Tags: [{ Key: "k", Value: "ü" }] };
      },
      UntagResource: (input) => {
        seen.push(input);
        return {};
      },
    },
  });
  listening = await gateway.listen(0);
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
  client = new SchedulerClient({ endpoint: listening.endpoint, region: "eu-west-1", credentials, maxAttempts: 1 });
});

afterAll(async () => {
  client.destroy();
  await listening.close();
});

describe("an SDK client speaking REST and JSON", () => {
  it("puts labels into the path, the rest into the body", async () => {
    const input = {
      Name: "nightly",
      ScheduleExpression: "cron(0 20 * * ? *)",
      FlexibleTimeWindow: { Mode: "OFF" as const },
      StartDate: new Date("2026-01-01T00:00:00.000Z"),
      Target: { Arn: "arn:aws:ecs:eu-west-1:000000000000:cluster/c", RoleArn: "arn:aws:iam::000000000000:role/r" },
      ClientToken: "token",
    };
    const created = await client.send(new CreateScheduleCommand(input));
    expect(created.ScheduleArn).toMatch(/nightly$/);
    expect(seen.at(-1)).toEqual(input);
  });

  it("puts what it asks for into the query, and reads dates and numbers", async () => {
    await expect(client.send(new GetScheduleCommand({ Name: "a.b", GroupName: "g" }))).resolves.toMatchObject({
      Name: "a.b",
      CreationDate: new Date("2026-01-02T03:04:05.000Z"),
      Target: { RetryPolicy: { MaximumRetryAttempts: 0 } },
    });
    expect(seen.at(-1)).toEqual({ Name: "a.b", GroupName: "g" });
    await client.send(new ListSchedulesCommand({ NamePrefix: "night", MaxResults: 5, GroupName: "g.h" }));
    expect(seen.at(-1)).toEqual({ NamePrefix: "night", MaxResults: 5, GroupName: "g.h" });
  });

  it("has slashes and lists in their places", async () => {
    const ResourceArn = "arn:aws:scheduler:eu-west-1:000000000000:schedule-group/default";
    await expect(client.send(new ListTagsForResourceCommand({ ResourceArn }))).resolves.toMatchObject({ Tags: [{ Key: "k", Value: "ü" }] });
    expect(seen.at(-1)).toEqual({ ResourceArn });
    await client.send(new UntagResourceCommand({ ResourceArn, TagKeys: ["a", "b c"] }));
    expect(seen.at(-1)).toEqual({ ResourceArn, TagKeys: ["a", "b c"] });
  });

  it("gets the service's own exceptions, refusals and the names of what is absent", async () => {
    const gone = client.send(new GetScheduleCommand({ Name: "gone" }));
    await expect(gone).rejects.toBeInstanceOf(ResourceNotFoundException);
    await expect(gone).rejects.toMatchObject({ message: "Schedule gone does not exist.", $metadata: { httpStatusCode: 404 } });
    await expect(client.send(new ListSchedulesCommand({ MaxResults: 1000 }))).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringContaining("'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100"),
    });
    await expect(client.send(new ListSchedulesCommand({ MaxResults: "x" as never }))).rejects.toMatchObject({
      name: "SerializationException",
    });
    await expect(client.send(new DeleteScheduleCommand({ Name: "x" }))).rejects.toMatchObject({
      name: "NotImplemented",
      message: "The local platform does not implement scheduler:DeleteSchedule",
    });
  });
});

describe("a route", () => {
  const http = (method: string, pattern: string) => ({ operation: `${method} ${pattern}`, http: { method, pattern, status: 200 } });
  const routes = [
    http("GET", "/a/{Name}"),
    http("GET", "/a/list"),
    http("GET", "/a/{Name}/b"),
    http("PUT", "/a/{Name}"),
    http("GET", "/files/{Key+}"),
  ];

  it("is the most literal one that fits", () => {
    expect(findRoute(routes, "GET", "/a/list")).toBe("GET /a/list");
    expect(findRoute(routes, "GET", "/a/other")).toBe("GET /a/{Name}");
    expect(findRoute(routes, "GET", "/a/x/b")).toBe("GET /a/{Name}/b");
    expect(findRoute(routes, "PUT", "/a/x/")).toBe("PUT /a/{Name}");
    expect(findRoute(routes, "GET", "/files/a/b/c")).toBe("GET /files/{Key+}");
    expect(findRoute(routes, "DELETE", "/a/x")).toBeUndefined();
    expect(findRoute(routes, "GET", "/")).toBeUndefined();
  });

  it("gives its labels decoded", () => {
    expect(labelsOf("/files/{Key+}", "/files/a%20b/c")).toEqual({ Key: "a b/c" });
    expect(labelsOf("/tags/{Arn}", "/tags/arn%3Aaws%2Fx")).toEqual({ Arn: "arn:aws/x" });
    expect(labelsOf("/tags/{Arn}", "/tags/%zz")).toEqual({ Arn: "%zz" });
  });
});
