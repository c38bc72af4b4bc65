/**
 * The headers a target gets: the client's, without those that belong to the one connection, with what the load
 * balancer adds (ALB, "HTTP headers"): X-Forwarded-For, -Proto, -Port and X-Amzn-Trace-Id.
 */

/** Fields that speak about one connection, not about the request (RFC 9110, 7.6.1), and those the balancer sets itself. */
const dropped = new Set([
  "connection",
  "expect",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);
const replaced = new Set([
  "x-forwarded-for",
  "x-forwarded-port",
  "x-forwarded-proto",
  "x-amzn-trace-id",
  "content-length",
  // Who the user is, only the balancer says.
  "x-amzn-oidc-accesstoken",
  "x-amzn-oidc-identity",
  "x-amzn-oidc-data",
]);

const notOfTheClient: ReadonlySet<string> = new Set([...dropped, ...replaced]);
const notOfTheMessage: ReadonlySet<string> = new Set([...dropped, "content-length"]);

/** How the load balancer treats X-Forwarded-For, from its attributes. */
export interface ForwardedFor {
  readonly mode: "append" | "preserve" | "remove";
  /** Writes `ip:port` instead of `ip`. */
  readonly withClientPort: boolean;
}

export interface ForwardedRequest {
  /** As `IncomingMessage.rawHeaders`: name, value, name, value … */
  readonly rawHeaders: readonly string[];
  readonly clientAddress: string;
  readonly clientPort: number;
  readonly proto: "http" | "https";
  readonly port: number;
  readonly forwardedFor: ForwardedFor;
  readonly dropInvalidHeaders: boolean;
  /** A new trace identifier, `1-<8 hex>-<24 hex>`. */
  readonly trace: string;
  /** Replaces the client's Host; a rule may rewrite it. */
  readonly host?: string | undefined;
  /** Passed on when the body goes on with that length. */
  readonly contentLength?: string | undefined;
  /** Flat: the headers that say who the user is; empty where nobody was asked. */
  readonly identity: readonly string[];
}

/** Flat headers for the target. */
export function requestHeaders(request: ForwardedRequest): string[] {
  const rawHeaders = request.dropInvalidHeaders ? valid(request.rawHeaders) : request.rawHeaders;
  const withheld: string[] = [];
  const headers = carried(rawHeaders, request.host, notOfTheClient, withheld);
  const seen = appended(forwardedFor(withheld), request);
  if (seen !== undefined) headers.push("X-Forwarded-For", seen);
  headers.push("X-Forwarded-Proto", request.proto, "X-Forwarded-Port", String(request.port));
  headers.push("X-Amzn-Trace-Id", traceHeader(lastOf(withheld, "x-amzn-trace-id"), request.trace));
  if (request.contentLength !== undefined) headers.push("Content-Length", request.contentLength);
  headers.push(...request.identity);
  return headers;
}

/** Flat headers as they came, without those of the one connection; `authority` is HTTP/2's Host, `contentLength` as of `ForwardedRequest`. */
export function passedHeaders(rawHeaders: readonly string[], authority: string | undefined, contentLength: string | undefined): string[] {
  const headers = carried(rawHeaders, authority, notOfTheMessage);
  if (contentLength !== undefined) headers.push("Content-Length", contentLength);
  return headers;
}

/**
 * Flat headers without those of these lower-case names and those that `Connection` names; `host` takes the place of the
 * client's Host. `withheld` gets what was skipped, flat, by lower-case name.
 */
function carried(rawHeaders: readonly string[], host: string | undefined, skipped: ReadonlySet<string>, withheld?: string[]): string[] {
  const headers: string[] = [];
  let hasHost = false;
  // HTTP/2 splits cookies; HTTP/1.1 has them in one (RFC 9113, 8.2.3).
  let cookieAt: number | undefined;
  let named: Set<string> | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    // HTTP/2 carries method, path and authority in the place of headers.
    if (name.startsWith(":")) continue;
    const lower = name.toLowerCase();
    const value = rawHeaders[index + 1] as string;
    if (lower === "connection") named = withNamed(named, value);
    if (skipped.has(lower)) {
      withheld?.push(lower, value);
      continue;
    }
    if (lower === "host") hasHost = true;
    if (lower === "cookie") {
      if (cookieAt !== undefined) {
        headers[cookieAt] += `; ${value}`;
        continue;
      }
      cookieAt = headers.length + 1;
    }
    headers.push(name, lower === "host" && host !== undefined ? host : value);
  }
  if (!hasHost && host !== undefined) headers.push("Host", host);
  if (named !== undefined) strike(headers, named);
  return headers;
}

