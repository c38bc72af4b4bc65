/** Credentials of a role that is assumed with the caller's own: `roles.deployRoleArn` of an environment. */
import { getDefaultRoleAssumer, STSClient } from "@aws-sdk/client-sts";
import { type Connection, clientSettings } from "./aws.ts";

type Credentials = Awaited<ReturnType<ReturnType<typeof getDefaultRoleAssumer>>>;

/** Credentials that end sooner than this are replaced, as the SDK does with its own. */
const leastMs = 5 * 60_000;

/**
 * The same place, called as the role in a session of that name (STS `AssumeRole`, for an hour, then again). The role is
 * assumed once for all clients that are made from it, with the first call; a role that may not be assumed fails that call.
 */
export function asRole(connection: Connection, roleArn: string, session: string, now: () => number): Connection {
  const settings = clientSettings(connection);
  const own = new STSClient(settings).config.credentials;
  const assume = getDefaultRoleAssumer(settings);
  let assumed: Promise<Credentials> | undefined;
  let renewAt = 0;
  const anew = async (): Promise<Credentials> => {
    try {
      const given = await assume(await own(), { RoleArn: roleArn, RoleSessionName: session });
      renewAt = (given.expiration?.getTime() ?? Number.POSITIVE_INFINITY) - leastMs;
      return given;
    } catch (error) {
      renewAt = 0;
      throw error;
    }
  };
  return {
    ...connection,
    credentials: () => {
      if (assumed === undefined || now() >= renewAt) {
        // Whoever asks meanwhile waits for the same answer.
        renewAt = Number.POSITIVE_INFINITY;
        assumed = anew();
      }
      return assumed;
    },
  };
}
