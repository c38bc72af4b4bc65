/** Two connections as one: what a tunnel and a relay of TCP are once both sides stand. */
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

/**
 * Bytes both ways. The end of one side is the end of the other, a break a break; silence in both directions for the idle timeout (0:
 * none) cuts both. Sockets that allow it end half by half.
 */
export function joinSockets(one: Socket, other: Socket, idleTimeoutMs: number): void {
  const cut = (): void => {
    one.destroy();
    other.destroy();
  };
  if (one.destroyed || other.destroyed) {
    cut();
    return;
  }
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.setTimeout(idleTimeoutMs, cut);
    from.on("error", () => breakOff(to));
    from.on("close", () => to.destroySoon());
    from.pipe(to);
  }
}

/** Only bare TCP can be reset; over TLS it is the missing farewell that tells a break from an end. */
function breakOff(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}
