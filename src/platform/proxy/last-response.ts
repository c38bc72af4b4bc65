/** Responses after which a client's connection takes no further request. */
import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { ClientResponse } from "./client-response.ts";
import type { ClientMessage } from "./listener-server.ts";

/** A response on a connection that Node has given up parsing; the connection ends with it. */
export function lastResponse(message: IncomingMessage, socket: Socket): ServerResponse {
  const response = new ServerResponse(message);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.on("finish", () => socket.end());
  return response;
}

/** No further request on this connection. */
export function endAfter(message: ClientMessage, response: ClientResponse): void {
  if ("stream" in message) message.stream.session?.close();
  else if (response instanceof ServerResponse) response.shouldKeepAlive = false;
}
