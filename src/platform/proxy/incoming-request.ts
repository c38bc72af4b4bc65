import type { RoutedRequest } from "../../engine/balancing/routing-rule.ts";

import type { ClientMessage } from "./listener-server.ts";
import { isRepeated } from "./request-headers.ts";

/** A client's request as rules see it. */
export class IncomingRequest implements RoutedRequest {
  readonly #message: ClientMessage;
  readonly path: string;
  readonly query: string;

  constructor(message: ClientMessage) {
    this.#message = message;
    const url = originForm(message.url ?? "/");
    const question = url.indexOf("?");
    this.path = question < 0 ? url : url.slice(0, question);
    this.query = question < 0 ? "" : url.slice(question + 1);
  }

  get method(): string {
    return this.#message.method ?? "GET";
  }

  /** Over HTTP/2 the authority, whatever Host says, as the target gets it (RFC 9113, 8.3.1). */
  get host(): string {
    return this.#message.headers[":authority"]?.toString() ?? this.#message.headers.host ?? "";
  }

  get sourceIp(): string {
    return plainAddress(this.#message.socket.remoteAddress);
  }

  header(name: string): string | undefined {
    const value = this.#message.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  /** Whether there are several fields of that name, of which `header` may answer one. */
  isRepeated(name: string): boolean {
    return isRepeated(this.#message.rawHeaders, name);
  }

  /** Path and query as the target gets them. */
  get target(): string {
    return this.query === "" ? this.path : `${this.path}?${this.query}`;
  }
}

/** `::ffff:127.0.0.1` → `127.0.0.1`. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return "";
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}

/** `http://host/path` (what a client of a proxy sends) → `/path`. */
function originForm(url: string): string {
  if (url.startsWith("/")) return url;
  const match = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*(.*)$/i.exec(url);
  if (match === null) return url;
  const rest = match[1] ?? "";
  return rest.startsWith("/") ? rest : `/${rest}`;
}
