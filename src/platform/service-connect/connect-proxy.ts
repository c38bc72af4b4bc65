/**
 * Service Connect's proxy: on AWS a container beside those of each task, here one part of the platform that the private network
 * hands the connections to which tasks open to their client aliases. It keeps what AWS's proxies keep, for each client task by
 * itself: whose turn it is, and which hosts it avoids.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import {
  createServer as createHttp2Server,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from "node:http2";
import type { Socket } from "node:net";
import { EndpointChoice } from "../../engine/balancing/endpoint-choice.ts";
import type { ConnectHost } from "../../engine/service/connect-hosts.ts";
import type { Clock } from "../../kit/clock.ts";
import { type ClientResponse, Http2ClientResponse } from "../proxy/client-response.ts";
import { takeBody } from "../proxy/incoming-body.ts";
import type { ClientMessage } from "../proxy/listener-server.ts";
import { passedHeaders } from "../proxy/request-headers.ts";
import type { ConnectDoor } from "../runtime/connect-door.ts";
import type { Dialer } from "../runtime/dialer.ts";
import type { ConnectEndpoint } from "../services/ecs/ecs-state.ts";
import { ConnectExchange } from "./connect-exchange.ts";
import type { ConnectedHosts, ConnectSource } from "./connect-source.ts";
import { HostConnections } from "./host-connections.ts";
import { sendReply } from "./proxy-reply.ts";
import { relay } from "./tcp-relay.ts";

export interface ConnectProxyDependencies {
  readonly source: ConnectSource;
  readonly dialer: Dialer;
  /** Engine time: how long a host is avoided. */
  readonly clock: Pick<Clock, "now">;
  /** The machine's time: how long a request may take. */
  readonly wallClock: Clock;
}

/** One connection of a client. */
interface Caller {
  readonly clientIp: string;
  readonly endpoint: string;
}

const MAX_HEADER_BYTES = 64 * 1024;
const CONNECT_TIMEOUT_MS = 10_000;

export class ConnectProxy implements ConnectDoor {
  readonly #with: ConnectProxyDependencies;
  readonly #connections: HostConnections;
  /** By connection: its socket, or the session on it. */
  readonly #callers = new WeakMap<object, Caller>();
  readonly #sockets = new Set<Socket>();
  /** Of each client task, by its address, and of each endpoint it has called. */
  readonly #choices = new Map<string, Map<string, EndpointChoice>>();
  /** By protocol and idle timeout, which Node keeps for a whole server. They listen nowhere. */
  readonly #servers = new Map<string, Server | Http2Server>();

  constructor(dependencies: ConnectProxyDependencies) {
    this.#with = dependencies;
    this.#connections = new HostConnections(dependencies.dialer);
  }

  accept(socket: Socket, clientIp: string, endpoint: string): void {
    const offered = this.#with.source.endpoint(endpoint);
    socket.setNoDelay(true);
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    if (offered === undefined) {
      // Nobody offers it any more, and nobody knows what protocol it had.
      socket.resetAndDestroy();
    } else if (offered.appProtocol === undefined) {
      const { shares } = this.#with.source.hosts(offered);
      const choice = this.#choice({ clientIp, endpoint });
      void relay(socket, {
        slot: choice.slot(shares.production),
        hosts: () => this.#hosts(endpoint).hosts,
        choice,
        dialer: this.#with.dialer,
        idleTimeoutMs: offered.idleTimeoutMs,
        connectTimeoutMs: CONNECT_TIMEOUT_MS,
        now: this.#now,
      });
    } else {
      this.#callers.set(socket, { clientIp, endpoint });
      // Until its first request; Node's own timeouts of a head are for servers that listen. It destroys what times out.
      if (offered.appProtocol === "http") socket.setTimeout(offered.idleTimeoutMs);
      const server = this.#server(offered);
      // A session knows its socket by a stand-in only; it comes about while the server is told of the connection.
      const noteSession = (session: ServerHttp2Session): unknown => this.#callers.set(session, { clientIp, endpoint });
      server.once("session", noteSession);
      server.emit("connection", socket);
      server.off("session", noteSession);
    }
  }

  left(clientIp: string): void {
    this.#choices.delete(clientIp);
  }

