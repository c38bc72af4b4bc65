/**
 * Spot's reclaim, on demand: AWS takes Fargate Spot capacity back when it likes and has no API for it, so this is a route
 * of the platform's own, `POST /_fsd/reclaim-spot-tasks?serviceArn=…&count=…`. The tasks get what AWS gives: the warning as
 * an EventBridge event, the stop signal at once, and the stop code SpotInterruption.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Controller } from "../../../controller/controller.ts";
import type { Route } from "../../gateway/gateway.ts";
import { refuseForeignOrigin } from "../../gateway/refuse-foreign-origin.ts";

/** Answers `{"reclaimed": [task ARN …]}`: the oldest running tasks on FARGATE_SPOT, all unless `count` says how many. */
export function spotReclaimRoute(controller: Controller): Route {
  return (request, response) => {
    const [path, query = ""] = (request.url ?? "").split("?", 2);
    if (path !== "/_fsd/reclaim-spot-tasks" || request.method !== "POST") return false;
    const searchParams = new URLSearchParams(query);
    if (isForeign(request)) return answer(response, 403, { message: "The local platform does not answer pages of other sites" });
    const count = Number(searchParams.get("count") ?? Number.POSITIVE_INFINITY);
    if (!(count >= 1)) return answer(response, 400, { message: "count must be at least 1" });
    const tasks = controller
      .liveTasks(searchParams.get("serviceArn") ?? "")
      .filter(
        ({ capacityProviderName, desiredStatus, lastStatus }) =>
          capacityProviderName === "FARGATE_SPOT" && desiredStatus === "RUNNING" && lastStatus === "RUNNING",
      )
      .sort((a, b) => a.createdAt - b.createdAt)
      .slice(0, count);
    for (const { taskArn } of tasks) controller.interruptSpot(taskArn);
    return answer(response, 200, { reclaimed: tasks.map(({ taskArn }) => taskArn) });
  };
}

function isForeign({ headers }: IncomingMessage): boolean {
  try {
    refuseForeignOrigin(headers);
    return false;
  } catch {
    return true;
  }
}

function answer(response: ServerResponse, status: number, body: object): true {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  return true;
}
