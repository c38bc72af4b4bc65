/** What `fsd delete` does and shows. */
import { deleteStacks } from "../deploy/delete.ts";
import { rhythmOf } from "../deploy/polling.ts";
import { findStack, type StackView } from "../deploy/stack/stack.ts";
import { serviceStacks } from "../deploy/status.ts";
import { ExitCode } from "../model/exit-code.ts";
import { failure } from "../model/failures.ts";
import { confirm } from "./confirm.ts";
import { connect, namedServices } from "./connect.ts";
import type { Handler } from "./verb.ts";

export const deleteHandler: Handler = async (context) => {
  const { given, output, clock, signal } = context;
  const names = namedServices(context);
  const all = given.flag("all");
  if (names.length === 0 && !all) throw failure("FSD5001", "name the services to delete, or --all for the whole environment");
  if (names.length > 0 && all) throw failure("FSD5001", "--all deletes every service: name none beside it");
  const { aws, env, local } = connect(context);
  const environment = all ? await findStack(aws, `fsd-${env}`) : undefined;
  const stacks: StackView[] = [...(await serviceStacks(aws, env, names)), ...(environment === undefined ? [] : [environment])];
  if (stacks.length === 0) {
    if (output.format === "json") output.json({ env, deleted: [] });
    else output.line(`Nothing is deployed in the environment ${env}.`);
    return ExitCode.done;
  }
  await confirm(context, `Delete ${stacks.map(({ name }) => name).join(", ")}?`);
  for await (const event of deleteStacks({ aws, clock, signal, rhythm: rhythmOf({ local }), stacks })) {
    if (output.format === "json") output.jsonLine(event);
    else if (event.type === "deleting") output.note(`deleting ${event.stack} …`);
    else output.line(`${output.paint.good("✓")} deleted ${event.stack} ${output.paint.faint(`${event.seconds} s`)}`);
  }
  aws.close();
  return ExitCode.done;
};
