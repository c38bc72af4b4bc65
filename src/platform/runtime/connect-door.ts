import type { Socket } from "node:net";

/** What answers behind the names that Service Connect gives to tasks. */
export interface ConnectDoor {
  /** Takes over a connection of the task of that address to an endpoint of its `clientAliases`. */
  accept(socket: Socket, clientIp: string, endpoint: string): void;
  /** The task of that address is gone. */
  left(clientIp: string): void;
}
