/** What `fsd delete` does and shows. */
import type { JobServices } from "../aws/job-services.ts";
import { deleteStacks } from "../deploy/delete.ts";
import { forgetFreeze } from "../deploy/freeze.ts";
import { rhythmOf } from "../deploy/polling.ts";
import { refuseProtected } from "../deploy/protection/protection.ts";
import { findStack, type StackView } from "../deploy/stack/stack.ts";
import { serviceStacks } from "../deploy/status.ts";
import { ExitCode } from "../model/exit-code.ts";
import { failure } from "../model/failures.ts";
import { environmentStackName } from "../synth/names.ts";
import { approve } from "./approve.ts";
import { connect, namedServices } from "./connect.ts";
import { nothingDeployed } from "./environment-name.ts";
import type { Handler } from "./verb.ts";

export const deleteHandler: Handler = async (context) => {
  const { given, output, clock, signal } = context;
  const names = namedServices(context);
  const all = given.flag("all");
  if (names.length === 0 && !all) throw failure("FSD5001", "name the services or jobs to delete, or --all for the whole environment");
  if (names.length > 0 && all) throw failure("FSD5001", "--all deletes every service: name none beside it");
  const connected = connect(context);
  const { aws, env, local, connection } = connected;
  const [environment, services] = await Promise.all([findStack(aws, environmentStackName(env)), serviceStacks(aws, env, names)]);
  const stacks: StackView[] = [...services, ...(all && environment !== undefined ? [environment] : [])];
  if (stacks.length === 0) {
    if (output.format === "text") output.line(nothingDeployed(context));
    return ExitCode.done;
  }
  const force = given.flag("force");
  const guarded = environment?.terminationProtection === true || stacks.some(({ terminationProtection }) => terminationProtection);
  if (!force) refuseProtected(env, environment === undefined || all ? stacks : [environment, ...stacks]);
  const question = `Delete ${stacks.map(({ name }) => name).join(", ")}${guarded ? `, with all protection lifted` : ""}?`;
  const record = await approve(context, connected, guarded, question);
  const before = async ({ name, tags }: StackView): Promise<void> => {
    const about = `deletes ${name}${guarded ? ", its protection lifted" : ""}`;
    await record(tags["fsd:service"] ?? null, { verb: "delete", about, ...(force ? { force } : {}) });
  };
  let jobs: JobServices | undefined;
  const jobServices = async (): Promise<JobServices> => {
    jobs ??= (await import("../aws/job-services.ts")).connectJobServices(connection);
    return jobs;
  };
  const { connectParameters } = await import("../aws/parameters.ts");
  const parameters = connectParameters(connection);
  for await (const event of deleteStacks({ aws, clock, signal, rhythm: rhythmOf({ local }), stacks, jobServices, lift: guarded, before })) {
    const service = stacks.find(({ name }) => name === event.stack)?.tags["fsd:service"];
    if (event.type === "deleted" && service !== undefined) await forgetFreeze(parameters, env, service);
    if (output.format === "json") output.jsonLine(event);
    else if (event.type === "deleting") output.note(`deleting ${event.stack} …`);
    else {
      const { stoppedTasks = 0 } = event;
      const stopped = stoppedTasks === 0 ? "" : `, ${stoppedTasks} running task${stoppedTasks === 1 ? "" : "s"} stopped`;
      output.line(`${output.paint.good("✓")} deleted ${event.stack}${stopped} ${output.paint.faint(`${event.seconds} s`)}`);
    }
  }
  aws.close();
  parameters.close();
  jobs?.close();
  return ExitCode.done;
};