  /** The task takes no new requests: its idle connections close now, the others with their request. */
  hostLeft(taskId: string): void {
    this.#connections.left(taskId);
  }

  close(): void {
    this.#connections.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  readonly #now = (): number => this.#with.clock.now();

  #hosts(endpoint: string): ConnectedHosts | { readonly hosts: readonly ConnectHost[] } {
    const offered = this.#with.source.endpoint(endpoint);
    return offered === undefined ? { hosts: [] } : this.#with.source.hosts(offered);
  }

  #choice({ clientIp, endpoint }: Caller): EndpointChoice {
    const ofClient = this.#choices.get(clientIp) ?? new Map<string, EndpointChoice>();
    this.#choices.set(clientIp, ofClient);
    const choice = ofClient.get(endpoint) ?? new EndpointChoice();
    ofClient.set(endpoint, choice);
    return choice;
  }

  #server({ appProtocol, idleTimeoutMs }: ConnectEndpoint): Server | Http2Server {
    const key = `${appProtocol === "http" ? "1" : "2"}/${idleTimeoutMs}`;
    let server = this.#servers.get(key);
    if (server === undefined) {
      server = appProtocol === "http" ? this.#http1(idleTimeoutMs) : this.#http2(idleTimeoutMs);
      this.#servers.set(key, server);
    }
    return server;
  }

  #http1(idleTimeoutMs: number): Server {
    const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, noDelay: true }, (message: IncomingMessage, response: ServerResponse) =>
      this.#receive(message, response, message.socket),
    );
    server.keepAliveTimeout = idleTimeoutMs;
    return server;
  }

  /** Clear text with prior knowledge, as gRPC clients speak it. */
  #http2(idleTimeoutMs: number): Http2Server {
    const server = createHttp2Server({}, (message: Http2ServerRequest, response: Http2ServerResponse) =>
      this.#receive(message, new Http2ClientResponse(response), message.stream.session),
    );
    server.on("session", (session) => {
      session.on("error", () => session.destroy());
      if (idleTimeoutMs > 0) session.setTimeout(idleTimeoutMs, () => session.close());
    });
    return server;
  }

  #receive(message: ClientMessage, response: ClientResponse, connection: object | undefined): void {
    // Writing to a client that has just left fails; the exchange is told of its leaving.
    response.on("error", () => undefined);
    const caller = connection === undefined ? undefined : this.#callers.get(connection);
    const offered = caller === undefined ? undefined : this.#with.source.endpoint(caller.endpoint);
    const isGrpc = String(message.headers["content-type"] ?? "").startsWith("application/grpc");
    if (caller === undefined || offered === undefined) {
      sendReply(response, "no-host", isGrpc);
      return;
    }
    const socket = "stream" in message ? undefined : message.socket;
    socket?.setTimeout(offered.idleTimeoutMs);
    takeBody(message, ({ body, contentLength }) => {
      if (response.destroyed) return;
      // From here on the exchange times the request; after it Node sets the timeout between requests.
      socket?.setTimeout(0);
      const headers = passedHeaders(message.rawHeaders, message.headers[":authority"]?.toString(), contentLength);
      // A gRPC server asks for this field, which else belongs to the connection.
      if (isGrpc) headers.push("TE", "trailers");
      const choice = this.#choice(caller);
      const { shares } = this.#with.source.hosts(offered);
      new ConnectExchange(
        {
          method: message.method ?? "GET",
          path: message.url ?? "/",
          headers,
          body,
          isGrpc,
          version: offered.appProtocol === "http" ? "HTTP1" : "HTTP2",
          slot: choice.slot(isTest(message, offered) ? shares.test : shares.production),
          hosts: () => this.#hosts(caller.endpoint).hosts,
          choice,
          connections: this.#connections,
          perRequestTimeoutMs: offered.perRequestTimeoutMs,
          idleTimeoutMs: offered.idleTimeoutMs,
          wallClock: this.#with.wallClock,
          now: this.#now,
        },
        response,
      ).start();
    });
  }
}

/** Whether the request asks for the revision under test (ECS, "Service Connect resources for blue/green deployments"). */
function isTest({ headers }: ClientMessage, { testHeader: { name, exact } }: ConnectEndpoint): boolean {
  const value = headers[name];
  return value !== undefined && (exact === undefined || value === exact);
}
