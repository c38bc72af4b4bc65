/**
 * The balancer's connections to one target: one request at a time on each, kept alive between requests
 * and opened through the `Dialer`. Owning the connections, rather than leaving them to a pool, is what tells a
 * reused connection from a fresh one (only the former may lose the race with the target's keep-alive timeout) and
 * lets a drain close what is idle at once.
 */
import type { buildConnector, Dispatcher } from "undici";
import Client from "undici/lib/dispatcher/client.js";
import type { Target } from "../../controller/ports.ts";
import type { Dialer } from "../runtime/dialer.ts";
import { connectTarget, type TargetProtocol } from "./target-protocol.ts";

/**
 * Idle connections are closed before the keep-alive timeout of common servers (gunicorn 2 s, uvicorn and Node 5 s),
 * so that the platform does not add failures of its own; a server's `Keep-Alive: timeout` hint is obeyed as well.
 */
const KEEP_ALIVE_MS = 1_500;

/** The largest response head a load balancer takes. */
const MAX_HEADER_BYTES = 32 * 1024;

export interface TargetConnection {
  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void;
  /** Whether this connection carried a request before the current one. */
  readonly reused: boolean;
  /** The request is over. `usable`: it ended well, so that the connection may carry another. */
  release(usable: boolean): void;
}

export class TargetConnections {
  readonly #origin: string;
  readonly #connect: buildConnector.connector;
  /** The most recently used last: under falling load the oldest go idle and close. */
  readonly #idle: Connection[] = [];
  readonly #all = new Set<Connection>();
  #draining = false;

  constructor(target: Target, protocol: TargetProtocol, dialer: Dialer) {
    this.#origin = `${protocol.tls ? "https" : "http"}://${target.ip}:${target.port}`;
    this.#connect = (_, callback) => {
      connectTarget(dialer, target, protocol).then(
        (socket) => callback(null, socket),
        (failure: unknown) => callback(failure instanceof Error ? failure : new Error(String(failure)), null),
      );
    };
  }

  /** `fresh`: a connection that carried nothing yet. */
  acquire(fresh = false): TargetConnection {
    return (fresh ? undefined : this.#idle.pop()) ?? this.#open();
  }

  /** Closes what is idle now and all others as soon as their request is over. */
  drain(): void {
    this.#draining = true;
    for (const connection of this.#idle.splice(0)) this.#discard(connection);
  }

  /** Takes connections again after a drain that was called off. */
  reopen(): void {
    this.#draining = false;
  }

  /** Cuts every connection; requests in flight fail. */
  destroy(): void {
    this.#draining = true;
    this.#idle.length = 0;
    for (const connection of [...this.#all]) this.#discard(connection);
  }

  #open(): Connection {
    const client = new Client(this.#origin, {
      connect: this.#connect,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      // The client's length is passed on as it came; a body that breaks its promise is the target's to refuse.
      strictContentLength: false,
    });
    const connection = new Connection(client, (usable) => {
      if (usable && !this.#draining) this.#idle.push(connection);
      else this.#discard(connection);
    });
    // An idle connection that goes away is forgotten; the next request opens another.
    client.on("disconnect", () => {
      const place = this.#idle.indexOf(connection);
      if (place >= 0) {
        this.#idle.splice(place, 1);
        this.#discard(connection);
      } else {
        connection.reused = false;
      }
    });
    this.#all.add(connection);
    return connection;
  }

  #discard(connection: Connection): void {
    if (!this.#all.delete(connection)) return;
    connection.client.destroy().catch(() => {
      // Destroying tells of nothing but the requests it cut, and those have told it themselves.
    });
  }
}

class Connection implements TargetConnection {
  readonly client: Client;
  readonly #onRelease: (usable: boolean) => void;
  reused = false;

  constructor(client: Client, onRelease: (usable: boolean) => void) {
    this.client = client;
    this.#onRelease = onRelease;
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.client.dispatch(options, handler);
  }

  release(usable: boolean): void {
    this.reused = true;
    this.#onRelease(usable);
  }
}
