/** What `fsd status` does and shows. */
import type { Roles } from "../aws/roles.ts";
import { frozenText, unfreezeHint } from "../deploy/freeze.ts";
import { isJob } from "../deploy/job/job-stack.ts";
import { type JobStatus, jobStatus } from "../deploy/job/job-status.ts";
import { type ServiceStatus, serviceStacks, status } from "../deploy/status.ts";
import { ExitCode } from "../model/exit-code.ts";
import { failure } from "../model/failures.ts";
import { approvalText, stackText } from "./approval-text.ts";
import { connect, namedServices } from "./connect.ts";
import { shortened } from "./deploy-text.ts";
import { nothingDeployed } from "./environment-name.ts";
import { jobMarks, showJob } from "./job-status-text.ts";
import type { Output } from "./output.ts";
import { pauseText } from "./pause-text.ts";
import type { Handler } from "./verb.ts";

export const statusHandler: Handler = async (context) => {
  const { output, given, clock } = context;
  const { aws, env, local, connection } = connect(context);
  const names = namedServices(context);
  const stacks = await serviceStacks(aws, env, names);
  const services = stacks.some(isJob) ? (await import("../aws/job-services.ts")).connectJobServices(connection) : undefined;
  const parameters = (await import("../aws/parameters.ts")).connectParameters(connection);
  let roles: Roles | undefined;
  const connectedRoles = async (): Promise<Roles> => {
    roles ??= (await import("../aws/roles.ts")).connectRoles(connection);
    return roles;
  };
  const all = await Promise.all(
    stacks.map((stack) =>
      isJob(stack) && services !== undefined
        ? jobStatus({ aws, services, parameters }, env, stack, clock.now())
        : status({ aws, parameters, roles: connectedRoles }, env, stack, local),
    ),
  );
  aws.close();
  parameters.close();
  services?.close();
  roles?.close();
  if (given.flag("url")) return showAddresses(all, names.length > 0, output);
  // One service or job asked for by name is one object; otherwise a list, also of one.
  if (output.format === "json") output.json(names.length === 1 ? all[0] : all);
  else if (all.length === 0) output.line(nothingDeployed(context));
  else if (names.length === 0 && all.length > 1) showTogether(all, output);
  else for (const [index, one] of all.entries()) showOne(one, index > 0, output);
  return ExitCode.done;
};

type Status = ServiceStatus | JobStatus;

function nameOf(one: Status): string {
  return one.kind === "job" ? one.job : one.service;
}

/** A job has none. */
function addressOf(one: Status): string | null {
  return one.kind === "job" ? null : one.url;
}

/** A line each; a service asked for by name must have an address. */
function showAddresses(all: readonly Status[], named: boolean, output: Output): ExitCode {
  const silent = all.filter((one) => addressOf(one) === null).map(nameOf);
  if (named && silent.length > 0) {
    throw failure(
      "FSD5002",
      `${silent.join(", ")} ${silent.length === 1 ? "has" : "have"} no address: nothing listens behind a load balancer`,
    );
  }
  const addresses = all.flatMap((one) => addressOf(one) ?? []);
  if (output.format === "json") output.json(addresses);
  else for (const address of addresses) output.line(address);
  return ExitCode.done;
}

/** Many services and jobs in a table, a line each; below it, all there is to say of those that are not as they should be. */
function showTogether(all: readonly Status[], output: Output): void {
  const { paint } = output;
  const rows = all.map((one) => {
    if (one.kind === "job") {
      const running = one.tasks.filter(({ lastStatus }) => lastStatus !== "STOPPED").length;
      return [one.job, `job, ${one.state}`, `${running}`, "-", one.liveRevision ?? "-", "-"];
    }
    const { service, state, desired, running, healthy, liveRevision, url } = one;
    return [service, state, `${running}/${desired}`, `${healthy}`, liveRevision ?? "-", url ?? "-"];
  });
  const head = ["service", "state", "tasks", "healthy", "live", "url"];
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => (row[column] as string).length)));
  const aligned = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] as number))
      .join("  ")
      .trimEnd();
  const markOf = (one: Status): string => (one.kind === "job" ? jobMarks(paint)[one.state] : marks(paint)[one.state]);
  const tooNarrow = output.live && Math.max(...[head, ...rows].map((row) => aligned(row).length)) + 2 > output.columns;
  if (tooNarrow) {
    // A table that the terminal breaks is no table: each service below itself.
    for (const [index, one] of all.entries()) {
      const [name = "", state = "", tasks, healthy, live, url] = rows[index] as string[];
      output.line(`${markOf(one)} ${paint.strong(name)} ${state}, tasks ${tasks}${healthy === "-" ? "" : `, healthy ${healthy}`}`);
      for (const cell of [live, url]) if (cell !== "-") output.line(`  ${cell}`);
    }
  } else {
    output.line(`  ${paint.faint(aligned(head))}`);
    for (const [index, one] of all.entries()) output.line(`${markOf(one)} ${aligned(rows[index] as string[])}`);
  }
  for (const one of all) if (!["steady", "stopped", "ready", "running"].includes(one.state)) showOne(one, true, output);
}