function valid(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_, index) => /^[a-z0-9-]+$/i.test(rawHeaders[index - (index % 2)] as string));
}

/** The value of the last header of that lower-case name. */
function lastOf(headers: readonly string[], lowerName: string): string | undefined {
  for (let index = headers.length - 2; index >= 0; index -= 2) if (headers[index] === lowerName) return headers[index + 1];
  return undefined;
}

/** All that the client said of X-Forwarded-For as one. */
function forwardedFor(withheld: readonly string[]): string | undefined {
  let seen: string | undefined;
  for (let index = 0; index < withheld.length; index += 2) {
    if (withheld[index] !== "x-forwarded-for") continue;
    const value = withheld[index + 1] as string;
    seen = seen === undefined ? value : `${seen}, ${value}`;
  }
  return seen;
}

/** Flat headers for the client: the target's, without those of the connection to it. `Buffer`s as undici hands them out. */
export function responseHeaders(rawHeaders: readonly Buffer[]): string[] {
  const headers: string[] = [];
  let named: Set<string> | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as Buffer).toString("latin1");
    const lower = name.toLowerCase();
    const value = (rawHeaders[index + 1] as Buffer).toString("latin1");
    if (lower === "connection") named = withNamed(named, value);
    if (dropped.has(lower) && lower !== "proxy-authenticate" && lower !== "trailer") continue;
    headers.push(name, value);
  }
  if (named !== undefined) strike(headers, named);
  return headers;
}

/** Whether a field of that lower-case name speaks about one connection, or about how a message is framed on it, and goes no further. */
export function endsHere(lowerName: string): boolean {
  return notOfTheMessage.has(lowerName);
}

/** Whether there are several fields of that lower-case name. */
export function isRepeated(rawHeaders: readonly string[], lowerName: string): boolean {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (name.length === lowerName.length && name.toLowerCase() === lowerName) count++;
  }
  return count > 1;
}

/** Takes every field of that lower-case name out of flat headers. */
export function dropHeader(headers: string[], name: string): void {
  strike(headers, new Set([name]));
}

/** `Connection` may name further fields of the connection; almost always it only says `keep-alive` or `close`. */
function withNamed(names: Set<string> | undefined, connection: string): Set<string> | undefined {
  if (connection === "keep-alive" || connection === "close" || connection === "Upgrade") return names;
  const found = names ?? new Set<string>();
  for (const name of connection.toLowerCase().split(",")) found.add(name.trim());
  found.delete("close");
  found.delete("keep-alive");
  found.delete("host");
  return found.size === 0 ? undefined : found;
}

function strike(headers: string[], names: ReadonlySet<string>): void {
  for (let index = headers.length - 2; index >= 0; index -= 2) {
    if (names.has((headers[index] as string).toLowerCase())) headers.splice(index, 2);
  }
}

function appended(seen: string | undefined, { forwardedFor, clientAddress, clientPort }: ForwardedRequest): string | undefined {
  if (forwardedFor.mode === "remove") return undefined;
  if (forwardedFor.mode === "preserve") return seen;
  const client = forwardedFor.withClientPort ? `${clientAddress}:${clientPort}` : clientAddress;
  return seen === undefined ? client : `${seen}, ${client}`;
}

/** A client's own root is kept, with the balancer's identifier in front as `Self`. */
function traceHeader(seen: string | undefined, trace: string): string {
  if (seen === undefined || seen === "") return `Root=${trace}`;
  if (!/(^|;)\s*Root=/.test(seen)) return `Root=${trace};${seen}`;
  return `Self=${trace};${seen.replace(/(^|;)\s*Self=[^;]*;?/, "$1")}`;
}
