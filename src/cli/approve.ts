/** Asking before a deployed environment is changed; in a protected one what was agreed to is recorded as well. */
import type { Aws } from "../aws/aws.ts";
import { type Approval, recordApproval } from "../deploy/protection/approval.ts";
import { findStack } from "../deploy/stack/stack.ts";
import { environmentStackName } from "../synth/names.ts";
import { confirm } from "./confirm.ts";
import type { Connected } from "./connect.ts";
import type { VerbContext } from "./verb.ts";

/** Keeps, before its change begins, that it was approved: of a service or job, or of the environment itself (null). */
export type Recorder = (service: string | null, change: Pick<Approval, "verb" | "about" | "force">) => Promise<void>;

/** Whether the environment is protected, by its stack: what needs no file asks nothing else. */
export async function isProtected(aws: Aws, env: string): Promise<boolean> {
  return (await findStack(aws, environmentStackName(env)))?.terminationProtection === true;
}

/** Goes on when `--yes` was given or the person agrees, else fails as declined. The recorder records nothing where nothing is protected. */
export async function approve(
  context: VerbContext,
  { aws, env, connection }: Pick<Connected, "aws" | "env" | "connection">,
  guarded: boolean,
  question: string,
): Promise<Recorder> {
  const how = await confirm(context, question);
  if (!guarded) return async () => undefined;
  const { Arn: by = "" } = await aws.sts.getCallerIdentity({});
  const { connectParameters } = await import("../aws/parameters.ts");
  return async (service, change) => {
    const parameters = connectParameters(connection);
    try {
      await recordApproval(parameters, env, service, { at: new Date(context.clock.now()).toISOString(), by, how, ...change });
    } finally {
      parameters.close();
    }
  };
}
