/**
 * Verifies the tokens of `jwt-validation` actions: the signature with the keys of the action's JWKS endpoint (RS256 only, as
 * a load balancer), the claims by the engine. Keys are kept for ten minutes and read again when a token names one that is
 * not among them, twice a minute at most.
 */
import { acceptsClaims, type JwtAuthentication } from "../../engine/balancing/jwt-authentication.ts";
import type { Clock } from "../../kit/clock.ts";
import { parseJsonObject } from "../../kit/json.ts";
import { askEndpoint } from "./identity-endpoint.ts";

/** `keys-unavailable`: the endpoint did not answer with keys, so nothing can be said of the token. */
export type JwtVerdict = "valid" | "invalid" | "keys-unavailable";

type Keys = ReturnType<typeof import("jose").createRemoteJWKSet>;

const KEYS_LAST_MS = 600_000;
/** A load balancer takes no larger set of keys (ALB, "JWT validation limits"). */
const LARGEST_SET_BYTES = 150 * 1024;
const MOST_KEYS = 10;
const OF_THE_ENDPOINT = new Set(["ERR_JOSE_GENERIC", "ERR_JWKS_TIMEOUT", "ERR_JWKS_INVALID"]);

export class JwtVerifier {
  readonly #wallClock: Pick<Clock, "now">;
  readonly #keys = new Map<string, Keys>();

  constructor(wallClock: Pick<Clock, "now">) {
    this.#wallClock = wallClock;
  }

  async verify(token: string | undefined, authentication: JwtAuthentication): Promise<JwtVerdict> {
    if (token === undefined) return "invalid";
    const jose = await import("jose");
    try {
      const keys = this.#keysOf(authentication.jwksEndpoint, jose);
      const { payload } = await jose.compactVerify(token, keys, { algorithms: ["RS256"] });
      const claims = parseJsonObject(new TextDecoder().decode(payload));
      return claims !== undefined && acceptsClaims(claims, authentication, this.#wallClock.now()) ? "valid" : "invalid";
    } catch (failure) {
      const ofTheToken = failure instanceof jose.errors.JOSEError && !OF_THE_ENDPOINT.has(failure.code);
      return ofTheToken ? "invalid" : "keys-unavailable";
    }
  }

  #keysOf(endpoint: string, { createRemoteJWKSet, customFetch }: typeof import("jose")): Keys {
    let keys = this.#keys.get(endpoint);
    if (keys === undefined) {
      keys = createRemoteJWKSet(new URL(endpoint), {
        cacheMaxAge: KEYS_LAST_MS,
        [customFetch]: fetchKeys,
      });
      this.#keys.set(endpoint, keys);
    }
    return keys;
  }
}

async function fetchKeys(url: string): Promise<Response> {
  const request = { method: "GET", headers: { accept: "application/json" }, largestBytes: LARGEST_SET_BYTES } as const;
  const answer = await askEndpoint(url, request);
  if (answer === undefined) throw new Error(`${url} did not answer`);
  if (answer.isCutOff) throw new RangeError(`the key set at ${url} is larger than 150 KB`);
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`);
  const { keys } = JSON.parse(answer.body) as { keys?: unknown };
  if (Array.isArray(keys) && keys.length > MOST_KEYS) throw new RangeError(`the key set at ${url} has more than ${MOST_KEYS} keys`);
  return new Response(answer.body, { status: 200 });
}
