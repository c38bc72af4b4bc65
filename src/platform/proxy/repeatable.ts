/** What becomes of a request that a server did not answer: by the error, whose fault it is and whether it may be sent again. */
import type { Readable } from "node:stream";

const idempotent: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);
/** Of a connection that never came about. */
const unreached: ReadonlySet<string> = new Set(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT", "UND_ERR_CONNECT_TIMEOUT"]);
const cut: ReadonlySet<string> = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

/** Whether doing it twice is doing it once. */
export function isIdempotent(method: string): boolean {
  return idempotent.has(method);
}

/** Whether the whole body is still there, or there is none. */
export function isAtHand(body: Buffer | Readable | null): body is Buffer | null {
  return body === null || Buffer.isBuffer(body);
}

/** Whether the connection ended under the request, which is what a kept one does whose server had just closed it. */
export function wasCut(code: string | undefined): boolean {
  return code !== undefined && cut.has(code);
}

/** Whether there never was a connection, so that the server has seen nothing of the request. */
export function wasUnreached(code: string | undefined): boolean {
  return code !== undefined && unreached.has(code);
}

/** Whether undici would not send the request to any server: it is malformed, as with two fields of `Host`. */
export function wasUnsendable(code: string | undefined): boolean {
  return code === "UND_ERR_INVALID_ARG" || code === "UND_ERR_NOT_SUPPORTED";
}
