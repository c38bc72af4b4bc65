/**
 * The gateway takes any credentials, so a web page open in the user's browser could post to it. A browser names the
 * page in `Origin`; only pages of this machine may ask.
 */
import type { IncomingHttpHeaders } from "node:http";
import { isLoopbackHost } from "../../kit/loopback-host.ts";
import { AwsFault } from "./aws-fault.ts";

export function refuseForeignOrigin({ origin, "sec-fetch-site": site }: IncomingHttpHeaders): void {
  if (site === "cross-site" || (origin !== undefined && !isOfThisMachine(origin))) {
    throw new AwsFault("AccessDenied", "The local platform does not answer pages of other sites", 403);
  }
}

function isOfThisMachine(origin: string): boolean {
  return URL.canParse(origin) && isLoopbackHost(new URL(origin).hostname);
}
