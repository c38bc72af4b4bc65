/**
 * Where targets find the key that signs `x-amzn-oidc-data`: `GET /_fsd/public-keys.auth.elb/KID`, in the place of AWS's
 * `https://public-keys.auth.elb.REGION.amazonaws.com/KID`. The answer is the key in PEM, as there.
 */
import type { Route } from "../../gateway/gateway.ts";
import type { LoadBalancing } from "./load-balancing.ts";

const PREFIX = "/_fsd/public-keys.auth.elb/";

export function claimsKeyRoute(loadBalancing: Pick<LoadBalancing, "claimsKey">): Route {
  return ({ method, url = "" }, response) => {
    if (method !== "GET" || !url.startsWith(PREFIX)) return false;
    const key = loadBalancing.claimsKey(url.slice(PREFIX.length));
    if (key === undefined) response.writeHead(404, { "content-type": "text/plain" }).end("There is no such key\n");
    else response.writeHead(200, { "content-type": "text/plain" }).end(key);
    return true;
  };
}
