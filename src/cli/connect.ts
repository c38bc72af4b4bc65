/** From `--env` and its companions to clients: the running local platform, or AWS. */
import { type Aws, type Connection, connectAws } from "../aws/aws.ts";
import { stateDirectory } from "../aws/platform-record.ts";
import { requirePlatform } from "../deploy/local-platform.ts";
import { checkEnvironmentName } from "./environment-name.ts";
import type { VerbContext } from "./verb.ts";

export interface Connected {
  readonly aws: Aws;
  readonly env: string;
  readonly local: boolean;
  /** For further clients of the same place. */
  readonly connection: Connection;
}

/** The built-in environment `local` says so (`fsd env show local`). */
const localRegion = "us-east-1";

/** Clients for a verb that needs no manifest. For `local` the platform must be running: only `deploy` and `local up` start it. */
export function connect(context: VerbContext): Connected {
  const { given, env: variables, cwd } = context;
  const env = given.text("env") ?? "local";
  checkEnvironmentName(env, context);
  const local = env === "local";
  const endpoint =
    given.text("endpoint") ?? (local ? requirePlatform(stateDirectory(given.text("stateDir"), variables, cwd)).endpoint : undefined);
  const region = given.text("region") ?? (local ? localRegion : undefined);
  const connection = { endpoint, region, anyCredentials: local };
  return { aws: connectAws(connection), env, local, connection };
}

/** Positional services and `--service`, without repetition. */
export function namedServices({ given }: VerbContext): string[] {
  return [...new Set([...given.arguments("service"), ...given.list("service")])];
}
