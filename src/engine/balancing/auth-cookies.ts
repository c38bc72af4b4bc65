/**
 * The cookies of user authentication: the session, split in parts of at most 4 KB (`AWSELBAuthSessionCookie-0`, `-1`, …),
 * and the nonce that ties a login to the browser that began it.
 */
import { readCookie } from "./stickiness.ts";

export const NONCE_COOKIE = "AWSALBAuthNonce";
/** Name and value together; browsers keep no longer cookie. */
const LARGEST_COOKIE = 4096;
const MOST_SHARDS = 32;

/** The sealed session in a `Cookie` header; undefined where there is none. */
export function readSessionCookie(header: string | undefined, name: string): string | undefined {
  const shards = shardsOf(header, name);
  return shards.length === 0 ? undefined : shards.join("");
}

/**
 * The `Set-Cookie` values for a sealed session. Those that the client sent beyond them (`header`) are taken back, or the next
 * request would bring a mixture. `until`: ms since the epoch.
 */
export function sessionCookies(name: string, sealed: string, header: string | undefined, until: number): string[] {
  const room = LARGEST_COOKIE - name.length - "-00=".length;
  const shards = Array.from({ length: Math.ceil(sealed.length / room) }, (_, index) => sealed.slice(index * room, (index + 1) * room));
  const set = shards.map((shard, index) => cookie(`${name}-${index}`, shard, until));
  return [...set, ...withoutSession(name, header, shards.length)];
}

/** The `Set-Cookie` values that take back what the client sent, from the part `from` on. */
export function withoutSession(name: string, header: string | undefined, from = 0): string[] {
  return shardsOf(header, name).flatMap((_, index) => (index < from ? [] : [cookie(`${name}-${index}`, "", 0)]));
}

/** A nonce that the browser has; undefined where it is none of the load balancer's. */
export function readNonce(header: string | undefined): string | undefined {
  const nonce = readCookie(header, NONCE_COOKIE);
  return nonce !== undefined && /^[a-zA-Z0-9]{16,64}$/.test(nonce) ? nonce : undefined;
}

export function nonceCookie(nonce: string, until: number): string {
  return cookie(NONCE_COOKIE, nonce, until);
}

function cookie(name: string, value: string, until: number): string {
  return `${name}=${value}; Expires=${new Date(until).toUTCString()}; Path=/; Secure; HttpOnly`;
}

function shardsOf(header: string | undefined, name: string): string[] {
  const shards: string[] = [];
  while (shards.length < MOST_SHARDS) {
    const shard = readCookie(header, `${name}-${shards.length}`);
    if (shard === undefined || shard === "") break;
    shards.push(shard);
  }
  return shards;
}
