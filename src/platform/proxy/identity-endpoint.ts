/**
 * One request to an endpoint of an identity provider, for tokens, claims or keys, within five seconds. An endpoint on this machine may be plain HTTP or
 * show any certificate (the platform's authority signs those of its own listeners); elsewhere a certificate must hold.
 */
import { lookup } from "node:dns";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { isLoopbackHost } from "../../kit/loopback-host.ts";

export interface EndpointAnswer {
  readonly status: number;
  readonly body: string;
  /** More came than is read. */
  readonly isCutOff: boolean;
}

const ANSWER_TAKES_MS = 5_000;
const LARGEST_ANSWER_BYTES = 64 * 1024;

export interface EndpointRequest {
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly largestBytes?: number;
}

/** Undefined where the endpoint cannot be reached or does not answer in time. Redirects are answers. */
export function askEndpoint(
  endpoint: string,
  { method, headers, body = "", largestBytes = LARGEST_ANSWER_BYTES }: EndpointRequest,
): Promise<EndpointAnswer | undefined> {
  const url = new URL(endpoint);
  const options = {
    method,
    headers: { ...headers, "content-length": Buffer.byteLength(body) },
    signal: AbortSignal.timeout(ANSWER_TAKES_MS),
    agent: false as const,
    lookup: lookUp,
  };
  return new Promise((resolve) => {
    const unreachable = (): void => resolve(undefined);
    const answered = (answer: IncomingMessage): void => {
      answer.on("error", unreachable);
      void read(answer, largestBytes).then(resolve, unreachable);
    };
    const asked =
      url.protocol === "https:"
        ? httpsRequest(url, { ...options, rejectUnauthorized: !isLoopbackHost(url.hostname) }, answered)
        : httpRequest(url, options, answered);
    asked.on("error", unreachable);
    // An offer of another protocol, unasked, is the last that the request tells of; not even its signal ends it.
    asked.on("upgrade", ({ statusCode = 101 }, socket) => {
      socket.destroy();
      resolve({ status: statusCode, body: "", isCutOff: false });
    });
    asked.end(body);
  });
}

/** Names of this machine that its resolver need not know (`login.localhost`). */
const lookUp: LookupFunction = (hostname, options, callback) =>
  lookup(isLoopbackHost(hostname) ? "localhost" : hostname, options, callback);

async function read(answer: IncomingMessage, largestBytes: number): Promise<EndpointAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > largestBytes) break;
  }
  const isCutOff = size > largestBytes;
  return { status: answer.statusCode ?? 0, body: isCutOff ? "" : Buffer.concat(chunks).toString("utf8"), isCutOff };
}
