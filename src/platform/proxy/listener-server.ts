/**
 * The server behind a listener: plain HTTP/1.1, or TLS with HTTP/2 and HTTP/1.1 as the client likes it. It only
 * knows connections; what is asked on them is `ProxiedListener`'s.
 */
import { createServer, IncomingMessage, type Server, type ServerResponse } from "node:http";
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { SecureVersion } from "node:tls";
import { type CertificateAuthority, secureOptions } from "./certificate-authority.ts";
import { type ClientResponse, Http2ClientResponse } from "./client-response.ts";

/** The longest request head: 16 KiB a line, 64 KiB in all. */
const MAX_HEADER_BYTES = 64 * 1024;

/** A request of either protocol; what the balancer reads of it is the same. */
export type ClientMessage = IncomingMessage | Http2ServerRequest;

export interface ListenerServerHandler {
  connected(socket: Socket): void;
  received(message: ClientMessage, response: ClientResponse): void;
  /** To a websocket, over HTTP/1.1 only. `head`: what came behind the request. */
  upgrading(message: IncomingMessage, socket: Socket, head: Buffer): void;
  /** Something came that is not HTTP, or did not come in time. */
  malformed(socket: Socket, failure: NodeJS.ErrnoException): void;
}

export interface SecureListener {
  readonly authority: CertificateAuthority;
  readonly minVersion: SecureVersion | undefined;
  /** `routing.http2.enabled` */
  readonly http2: boolean;
}

export class ListenerServer {
  readonly #server: Server | Http2SecureServer;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();

  /** `secure` for TLS. */
  constructor(handler: ListenerServerHandler, secure: SecureListener | undefined) {
    const server =
      secure === undefined
        ? createServer({ IncomingMessage: Http1Message, maxHeaderSize: MAX_HEADER_BYTES, noDelay: true, keepAlive: true })
        : secureServer(secure);
    this.#server = server;
    const events = server as Server;
    events.on("request", (message: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse) => {
      handler.received(message, "createPushResponse" in response ? new Http2ClientResponse(response) : response);
    });
    events.on("upgrade", (message, socket, head) => handler.upgrading(message, socket as Socket, head));
    events.on("clientError", (failure: NodeJS.ErrnoException, socket) => handler.malformed(socket as Socket, failure));
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
      handler.connected(socket);
    });
    server.on("session", (session: ServerHttp2Session) => {
      this.#sessions.add(session);
      session.on("error", () => session.destroy());
      session.once("close", () => this.#sessions.delete(session));
    });
  }

  /** Rejects with the error of the system, `EADDRINUSE` when the port is taken. 0 takes any. Resolves with the port. */
  listen(host: string, port: number): Promise<number> {
    const server = this.#server;
    return new Promise((resolve, reject) => {
      const refused = (failure: Error): void => {
        server.off("listening", listening);
        reject(failure);
      };
      const listening = (): void => {
        server.off("error", refused);
        resolve((server.address() as AddressInfo).port);
      };
      server.once("error", refused);
      server.once("listening", listening);
      server.listen({ host, port, backlog: 1024 });
    });
  }

  /** `idleMs`: how long a connection may be silent between requests. `stallMs`: how long within one. */
  setTimeouts(idleMs: number, stallMs: number): void {
    // A TLS server takes these as well, for its clients of HTTP/1.1.
    const server = this.#server as Server;
    server.requestTimeout = 0;
    server.keepAliveTimeout = idleMs;
    server.headersTimeout = idleMs;
    server.setTimeout(stallMs);
  }

  /** Takes no new connection and lets requests in flight finish. Resolves when no connection is left. */
  retire(): Promise<void> {
    const closed = this.#closed();
    const server = this.#server as Server;
    // Connections that are busy now close as soon as they are idle.
    server.keepAliveTimeout = 1;
    server.closeIdleConnections?.();
    for (const session of this.#sessions) session.close();
    return closed;
  }

  /** Cuts every connection. */
  close(): Promise<void> {
    const closed = this.#closed();
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.#sockets) socket.destroy();
    return closed;
  }

  #closed(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

function secureServer({ authority, minVersion, http2 }: SecureListener): Http2SecureServer {
  const options = { ...secureOptions(authority, minVersion), Http1IncomingMessage: Http1Message, maxHeaderSize: MAX_HEADER_BYTES };
  return createSecureServer({ ...options, allowHTTP1: true, ALPNProtocols: http2 ? ["h2", "http/1.1"] : ["http/1.1"] });
}

/**
 * Offers of other protocols than websockets (Java's client offers cleartext HTTP/2 with every first request) are passed over, as
 * a load balancer does: the request is one like any other, with its body.
 */
class Http1Message extends IncomingMessage {
  /** What Node asks when the head is read: whether the rest of the connection belongs to another protocol. */
  get upgrade(): boolean {
    const { connection, upgrade } = this.headers;
    if (this.method === "CONNECT") return true;
    return this.method === "GET" && upgrade?.toLowerCase() === "websocket" && /(^|,)\s*upgrade\s*(,|$)/i.test(connection ?? "");
  }

  /** Node's own finding, that there is an offer of whatever protocol. */
  set upgrade(_: boolean) {}
}
