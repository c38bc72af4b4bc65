/**
 * The body of a client's request. A short one is taken in whole before a target is chosen, so that a slow client
 * holds no connection and a lost race can be repeated; a long one, or one of unknown length, is streamed.
 */
import { PassThrough, type Readable } from "node:stream";
import type { ClientMessage } from "./listener-server.ts";
import { isAtHand } from "./repeatable.ts";

const TAKEN_WHOLE_BYTES = 64 * 1024;

export interface IncomingBody {
  readonly body: Buffer | Readable | null;
  /** Set when the length of a streamed body is known. */
  readonly contentLength: string | undefined;
}

const none: IncomingBody = { body: null, contentLength: undefined };

/** Calls back at once when there is nothing to wait for; never when the client leaves first. */
export function takeBody(request: ClientMessage, callback: (body: IncomingBody) => void): void {
  const declared = request.headers["content-length"];
  if (!hasBody(request)) {
    callback(none);
    return;
  }
  const length = declared === undefined ? Infinity : Number(declared);
  if (length > TAKEN_WHOLE_BYTES) {
    callback({ body: throughPipe(request), contentLength: declared });
    return;
  }
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () =>
    callback({ body: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks), contentLength: undefined }),
  );
}

function hasBody(request: ClientMessage): boolean {
  if ("stream" in request) return !request.stream.endAfterHeaders;
  const { "content-length": declared, "transfer-encoding": encoding } = request.headers;
  return encoding !== undefined || (declared !== undefined && declared !== "0");
}

/**
 * Nobody reads on. What is left of a streamed body is taken off the connection: a client that says all before it listens would
 * hear no answer, and a kept connection carry no further request.
 */
export function discardBody(body: Buffer | Readable | null): void {
  if (!isAtHand(body)) body.destroy();
}

/** Whoever reads the body may destroy what it reads from; the client's connection must survive that, to carry the answer. */
function throughPipe(request: ClientMessage): Readable {
  const through = new PassThrough();
  request.pipe(through);
  request.on("close", () => {
    if (!request.complete) through.destroy(new Error("the client left before its request was whole"));
  });
  through.on("error", () => {}); // Who reads it is told.
  through.on("close", () => {
    request.unpipe(through);
    request.resume();
  });
  return through;
}
