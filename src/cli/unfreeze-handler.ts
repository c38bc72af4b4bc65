/** What `fsd unfreeze` does and shows. JSON is a list of `{service, env, unfrozen}`; `unfrozen` is null where nothing was frozen. */
import { connectParameters } from "../aws/parameters.ts";
import { findFreeze, unfreeze } from "../deploy/freeze.ts";
import { serviceStacks } from "../deploy/status.ts";
import { ExitCode } from "../model/exit-code.ts";
import { failure } from "../model/failures.ts";
import { approve, isProtected } from "./approve.ts";
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
  const connected = connect(context);
  const { aws, env, connection } = connected;
  // A name that is not deployed is a slip, not a service that is not frozen.
  const [, guarded] = await Promise.all([serviceStacks(aws, env, names), isProtected(aws, env)]);
  const parameters = connectParameters(connection);
  const frozen: string[] = [];
  for (const service of guarded ? names : []) if ((await findFreeze(parameters, env, service)) !== undefined) frozen.push(service);
  const question = `Unfreeze ${frozen.join(", ")} on ${env}, which is protected?`;
  const record = frozen.length === 0 ? undefined : await approve(context, connected, guarded, question);
  const { Arn: by = "" } = await aws.sts.getCallerIdentity({});
  const done = [];
  for (const service of names) {
    const at = new Date(clock.now()).toISOString();
    if (frozen.includes(service)) await record?.(service, { verb: "unfreeze", about: `lets ${service} be deployed again: ${reason}` });
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
