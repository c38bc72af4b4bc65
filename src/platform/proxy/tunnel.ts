/**
 * A connection that leaves HTTP behind (websockets): the request to upgrade goes to the target on a connection of its
 * own, and after `101 Switching Protocols` bytes go both ways until one side closes or both are silent for the idle
 * timeout. A target that answers anything else answers the client, whose connection is then closed.
 */
import { request as httpRequest, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Dialer } from "../runtime/dialer.ts";
import { joinSockets } from "./joined-sockets.ts";
import type { ProxiedTarget } from "./proxied-target.ts";
import { SILENT } from "./target-failure.ts";
import { connectTarget } from "./target-protocol.ts";

export interface Tunnel {
  readonly method: string;
  readonly path: string;
  /** Flat, for the target. */
  readonly headers: string[];
  /** What the client sent behind its request. */
  readonly head: Buffer;
  /** `Set-Cookie` values for the client, beside what the target says. */
  readonly cookies: readonly string[];
  /** To the client. */
  readonly socket: Socket;
  readonly target: ProxiedTarget;
  readonly tls: boolean;
  readonly dialer: Dialer;
  readonly idleTimeoutMs: number;
  /** Told what the target answers: 101, or something else instead. */
  readonly answered: (statusCode: number) => void;
  /** Answers for a target that did not, with the failure of the connection to it. */
  readonly refuse: (failure: { readonly code?: string }) => void;
}

export function startTunnel({
  method,
  path,
  headers,
  head,
  cookies,
  socket,
  target,
  tls,
  dialer,
  idleTimeoutMs,
  answered,
  refuse,
}: Tunnel): void {
  let upstream: Socket | undefined;
  const end = target.beginTunnel(() => {
    socket.destroy();
    upstream?.destroy();
  });
  socket.once("close", () => {
    upstream?.destroy();
    end();
  });

  let isAnswered = false;
  let isRefused = false;
  const failed = (failure: { readonly code?: string }): void => {
    // The end of a connection that was cut here is told once more, and the refusal must still reach the client.
    if (isRefused) return;
    isRefused = true;
    if (isAnswered) socket.destroy();
    else if (!socket.destroyed) refuse(failure);
  };
  connectTarget(dialer, target.address, { tls, version: "HTTP1" }).then((connected) => {
    upstream = connected;
    if (socket.destroyed) connected.destroy();
    else ask(connected);
  }, failed);

  const ask = (connected: Socket): void => {
    const asked = httpRequest({ createConnection: () => connected, method, path, headers, setHost: false });
    const silent = setTimedOut(connected, idleTimeoutMs, () => {
      connected.destroy();
      failed({ code: SILENT });
    });
    asked.on("upgrade", (answer, _, first) => {
      isAnswered = true;
      answered(answer.statusCode ?? 0);
      socket.write(headOf(answer, cookies));
      socket.write(first);
      if (head.length > 0) connected.write(head);
      silent.off();
      joinSockets(socket, connected, idleTimeoutMs);
    });
    asked.on("response", (answer) => {
      isAnswered = true;
      answered(answer.statusCode ?? 0);
      socket.write(headOf(answer, cookies));
      endWithin(socket, idleTimeoutMs);
      answer.on("close", () => {
        connected.destroy();
        if (!answer.complete) socket.destroy();
      });
      answer.pipe(socket);
    });
    asked.on("error", failed);
    asked.end();
  };
}

/** For the last words on a connection: a client that does not hang up after them is cut. */
export function endWithin(socket: Socket, idleTimeoutMs: number): void {
  socket.setTimeout(idleTimeoutMs, () => socket.destroy());
}

function setTimedOut(socket: Socket, timeoutMs: number, callback: () => void): { off: () => void } {
  socket.setTimeout(timeoutMs, callback);
  return { off: () => socket.off("timeout", callback) };
}

function headOf(answer: IncomingMessage, cookies: readonly string[]): string {
  const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`];
  const upgraded = answer.statusCode === 101;
  for (let index = 0; index < answer.rawHeaders.length; index += 2) {
    const name = answer.rawHeaders[index] as string;
    // Node has taken the chunks of the body apart, so its end is told by closing.
    if (!upgraded && /^(connection|keep-alive|transfer-encoding)$/i.test(name)) continue;
    lines.push(`${name}: ${answer.rawHeaders[index + 1]}`);
  }
  for (const cookie of cookies) lines.push(`Set-Cookie: ${cookie}`);
  if (!upgraded) lines.push("Connection: close");
  return `${lines.join("\r\n")}\r\n\r\n`;
}
