/**
 * Verifies the tokens of `jwt-validation` actions: the signature with the keys of the action's JWKS endpoint (RS256 only, as
 * a load balancer), the claims by the engine. Keys are kept for ten minutes and read again when a token names one that is
 * not among them, twice a minute at most.
 */
import { acceptsClaims, type JwtAuthentication } from "../../engine/balancing/jwt-authentication.ts";
import type { Clock } from "../../kit/clock.ts";
import { parseJsonObject } from "../../kit/json.ts";

/** `keys-unavailable`: the endpoint did not answer with keys, so nothing can be said of the token. */
export type JwtVerdict = "valid" | "invalid" | "keys-unavailable";

type Keys = ReturnType<typeof import("jose").createRemoteJWKSet>;

const KEYS_LAST_MS = 600_000;
const KEYS_TAKE_MS = 5_000;
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
        timeoutDuration: KEYS_TAKE_MS,
        [customFetch]: fetchKeys,
      });
      this.#keys.set(endpoint, keys);
    }
    return keys;
  }
}

async function fetchKeys(url: string, options: RequestInit): Promise<Response> {
  const answer = await fetch(url, options);
  if (answer.status !== 200) return answer;
  let size = 0;
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body ?? []) {
    const bytes = chunk as Uint8Array;
    size += bytes.length;
    if (size > LARGEST_SET_BYTES) throw new RangeError(`the key set at ${url} is larger than 150 KB`);
    chunks.push(bytes);
  }
  const text = Buffer.concat(chunks).toString("utf8");
  const { keys } = JSON.parse(text) as { keys?: unknown };
  if (Array.isArray(keys) && keys.length > MOST_KEYS) throw new RangeError(`the key set at ${url} has more than ${MOST_KEYS} keys`);
  return new Response(text, { status: 200 });
}
