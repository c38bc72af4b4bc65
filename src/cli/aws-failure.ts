/** What AWS refuses, and an endpoint that does not answer, as expected failures: they are no defects of fsd. */
import { statfsSync } from "node:fs";
import { stateDirectory } from "../aws/platform-record.ts";
import { isFsdError } from "../kit/fsd-error.ts";
import { LOCAL } from "../manifest/resolve-environment.ts";
import { failure } from "../model/failures.ts";
import { meantHere } from "./environment-name.ts";
import type { VerbContext } from "./verb.ts";

interface Spoken {
  /** The environment's. */
  readonly name: string;
  /** Of the local platform, when it is that which was spoken to. */
  readonly stateDir: string | undefined;
  /** A hint when the environment's name looks like another's. */
  readonly meant: () => string | undefined;
}

/** The error as it is to be told; one that AWS has no part in is left as it is. */
export function awsFailure(error: unknown, context: VerbContext): unknown {
  const { given, env, cwd } = context;
  const name = given.text("env") ?? LOCAL;
  return asFailure(error, {
    name,
    stateDir: name === LOCAL ? stateDirectory(given.text("stateDir"), env, cwd) : undefined,
    meant: () => meantHere(name, context),
  });
}

function asFailure(error: unknown, { name, stateDir, meant }: Spoken): unknown {
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
    return failure("FSD7002", `no AWS region is set for the environment ${name}`, {
      hint: orElse(meant(), "set environment.region, AWS_REGION, or --region"),
    });
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
