/** What `fsd unfreeze` does and shows. JSON is a list of `{service, env, unfrozen}`; `unfrozen` is null where nothing was frozen. */
import { connectParameters } from "../aws/parameters.ts";
import { unfreeze } from "../deploy/freeze.ts";
import { serviceStacks } from "../deploy/status.ts";
import { ExitCode } from "../model/exit-code.ts";
import { failure } from "../model/failures.ts";
import { connect, namedServices } from "./connect.ts";
import type { Handler } from "./verb.ts";

export const unfreezeHandler: Handler = async (context) => {
  const { given, output, clock } = context;
  const names = namedServices(context);
  if (names.length === 0) throw failure("FSD5001", "name the services to unfreeze", { hint: "fsd status shows which are frozen" });
  const reason = given.text("reason")?.trim() ?? "";
  if (reason === "") {
    throw failure("FSD5001", "--reason says why deployments may go on", {
      hint: 'as in: --reason "the database is back"; it is kept with the environment',
    });
  }
  const { aws, env, connection } = connect(context);
  // A name that is not deployed is a slip, not a service that is not frozen.
  await serviceStacks(aws, env, names);
  const { Arn: by = "" } = await aws.sts.getCallerIdentity({});
  const parameters = connectParameters(connection);
  const done = [];
  for (const service of names) {
    const at = new Date(clock.now()).toISOString();
    const unfrozen = (await unfreeze(parameters, env, service, { at, by, reason: reason.slice(0, 1000) })) ?? null;
    done.push({ service, env, unfrozen });
    if (output.format === "text")
      output.line(
        unfrozen === null ? `${service} on ${env} is not frozen.` : `${output.paint.good("✓")} ${service} on ${env} may be deployed again`,
      );
  }
  if (output.format === "json") output.json(done);
  aws.close();
  parameters.close();
  return ExitCode.done;
};
