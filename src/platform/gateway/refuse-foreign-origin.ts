/**
 * The gateway takes any credentials, so a web page open in the user's browser could post to it. A browser names the
 * page in `Origin`; only pages of this machine may ask.
 */
import type { IncomingHttpHeaders } from "node:http";
import { AwsFault } from "./aws-fault.ts";

export function refuseForeignOrigin({ origin, "sec-fetch-site": site }: IncomingHttpHeaders): void {
  if (site === "cross-site" || (origin !== undefined && !isLocal(origin))) {
    throw new AwsFault("AccessDenied", "The local platform does not answer pages of other sites", 403);
  }
}

function isLocal(origin: string): boolean {
  try {
    const { hostname } = new URL(origin);
    return hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "127.0.0.1" || hostname === "[::1]";
  } catch {
    return false;
  }
}
