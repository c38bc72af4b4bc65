/** Takes a request off the wire: its body (unzipped, bounded), path, query and, for the query protocols, its form. */
import type { IncomingMessage } from "node:http";
import { gunzipSync } from "node:zlib";
import { AwsFault } from "./aws-fault.ts";
import type { WireRequest } from "./protocol.ts";

/** ECR's layer parts are the largest bodies: 20 MB, a third more in base64. */
const LARGEST_BODY = 64 * 1024 * 1024;

/** The client hung up before its request was whole: nobody is left to be answered. */
export class ClientLeftError extends Error {
  constructor() {
    super("the client left before its request was whole");
    this.name = "ClientLeftError";
  }
}

/** Throws `AwsFault` for what cannot be read, `ClientLeftError`. */
export async function receive(request: IncomingMessage): Promise<WireRequest> {
  const url = request.url ?? "/";
  const mark = url.indexOf("?");
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = mark < 0 ? undefined : new URLSearchParams(url.slice(mark + 1));
  const body = unzipped(await bodyOf(request), request.headers["content-encoding"]);
  return { method: request.method ?? "GET", path, headers: request.headers, query, form: formOf(request, body) ?? query, body };
}

function formOf(request: IncomingMessage, body: Buffer): URLSearchParams | undefined {
  const type = request.headers["content-type"];
  return type?.startsWith("application/x-www-form-urlencoded") ? new URLSearchParams(body.toString("utf8")) : undefined;
}

function bodyOf(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      // What is too long is still read to its end, so that the client gets the answer and not a broken pipe.
      if (size <= LARGEST_BODY) chunks.push(chunk);
    });
    request.on("end", () => {
      if (size > LARGEST_BODY) reject(new AwsFault("RequestEntityTooLarge", `The request body exceeds ${LARGEST_BODY} bytes`, 413));
      else resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
    });
    request.on("error", () => reject(new ClientLeftError()));
    request.on("close", () => reject(new ClientLeftError()));
  });
}

/** botocore compresses large PutMetricData requests. */
function unzipped(body: Buffer, encoding: string | undefined): Buffer {
  if (encoding !== "gzip" || body.length === 0) return body;
  try {
    return gunzipSync(body, { maxOutputLength: LARGEST_BODY });
  } catch {
    throw new AwsFault("SerializationException", "The request body is not valid gzip.");
  }
}
