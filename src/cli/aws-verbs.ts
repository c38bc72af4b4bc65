/**
 * The handlers of the verbs that talk to AWS. It is the entry of the command's second bundle: importing it dynamically,
 * and nothing behind it from elsewhere in `cli`, keeps the SDK out of the start of every other verb.
 */
import { statfsSync } from "node:fs";
import { stateDirectory } from "../aws/platform-record.ts";
import { isFsdError } from "../kit/fsd-error.ts";
import { LOCAL } from "../manifest/resolve-environment.ts";
import { failure } from "../model/failures.ts";
import { approvalsHandler } from "./approvals-handler.ts";
import { deleteHandler } from "./delete-handler.ts";
import { deployHandler } from "./deploy-handler.ts";
import { meantHere } from "./environment-name.ts";
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
      const { given, env, cwd } = context;
      const name = given.text("env") ?? LOCAL;
      throw asFailure(error, {
        stateDir: name === LOCAL ? stateDirectory(given.text("stateDir"), env, cwd) : undefined,
        meant: () => meantHere(name, context),
      });
    }
  };
}

interface Spoken {
  /** Of the local platform, when it is that which was spoken to. */
  readonly stateDir: string | undefined;
  /** A hint when the environment's name looks like another's. */
  readonly meant: () => string | undefined;
}

function asFailure(error: unknown, { stateDir, meant }: Spoken): unknown {
  if (!(error instanceof Error) || isFsdError(error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined && ["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "ETIMEDOUT", "EAI_AGAIN", "EHOSTUNREACH"].includes(code)) {
    return failure("FSD7003", `the endpoint does not answer: ${error.message || code}`, {
      hint: stateDir === undefined ? "check the network and --endpoint" : howToComeBack(stateDir),
      cause: error,
    });
  }
  if (
    error.name === "CredentialsProviderError" ||
    /^(ExpiredToken|UnrecognizedClient|InvalidClientTokenId|SignatureDoesNotMatch)/.test(error.name)
  ) {
    return failure("FSD7002", `no valid AWS credentials: ${error.message}`, {
      hint: orElse(meant(), "log in, or set AWS_PROFILE"),
      cause: error,
    });
  }
  if (/region is missing/i.test(error.message))
    return failure("FSD7002", "no AWS region is set", { hint: orElse(meant(), "set environment.region, AWS_REGION, or --region") });
  if (!("$metadata" in error)) return error;
  return failure("FSD7002", `AWS refuses the request: ${error.name}: ${error.message}`, { cause: error });
}

function orElse(meant: string | undefined, hint: string): string {
  return meant === undefined ? hint : `${meant} else ${hint}`;
}

/** Less than this and a database cannot write: the platform then ends rather than acknowledge what it cannot keep. */
const fullBytes = 1024 * 1024;

function howToComeBack(stateDir: string): string {
  const back = "fsd local up brings the platform back, and what it had begun goes on; then fsd status";
  return isFull(stateDir) ? `the disk of ${stateDir} is full: make room there, or choose another --state-dir; then ${back}` : back;
}

function isFull(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize < fullBytes;
  } catch {
    return false; // The folder is gone, which the next start tells.
  }
}
