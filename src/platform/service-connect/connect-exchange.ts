/**
 * One request through the Service Connect proxy: to a host, the answer back, both streamed. A host that cannot be reached has not
 * seen the request, which goes to another one; one that broke off before its answer is followed by another when repeating is
 * harmless (an idempotent method, its body at hand); one that stays silent may still be at it and is followed by none. Two retries,
 * none to a host that failed it (ECS, "Service Connect components", retries; the number is Envoy's setting there).
 */
import { PassThrough, type Readable } from "node:stream";
import type { Dispatcher } from "undici";
import type { EndpointChoice } from "../../engine/balancing/endpoint-choice.ts";
import type { ConnectHost } from "../../engine/service/connect-hosts.ts";
import type { Cancel, Clock } from "../../kit/clock.ts";
import { type ClientResponse, passHead, passTrailers } from "../proxy/client-response.ts";
import { discardBody } from "../proxy/incoming-body.ts";
import { isAtHand, isIdempotent, wasCut, wasUnreached, wasUnsendable } from "../proxy/repeatable.ts";
import { responseHeaders } from "../proxy/request-headers.ts";
import type { TargetConnection } from "../proxy/target-connections.ts";
import type { HostConnections } from "./host-connections.ts";
import { type ProxyFailure, sendReply } from "./proxy-reply.ts";

export interface ConnectRequest {
  readonly method: string;
  readonly path: string;
  /** Flat, for the host. */
  readonly headers: string[];
  readonly body: Buffer | Readable | null;
  readonly isGrpc: boolean;
  readonly version: "HTTP1" | "HTTP2";
  /** The slot that was chosen for it. */
  readonly slot: string | undefined;
  /** The endpoint's hosts at this moment. */
  readonly hosts: () => readonly ConnectHost[];
  readonly choice: EndpointChoice;
  readonly connections: HostConnections;
  /** 0: none. */
  readonly perRequestTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** The machine's time, for the timeout of a real program. */
  readonly wallClock: Clock;
  /** Engine time, for outlier detection. */
  readonly now: () => number;
}

const MOST_RETRIES = 2;
/** Of a host that may still be at it. */
const silent: ReadonlySet<string> = new Set(["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"]);

export class ConnectExchange implements Dispatcher.DispatchHandler {
  readonly #request: ConnectRequest;
  readonly #response: ClientResponse;
  readonly #tried = new Set<string>();
  #host: ConnectHost | undefined;
  #connection: TargetConnection | undefined;
  #abort: ((failure?: Error) => void) | undefined;
  #resume: (() => void) | undefined;
  #cancelTimeout: Cancel = () => {};
  #sending: PassThrough | undefined;
  #retries = 0;
  /** Its body has begun to leave. */
  #sent = false;
  #answered = false;
  #over = false;

  constructor(request: ConnectRequest, response: ClientResponse) {
    this.#request = request;
    this.#response = response;
  }

  start(): void {
    const { perRequestTimeoutMs, wallClock } = this.#request;
    this.#response.on("close", () => {
      if (this.#over) return;
      this.#finish(false);
      this.#abort?.();
    });
    if (perRequestTimeoutMs > 0) {
      this.#cancelTimeout = wallClock.at(wallClock.now() + perRequestTimeoutMs, () => {
        this.#blame();
        this.#fail("timed-out");
        this.#abort?.();
      });
    }
    this.#next("no-host");
  }

  /** To the next host; `failure` is what the client is told when there is none. */
  #next(failure: ProxyFailure): void {
    const { choice, hosts, slot, now, connections, version } = this.#request;
    this.#host = choice.host(hosts(), slot, this.#tried, now());
    if (this.#host === undefined) {
      this.#fail(failure);
      return;
    }
    this.#tried.add(this.#host.taskId);
    this.#dispatch(connections.to(this.#host, version).acquire());
  }

  #dispatch(connection: TargetConnection): void {
    const { method, path, headers, body, idleTimeoutMs } = this.#request;
    this.#connection = connection;
    this.#abort = undefined;
    this.#sending = isAtHand(body) ? undefined : new PassThrough();
    this.#sending?.on("error", () => {}); // The exchange is told by `onError`.
    const timeouts = { headersTimeout: idleTimeoutMs, bodyTimeout: idleTimeoutMs };
    connection.dispatch({ method, path, headers, body: this.#sending ?? (body as Buffer | null), ...timeouts }, this);
  }

  onConnect(abort: (failure?: Error) => void): void {
    this.#abort = abort;
    const { body } = this.#request;
    if (this.#over) abort();
    if (this.#over || this.#sending === undefined || isAtHand(body)) return;
    // Not before there is a host to read it, so that a host out of reach costs nothing of it.
    this.#sent = true;
    const sending = this.#sending;
    body.once("error", () => sending.destroy());
    body.pipe(sending);
  }

  onHeaders(statusCode: number, rawHeaders: Buffer[], resume: () => void, statusText: string): boolean {
    if (statusCode < 200) return true;
    if (this.#over) return false;
    passHead(this.#response, statusCode, statusText, responseHeaders(rawHeaders), resume);
    this.#answered = true;
    this.#resume = resume;
    return true;
  }

  onData(chunk: Buffer): boolean {
    return this.#response.write(chunk);
  }

  onComplete(trailers: string[] | null): void {
    if (this.#over) return;
    passTrailers(this.#response, trailers);
    this.#finish(true);
    this.#response.end();
  }

  onError(failure: Error & { code?: string }): void {
    if (this.#over) return;
    const host = this.#host;
    const wasKept = this.#connection?.reused === true;
    this.#connection?.release(false);
    this.#connection = undefined;
    const { method, body, connections, version } = this.#request;
    const { code = "" } = failure;
    if (wasUnsendable(code)) {
      this.#fail("malformed");
      return;
    }
    const isUnreached = !this.#sent && wasUnreached(code);
    const isSilent = silent.has(code);
    const isHarmless = isUnreached || (!isSilent && isIdempotent(method) && isAtHand(body));
    const mayRepeat = !this.#answered && !this.#sent && isHarmless;
    // A kept connection that ended as the request went out says nothing about its host.
    if (wasKept && wasCut(code) && host !== undefined && mayRepeat) {
      this.#dispatch(connections.to(host, version).acquire(true));
      return;
    }
    this.#blame();
    const reason = isUnreached ? "connection-failed" : isSilent ? "timed-out" : "connection-broke";
    if (mayRepeat && this.#retries < MOST_RETRIES) {
      this.#retries++;
      this.#next(reason);
    } else {
      this.#fail(reason);
    }
  }

  #blame(): void {
    const { choice, hosts, now } = this.#request;
    if (this.#host !== undefined) choice.failed(this.#host, hosts(), now());
  }

  #fail(failure: ProxyFailure): void {
    if (this.#over) return;
    this.#finish(false);
    // Once the head has left, cutting is the only way to say that the rest is missing.
    if (this.#answered) this.#response.destroy();
    else sendReply(this.#response, failure, this.#request.isGrpc);
  }

  #finish(usable: boolean): void {
    this.#over = true;
    this.#cancelTimeout();
    if (this.#resume !== undefined) this.#response.off("drain", this.#resume);
    discardBody(this.#request.body);
    this.#connection?.release(usable);
    this.#connection = undefined;
    // A host that has answered before all was sent gets no more, and its stream is free again.
    this.#sending?.destroy();
  }
}
