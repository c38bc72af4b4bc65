/**
 * How a target group's targets are spoken to: in clear text or over TLS, by HTTP/1.1 or HTTP/2 (target group protocol
 * and protocol version). As on AWS, the certificate of a target is not verified.
 */
import type { Socket } from "node:net";
import { connect as connectSecurely } from "node:tls";
import type { Target } from "../../controller/ports.ts";
import type { Dialer } from "../runtime/dialer.ts";

export interface TargetProtocol {
  readonly tls: boolean;
  readonly version: "HTTP1" | "HTTP2" | "GRPC";
}

/** The load balancer gives up connecting after ten seconds (ALB, HTTP 504). */
const CONNECT_TIMEOUT_MS = 10_000;

/** A connection ready for the first request. Rejects as `Dialer` does, or with the error of the TLS handshake. */
export async function connectTarget(dialer: Dialer, target: Target, { tls, version }: TargetProtocol): Promise<Socket> {
  const socket = await dialer.connect(target, CONNECT_TIMEOUT_MS);
  socket.setNoDelay(true);
  if (tls) return secured(socket, version === "HTTP1" ? "http/1.1" : "h2");
  // In clear text nothing is negotiated: HTTP/2 is spoken with prior knowledge. The mark is what undici goes by.
  return version === "HTTP1" ? socket : Object.assign(socket, { alpnProtocol: "h2" });
}

function secured(socket: Socket, protocol: "http/1.1" | "h2"): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const secure = connectSecurely({ socket, rejectUnauthorized: false, ALPNProtocols: [protocol] });
    const late = (): void => {
      secure.destroy(Object.assign(new Error("the TLS handshake took too long"), { code: "ETIMEDOUT" }));
    };
    secure.setTimeout(CONNECT_TIMEOUT_MS, late);
    secure.once("error", reject);
    secure.once("secureConnect", () => {
      secure.setTimeout(0);
      secure.off("timeout", late);
      secure.off("error", reject);
      if (protocol === "h2" && secure.alpnProtocol !== "h2") {
        secure.destroy();
        reject(Object.assign(new Error("the target does not speak HTTP/2"), { code: "ERR_HTTP2_ERROR" }));
      } else {
        resolve(secure);
      }
    });
  });
}
