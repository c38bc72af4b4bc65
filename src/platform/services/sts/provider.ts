/**
 * AWS Security Token Service: who asks, and temporary credentials of a role. Credentials open nothing here, since the
 * gateway accepts any; they carry the identity, so that a task asking `GetCallerIdentity` learns the role it runs as.
 */
import type { Clock } from "../../../kit/clock.ts";
import type { Ids } from "../../../kit/ids.ts";
import { parseArn, partitionOf } from "../../../model/arn.ts";
import { AwsFault } from "../../gateway/aws-fault.ts";
import type { Call, Provider } from "../../gateway/operations.ts";
import type { Store } from "../../persistence/store.ts";

export interface StsDependencies {
  readonly store: Store;
  readonly clock: Pick<Clock, "now">;
  readonly ids: Ids;
  /** Looks up the role that is assumed, in IAM. */
  readonly call: Call;
}

/** Temporary credentials that were handed out. The secret parts are not kept: nothing checks them. */
interface Session {
  readonly accessKeyId: string;
  readonly assumedRoleArn: string;
  /** `AROA…:session` */
  readonly userId: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

const HOUR_SECONDS = 3600;

export function stsProvider({ store, clock, ids, call }: StsDependencies): Provider<"sts"> {
  const sessions = store.collection<Session>("sts.session");

  const forgetExpired = (): void => {
    for (const { accessKeyId, expiresAt } of sessions.list()) if (expiresAt < clock.now()) sessions.delete(accessKeyId);
  };

  return {
    service: "sts",
    operations: {
      GetCallerIdentity: (_input, { account, region, accessKeyId }) => {
        const session = accessKeyId === undefined ? undefined : sessions.get(accessKeyId);
        if (session === undefined) return { Account: account, Arn: `arn:${partitionOf(region)}:iam::${account}:root`, UserId: account };
        if (session.expiresAt < clock.now()) {
          throw new AwsFault("ExpiredToken", "The security token included in the request is expired", 403);
        }
        return { Account: account, Arn: session.assumedRoleArn, UserId: session.userId };
      },

      GetAccessKeyInfo: (_input, { account }) => ({ Account: account }),

      AssumeRole: async ({ RoleArn = "", RoleSessionName = "", DurationSeconds = HOUR_SECONDS }, { account, region }) => {
        const arn = parseArn(RoleArn);
        const roleName = /^role\/(?:.*\/)?([^/]+)$/.exec(arn?.resource ?? "")?.[1];
        if (arn === undefined || roleName === undefined) throw new AwsFault("ValidationError", `${RoleArn} is invalid`);
        const refused = new AwsFault(
          "AccessDenied",
          `User: arn:${partitionOf(region)}:iam::${account}:root is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
          403,
        );
        if (arn.account !== account) throw refused;
        const role = await call("iam", "GetRole", { RoleName: roleName }, { region }).then(
          ({ Role }) => Role,
          (failure: Error) => {
            if (failure.name === "NoSuchEntityException") throw refused;
            throw failure;
          },
        );
        forgetExpired();
        const expiresAt = clock.now() + DurationSeconds * 1000;
        const session: Session = {
          accessKeyId: `ASIA${ids.hex(16).toUpperCase()}`,
          assumedRoleArn: `arn:${partitionOf(region)}:sts::${account}:assumed-role/${roleName}/${RoleSessionName}`,
          userId: `${role?.RoleId}:${RoleSessionName}`,
          expiresAt,
        };
        sessions.put(session.accessKeyId, session);
        return {
          Credentials: {
            AccessKeyId: session.accessKeyId,
            SecretAccessKey: ids.hex(40),
            SessionToken: Buffer.from(ids.hex(128), "hex").toString("base64"),
            Expiration: new Date(expiresAt),
          },
          AssumedRoleUser: { AssumedRoleId: session.userId, Arn: session.assumedRoleArn },
        };
      },
    },
  };
}
