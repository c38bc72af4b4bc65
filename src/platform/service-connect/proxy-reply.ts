/** The answers a Service Connect proxy gives itself, in Envoy's words; to gRPC a status in the headers of an HTTP 200. */
import type { ClientResponse } from "../proxy/client-response.ts";

export type ProxyFailure = "no-host" | "connection-failed" | "connection-broke" | "timed-out" | "malformed";

interface Reply {
  readonly statusCode: number;
  readonly statusText: string;
  readonly body: string;
}

const replies: Readonly<Record<ProxyFailure, Reply>> = {
  "no-host": { statusCode: 503, statusText: "Service Unavailable", body: "no healthy upstream" },
  "connection-failed": {
    statusCode: 503,
    statusText: "Service Unavailable",
    body: "upstream connect error or disconnect/reset before headers. reset reason: connection failure",
  },
  "connection-broke": {
    statusCode: 503,
    statusText: "Service Unavailable",
    body: "upstream connect error or disconnect/reset before headers. reset reason: connection termination",
  },
  malformed: { statusCode: 400, statusText: "Bad Request", body: "Bad Request" },
  "timed-out": { statusCode: 504, statusText: "Gateway Timeout", body: "upstream request timeout" },
};
/** What HTTP's statuses are to gRPC: UNAVAILABLE, and INTERNAL for 400 ("HTTP to gRPC Status Code Mapping"). */
const GRPC_UNAVAILABLE = "14";
const GRPC_INTERNAL = "13";

export function sendReply(response: ClientResponse, failure: ProxyFailure, isGrpc: boolean): void {
  const { statusCode, statusText, body } = replies[failure];
  if (isGrpc) {
    const status = statusCode === 400 ? GRPC_INTERNAL : GRPC_UNAVAILABLE;
    response.writeHead(200, "OK", ["content-type", "application/grpc", "grpc-status", status, "grpc-message", body]);
    response.end();
    return;
  }
  response.writeHead(statusCode, statusText, ["content-type", "text/plain", "content-length", String(body.length), "server", "envoy"]);
  response.end(body);
}
