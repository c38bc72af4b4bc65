/** What `fsd status` does and shows. */
import { type ServiceStatus, serviceStacks, status } from "../deploy/status.ts";
import { ExitCode } from "../model/exit-code.ts";
import { connect, namedServices } from "./connect.ts";
import { shortened } from "./deploy-text.ts";
import type { Output } from "./output.ts";
import type { Handler } from "./verb.ts";

export const statusHandler: Handler = async (context) => {
  const { output } = context;
  const { aws, env, local } = connect(context);
  const names = namedServices(context);
  const stacks = await serviceStacks(aws, env, names);
  const all = await Promise.all(stacks.map((stack) => status(aws, env, stack, local)));
  aws.close();
  // One service asked for by name is one object; otherwise a list, also of one.
  if (output.format === "json") output.json(names.length === 1 ? all[0] : all);
  else if (all.length === 0) output.line(`Nothing is deployed in the environment ${env}.`);
  else for (const [index, one] of all.entries()) show(one, index > 0, output);
  return ExitCode.done;
};

function show(status: ServiceStatus, apart: boolean, output: Output): void {
  const { paint } = output;
  const mark = {
    steady: paint.good("●"),
    deploying: paint.warn("◐"),
    degraded: paint.bad("●"),
    stopped: paint.faint("○"),
    missing: paint.bad("○"),
  };
  if (apart) output.line();
  const { service, env, state, desired, running, healthy, liveRevision } = status;
  output.line(`${mark[state]} ${paint.strong(service)} on ${env}: ${state}, ${running} of ${desired} tasks running, ${healthy} healthy`);
  const rows: [string, string | null][] = [
    ["url", status.url === null ? null : paint.link(status.url)],
    ["live", liveRevision],
    ["image", status.image],
    ["stack", `${status.stack.name} ${status.stack.status}`],
  ];
  for (const [name, value] of rows) if (value !== null) output.line(`  ${paint.faint(name.padEnd(7))} ${value}`);
  for (const { revision, status: place, rolloutState, running: runs, desired: wants, pending, failed } of status.deployments) {
    const numbers = [`${runs} of ${wants} running`, pending > 0 ? `${pending} pending` : "", failed > 0 ? `${failed} failed` : ""];
    output.line(
      `  ${paint.faint(place.toLowerCase().padEnd(7))} ${revision} ${rolloutState}: ${numbers.filter((number) => number !== "").join(", ")}`,
    );
  }
  for (const { id, revision, lastStatus, desiredStatus, health } of status.tasks) {
    const leaving = desiredStatus === "STOPPED" ? ", stopping" : "";
    output.line(
      `  ${paint.faint("task")}    ${id.slice(0, 8)} ${revision} ${lastStatus}${health === "UNKNOWN" ? "" : ` ${health}`}${leaving}`,
    );
  }
  if (state === "missing")
    output.line(`  The stack is ${status.stack.status} and holds no service: deploy again, or fsd delete ${service} --env ${env}`);
  for (const { at, message } of status.events.slice(0, 5)) output.line(`  ${paint.faint(at.slice(11, 19))} ${shortened(message)}`);
}
