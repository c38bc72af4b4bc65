/** Who deploys, and where: the caller's account must be the document's before any other call is made. */
import type { Aws } from "../../aws/aws.ts";
import type { ResolvedEnvironment } from "../../manifest/resolved.ts";
import { failure } from "../../model/failures.ts";
import type { Place } from "../image/image-choice.ts";

export interface Caller extends Place {
  /** ARN. */
  readonly caller: string;
}

/** Fails as FSD7001 with credentials of another account. */
export async function checkedCaller(aws: Aws, environment: ResolvedEnvironment): Promise<Caller> {
  const [{ Account: account = "", Arn: caller = "" }, region] = await Promise.all([aws.sts.getCallerIdentity({}), aws.region()]);
  if (environment.account !== undefined && !environment.local && account !== environment.account) {
    throw failure(
      "FSD7001",
      `these credentials are of account ${account}, the environment ${environment.name} is in ${environment.account}`,
      { hint: "choose another AWS_PROFILE, or correct environment.account" },
    );
  }
  return { account, region, caller };
}
