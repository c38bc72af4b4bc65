/** A response on its way to a client, over HTTP/1.1 or HTTP/2. Node's `ServerResponse` is one as it stands. */
import type { Http2ServerResponse } from "node:http2";
import { constants } from "node:http2";

export interface ClientResponse {
  readonly destroyed: boolean;
  readonly writableEnded: boolean;
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

  writeHead(statusCode: number, _: string, headers: string[]): void {
    const byName: Record<string, string | string[]> = {};
    for (let index = 0; index < headers.length; index += 2) {
      const name = (headers[index] as string).toLowerCase();
      const value = headers[index + 1] as string;
      const before = byName[name];
      byName[name] = before === undefined ? value : [before, value].flat();
    }
    if (!this.destroyed) this.#response.writeHead(statusCode, byName);
  }

  /** Nothing to do: `writeHead` has sent them. */
  flushHeaders(): void {}

  write(chunk: Buffer): boolean {
    return this.#response.write(chunk);
  }

  addTrailers(trailers: readonly [name: string, value: string][]): void {
    this.#response.addTrailers(Object.fromEntries(trailers));
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

export function flushHead(response: ClientResponse): void {
  if (!response.writableEnded && !response.destroyed) response.flushHeaders();
}

/** Flat over HTTP/1.1; over HTTP/2 undici hands out an object all the same. */
export function trailerPairs(trailers: readonly (string | Buffer)[] | Readonly<Record<string, unknown>> | null): [string, string][] {
  if (trailers === null) return [];
  if (!Array.isArray(trailers)) return Object.entries(trailers).map(([name, value]) => [name, String(value)]);
  const pairs: [string, string][] = [];
  for (let index = 0; index < trailers.length; index += 2) pairs.push([String(trailers[index]), String(trailers[index + 1])]);
  return pairs;
}
