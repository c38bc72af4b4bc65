/**
 * How the load balancer and the health checks reach a task. A task's address belongs to a private network that the
 * host has no route to, so a connection is opened inside that network and handed over, or mapped to a local port.
 */
import { connect, type Socket } from "node:net";

export interface Dialer {
  /**
   * Opens a TCP connection to a task. Rejects with an error that carries Node's code: `ECONNREFUSED` when nothing
   * listens, `EHOSTUNREACH` when no task has that address, `ETIMEDOUT` after `timeoutMs` of wall time.
   */
  connect(target: { readonly ip: string; readonly port: number }, timeoutMs: number): Promise<Socket>;
}

/** An error as Node's own sockets give it. */
export function dialError(code: string, target: { readonly ip: string; readonly port: number }, detail = ""): Error {
  const error = new Error(`connect ${code} ${target.ip}:${target.port}${detail === "" ? "" : `: ${detail}`}`);
  return Object.assign(error, { code, syscall: "connect", address: target.ip, port: target.port });
}

/** Connects to a port of this machine itself. */
export function dialLocal(target: { readonly ip: string; readonly port: number }, localPort: number, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port: localPort, noDelay: true });
    const timer = setTimeout(() => {
      socket.destroy();
      reject(dialError("ETIMEDOUT", target));
    }, timeoutMs);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.removeAllListeners("error");
      resolve(socket);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(dialError(error.code ?? "ECONNREFUSED", target));
    });
  });
}
