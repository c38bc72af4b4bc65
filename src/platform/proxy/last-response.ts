import { ServerResponse } from "node:http";
import type { ClientResponse } from "./client-response.ts";
import type { ClientMessage } from "./listener-server.ts";

/** No further request on this connection. */
export function endAfter(message: ClientMessage, response: ClientResponse): void {
  if ("stream" in message) message.stream.session?.close();
  else if (response instanceof ServerResponse) response.shouldKeepAlive = false;
}
