/** A response on its way to a client, over HTTP/1.1 or HTTP/2. Node's `ServerResponse` is one as it stands. */
import type { Http2ServerResponse } from "node:http2";
import { constants } from "node:http2";
import { endsHere } from "./request-headers.ts";

export interface ClientResponse {
  readonly destroyed: boolean;
  readonly writableEnded: boolean;
  readonly headersSent: boolean;
  /** `headers` are flat: name, value, name, value … */
  writeHead(statusCode: number, statusText: string, headers: string[]): unknown;
  flushHeaders(): void;
  /** False when the client does not keep up: wait for `drain`. */
  write(chunk: Buffer): boolean;
  addTrailers(trailers: readonly [name: string, value: string][]): void;
  end(text?: string): unknown;
  /** Cuts the response off, so that the client knows it is not whole. */
  destroy(): unknown;
  on(event: "close" | "drain" | "error", listener: () => void): unknown;
  off(event: "drain", listener: () => void): unknown;
}

/** Node's HTTP/2 has no larger one. */
const LARGEST_STATUS = 599;

/** HTTP/2 knows no reason phrase, no flat headers, and cuts a stream rather than a connection. */
export class Http2ClientResponse implements ClientResponse {
  readonly #response: Http2ServerResponse;

  constructor(response: Http2ServerResponse) {
    this.#response = response;
  }

  get destroyed(): boolean {
    return this.#response.stream.destroyed;
  }

  get writableEnded(): boolean {
    return this.#response.writableEnded;
  }

  get headersSent(): boolean {
    return this.#response.headersSent;
  }

  writeHead(statusCode: number, _: string, headers: string[]): void {
    if (statusCode > LARGEST_STATUS) throw new RangeError(`HTTP/2 cannot say ${statusCode}`);
    if (!this.destroyed) this.#response.writeHead(statusCode, joined(pairsOf(headers)));
  }

  /** Nothing to do: `writeHead` has sent them. */
  flushHeaders(): void {}

  write(chunk: Buffer): boolean {
    return this.#response.write(chunk);
  }

  addTrailers(trailers: readonly [name: string, value: string][]): void {
    this.#response.addTrailers(joined(trailers));
  }

  end(text?: string): void {
    if (text === undefined) this.#response.end();
    else this.#response.end(text);
  }

  destroy(): void {
    this.#response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }

  on(event: "close" | "drain" | "error", listener: () => void): void {
    this.#response.on(event, listener);
  }

  off(event: "drain", listener: () => void): void {
    this.#response.off(event, listener);
  }
}

/** Sends the head of an answer whose body is to follow as the client keeps up; `resume` is called when it wants more. Flat headers. */
export function passHead(response: ClientResponse, statusCode: number, statusText: string, headers: string[], resume: () => void): void {
  response.writeHead(statusCode, statusText, headers);
  response.on("drain", resume);
  // A body that arrives together with its head leaves with it; a head that comes alone must not wait for a body.
  process.nextTick(flushHead, response);
}

/** As undici hands them out; a target may have put fields among them that are of no message, let alone of its end. */
export function passTrailers(response: ClientResponse, trailers: Parameters<typeof trailerPairs>[0]): void {
  const pairs = trailerPairs(trailers).filter(([name]) => !endsHere(name.toLowerCase()));
  if (pairs.length > 0) response.addTrailers(pairs);
}

function flushHead(response: ClientResponse): void {
  if (!response.writableEnded && !response.destroyed) response.flushHeaders();
}

/** Flat over HTTP/1.1; over HTTP/2 undici hands out an object all the same. */
function trailerPairs(trailers: readonly (string | Buffer)[] | Readonly<Record<string, unknown>> | null): [string, string][] {
  if (trailers === null) return [];
  if (!Array.isArray(trailers)) return Object.entries(trailers).map(([name, value]) => [name, String(value)]);
  return pairsOf(trailers);
}

function pairsOf(flat: readonly (string | Buffer)[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index < flat.length; index += 2) pairs.push([String(flat[index]), String(flat[index + 1])]);
  return pairs;
}

/** Fields of one name are one (RFC 9110, 5.3), which Node insists on for some; only cookies are set one by one. */
function joined(pairs: readonly [name: string, value: string][]): Record<string, string | string[]> {
  const byName = new Map<string, string>();
  const cookies: string[] = [];
  for (const [name, value] of pairs) {
    const lower = name.toLowerCase();
    const before = byName.get(lower);
    if (lower === "set-cookie") cookies.push(value);
    else byName.set(lower, before === undefined ? value : `${before}, ${value}`);
  }
  const fields = Object.fromEntries(byName);
  return cookies.length > 0 ? { ...fields, "set-cookie": cookies } : fields;
}
