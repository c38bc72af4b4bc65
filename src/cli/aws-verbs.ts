/**
 * The handlers of the verbs that talk to AWS. It is the entry of the command's second bundle: importing it dynamically,
 * and nothing behind it from elsewhere in `cli`, keeps the SDK out of the start of every other verb.
 */
import { approvalsHandler } from "./approvals-handler.ts";
import { awsFailure } from "./aws-failure.ts";
import { deleteHandler } from "./delete-handler.ts";
import { deployHandler } from "./deploy-handler.ts";
import { logsHandler } from "./logs-handler.ts";
import { abortHandler, promoteHandler } from "./promote-handler.ts";
import { reclaimHandler } from "./reclaim-handler.ts";
import { runHandler } from "./run-handler.ts";
import { statusHandler } from "./status-handler.ts";
import { unfreezeHandler } from "./unfreeze-handler.ts";
import type { Handler } from "./verb.ts";

export const handlers = {
  deploy: withAwsFailures(deployHandler),
  status: withAwsFailures(statusHandler),
  run: withAwsFailures(runHandler),
  logs: withAwsFailures(logsHandler),
  delete: withAwsFailures(deleteHandler),
  promote: withAwsFailures(promoteHandler),
  abort: withAwsFailures(abortHandler),
  unfreeze: withAwsFailures(unfreezeHandler),
  approvals: withAwsFailures(approvalsHandler),
  reclaim: withAwsFailures(reclaimHandler),
};

/** What AWS refuses, and an endpoint that does not answer, are expected failures and no defects of fsd. */
function withAwsFailures(handler: Handler): Handler {
  return async (context) => {
    try {
      return await handler(context);
    } catch (error) {
      throw awsFailure(error, context);
    }
  };
}
