/** Opens the gateway's listener and closes it without cutting off answers on their way. */
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";

export interface Listening {
  readonly port: number;
  /** `http://127.0.0.1:4566` */
  readonly endpoint: string;
  /** Takes a connection over that came in elsewhere (from a task's network), as if it had come to this port. */
  accept(socket: Socket): void;
  /** Takes no more requests, lets those under way end for at most two seconds, and resolves when no connection is left. */
  close(): Promise<void>;
}

const LAST_ANSWERS_MS = 2_000;

/** SDK clients keep connections for long; one closed by us while they write to it would fail their request. */
const KEEP_ALIVE_MS = 120_000;

export function listen(listener: RequestListener, port: number, host: string): Promise<Listening> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 }, listener);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      const { port: opened } = server.address() as AddressInfo;
      resolve({
        port: opened,
        endpoint: `http://${host}:${opened}`,
        accept: (socket) => server.emit("connection", socket),
        close: () => closed(server),
      });
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cutOff = setTimeout(() => server.closeAllConnections(), LAST_ANSWERS_MS);
    // A connection whose request ends now would be kept alive for the client's next one.
    const sweep = setInterval(() => server.closeIdleConnections(), 20);
    server.close(() => {
      clearTimeout(cutOff);
      clearInterval(sweep);
      resolve();
    });
    server.closeIdleConnections();
  });
}
