/** What `fsd delete` does and shows. */
import type { JobServices } from "../aws/job-services.ts";
import { deleteStacks } from "../deploy/delete.ts";
import { forgetFreeze } from "../deploy/freeze.ts";
import { rhythmOf } from "../deploy/polling.ts";
import { findStack, type StackView } from "../deploy/stack/stack.ts";
import { serviceStacks } from "../deploy/status.ts";
import { ExitCode } from "../model/exit-code.ts";
import { failure } from "../model/failures.ts";
import { confirm } from "./confirm.ts";
import { connect, namedServices } from "./connect.ts";
import { nothingDeployed } from "./environment-name.ts";
import type { Handler } from "./verb.ts";

export const deleteHandler: Handler = async (context) => {
  const { given, output, clock, signal } = context;
  const names = namedServices(context);
  const all = given.flag("all");
  if (names.length === 0 && !all) throw failure("FSD5001", "name the services or jobs to delete, or --all for the whole environment");
  if (names.length > 0 && all) throw failure("FSD5001", "--all deletes every service: name none beside it");
  const { aws, env, local, connection } = connect(context);
  const environment = all ? await findStack(aws, `fsd-${env}`) : undefined;
  const stacks: StackView[] = [...(await serviceStacks(aws, env, names)), ...(environment === undefined ? [] : [environment])];
  if (stacks.length === 0) {
    if (output.format === "json") output.json({ env, deleted: [] });
    else output.line(nothingDeployed(context));
    return ExitCode.done;
  }
  await confirm(context, `Delete ${stacks.map(({ name }) => name).join(", ")}?`);
  let services: JobServices | undefined;
  const jobServices = async (): Promise<JobServices> => {
    services ??= (await import("../aws/job-services.ts")).connectJobServices(connection);
    return services;
  };
  const { connectParameters } = await import("../aws/parameters.ts");
  const parameters = connectParameters(connection);
  for await (const event of deleteStacks({ aws, clock, signal, rhythm: rhythmOf({ local }), stacks, jobServices })) {
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
  services?.close();
  return ExitCode.done;
};