function showOne(one: Status, apart: boolean, output: Output): void {
  if (one.kind === "job") showJob(one, apart, output);
  else show(one, apart, output);
}

function marks(paint: Output["paint"]): Readonly<Record<ServiceStatus["state"], string>> {
  return {
    steady: paint.good("●"),
    deploying: paint.warn("◐"),
    degraded: paint.bad("●"),
    stopped: paint.faint("○"),
    missing: paint.bad("○"),
  };
}

function deployerText(controller: NonNullable<ServiceStatus["controller"]>): string {
  const who = controller === "CODE_DEPLOY" ? "CodeDeploy" : "a third party";
  return `${who} (deployment controller ${controller}): fsd shows its task sets and does not deploy it`;
}

function show(status: ServiceStatus, apart: boolean, output: Output): void {
  const { paint } = output;
  if (apart) output.line();
  const { service, env, state, desired, running, healthy, liveRevision } = status;
  output.line(
    `${marks(paint)[state]} ${paint.strong(service)} on ${env}: ${state}, ${running} of ${desired} tasks running, ${healthy} healthy`,
  );
  const rows: [string, string | null][] = [
    ["url", status.url === null ? null : paint.link(status.url)],
    ["live", liveRevision],
    ["image", status.image],
    ["stack", stackText(status.stack)],
    ["deployer", status.controller === undefined ? null : deployerText(status.controller)],
    ["approved", status.approval === null ? null : approvalText(status.approval)],
    ["frozen", status.frozen === null ? null : paint.bad(frozenText(status.frozen))],
    ["", status.frozen === null ? null : unfreezeHint(service, env)],
  ];
  for (const [name, value] of rows) if (value !== null) output.line(`  ${paint.faint(name.padEnd(8))} ${value}`);
  for (const { revision, status: place, rolloutState, running: runs, desired: wants, pending, failed } of status.deployments) {
    const numbers = [`${runs} of ${wants} running`, pending > 0 ? `${pending} pending` : "", failed > 0 ? `${failed} failed` : ""];
    output.line(
      `  ${paint.faint(place.toLowerCase().padEnd(8))} ${revision} ${rolloutState}: ${numbers.filter((number) => number !== "").join(", ")}`,
    );
  }
  if (status.ongoing?.lifecycleStage) output.line(`  ${paint.faint("stage")}    ${status.ongoing.lifecycleStage} ${status.ongoing.status}`);
  for (const pause of status.ongoing?.pauses ?? []) output.line(`  ${paint.warn(pauseText(pause, service, env))}`);
  for (const { id, revision, lastStatus, desiredStatus, health } of status.tasks) {
    const leaving = desiredStatus === "STOPPED" ? ", stopping" : "";
    output.line(
      `  ${paint.faint("task")}     ${id.slice(0, 8)} ${revision} ${lastStatus}${health === "UNKNOWN" ? "" : ` ${health}`}${leaving}`,
    );
  }
  if (status.cause !== null) {
    const { summary, evidence, fix, command } = status.cause;
    output.line(`  ${paint.bad("cause")}    ${summary}`);
    // The first line is the event, which stands below.
    for (const line of evidence.slice(1)) output.line(`           ${line}`);
    output.line(`  ${paint.faint("fix")}      ${fix}`);
    output.line(`           ${command}`);
  }
  if (state === "missing")
    output.line(`  The stack is ${status.stack.status} and holds no service: deploy again, or fsd delete ${service} --env ${env}`);
  for (const { at, message } of status.events.slice(0, 5)) output.line(`  ${paint.faint(at.slice(11, 19))} ${shortened(message)}`);
}
