/** What `fsd approvals` does and shows. JSON is a list of approvals, newest first; `service` is null for the environment's own. */
import { connectParameters } from "../aws/parameters.ts";
import { approvalHistory, approvedServices } from "../deploy/protection/approval.ts";
import { didYouMean } from "../manifest/did-you-mean.ts";
import { ExitCode } from "../model/exit-code.ts";
import { failure } from "../model/failures.ts";
import { approvalText } from "./approval-text.ts";
import { connect, namedServices } from "./connect.ts";
import { wholeOption } from "./quantity-text.ts";
import type { Handler } from "./verb.ts";

/** Shown unless `--tail` says otherwise. */
const usual = 20;

export const approvalsHandler: Handler = async (context) => {
  const { given, output } = context;
  const names = namedServices(context);
  const tail = wholeOption(given, "tail") ?? usual;
  const { aws, env, connection } = connect(context);
  const parameters = connectParameters(connection);
  try {
    const known = await approvedServices(parameters, env);
    for (const name of names) if (!known.includes(name)) throw nothingApproved(name, env, known);
    const wanted = names.length === 0 ? [null, ...known] : names;
    const all = (await Promise.all(wanted.map((service) => approvalHistory(parameters, env, service)))).flat();
    const newest = all.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : b.version - a.version)).slice(0, tail);
    if (output.format === "json") output.json(newest);
    else if (all.length === 0)
      output.line(`Nothing was approved on ${env}: approvals are recorded where an environment says protect: true.`);
    for (const approval of output.format === "json" ? [] : newest) {
      output.line(`${approval.verb.padEnd(8)} ${output.paint.strong(approval.service ?? env)} ${approvalText(approval)}`);
      if (approval.image !== undefined) output.line(`         ${output.paint.faint(approval.image)}`);
    }
    return ExitCode.done;
  } finally {
    aws.close();
    parameters.close();
  }
};

function nothingApproved(name: string, env: string, known: readonly string[]): Error {
  const meant = didYouMean(name, known);
  return failure("FSD5002", `nothing of ${name} was approved on ${env}`, {
    hint:
      meant !== undefined
        ? `did you mean ${meant}?`
        : known.length === 0
          ? "approvals are recorded where an environment says protect: true"
          : `there are approvals of: ${known.join(", ")}`,
  });
}
