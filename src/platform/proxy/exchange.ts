/**
 * One request on its way through the balancer: to a target over one of its connections, and the response back, both
 * streamed. What goes wrong becomes the answer an Application Load Balancer gives: 502 when the target refuses, cuts or
 * garbles, 504 when it cannot be reached within ten seconds or stays silent for the idle timeout; after the head of
 * the response has left, the client's connection is cut.
 *
 * A request that met a kept-alive connection just as the target closed it is sent once more on a fresh connection,
 * when nothing of an answer had come and repeating it is harmless: an idempotent method whose body is at hand.
 */
import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import { type ClientResponse, passHead, passTrailers } from "./client-response.ts";
import { sendGenerated } from "./generated-response.ts";
import { discardBody } from "./incoming-body.ts";
import type { ProxiedTarget } from "./proxied-target.ts";
import { isAtHand, isIdempotent, wasCut } from "./repeatable.ts";
import { responseHeaders } from "./request-headers.ts";
import type { TargetConnection } from "./target-connections.ts";
import { failedTarget } from "./target-failure.ts";
import { countOwnResponse, countTargetResponse, type GroupTraffic, type LoadBalancerTraffic } from "./traffic.ts";

export interface ExchangeRequest {
  readonly method: string;
  /** Path and query for the target. */
  readonly path: string;
  readonly headers: string[];
  readonly body: Buffer | Readable | null;
  readonly idleTimeoutMs: number;
  readonly target: ProxiedTarget;
  /** Changes the response's headers in place before they leave. */
  readonly completeHeaders: ((headers: string[]) => void) | undefined;
  readonly traffic: LoadBalancerTraffic;
  readonly groupTraffic: GroupTraffic;
  /** Wall time in ms. */
  readonly now: () => number;
}

/** Sends the request on its way. The target counts it as in flight until the exchange is over. */
export function startExchange(request: ExchangeRequest, response: ClientResponse): void {
  new Exchange(request, response).start();
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly #request: ExchangeRequest;
  readonly #response: ClientResponse;
  readonly #startedAt: number;
  #connection: TargetConnection | undefined;
  #abort: ((failure?: Error) => void) | undefined;
  #resume: (() => void) | undefined;
  #answered = false;
  #over = false;
  #clientGone = false;
  #retried = false;

  constructor(request: ExchangeRequest, response: ClientResponse) {
    this.#request = request;
    this.#response = response;
    this.#startedAt = request.now();
  }

  start(): void {
    const { target, traffic, groupTraffic } = this.#request;
    target.begin();
    traffic.requests++;
    groupTraffic.requests++;
    this.#response.on("close", () => {
      if (!this.#over) this.#clientLeft();
    });
    this.#dispatch(false);
  }

  #dispatch(fresh: boolean): void {
    const { method, path, headers, body, idleTimeoutMs, target } = this.#request;
    const connection = target.connections.acquire(fresh);
    this.#connection = connection;
    connection.dispatch({ method, path, headers, body, headersTimeout: idleTimeoutMs, bodyTimeout: idleTimeoutMs }, this);
  }

  onConnect(abort: (failure?: Error) => void): void {
    this.#abort = abort;
    if (this.#clientGone) abort();
  }

  onHeaders(statusCode: number, rawHeaders: Buffer[], resume: () => void, statusText: string): boolean {
    // Informational answers (102, 103) are for the balancer only.
    if (statusCode < 200) return true;
    const { completeHeaders, traffic, groupTraffic, now } = this.#request;
    const headers = responseHeaders(rawHeaders);
    completeHeaders?.(headers);
    // Throws for what the client's protocol cannot say; to the client it is a garbled answer then.
    passHead(this.#response, statusCode, statusText, headers, resume);
    this.#answered = true;
    this.#resume = resume;
    const elapsed = now() - this.#startedAt;
    countTargetResponse(traffic, statusCode, elapsed);
    countTargetResponse(groupTraffic, statusCode, elapsed);
    return true;
  }

  onData(chunk: Buffer): boolean {
    this.#request.traffic.processedBytes += chunk.length;
    return this.#response.write(chunk);
  }

  onComplete(trailers: string[] | null): void {
    passTrailers(this.#response, trailers);
    this.#end(true);
    this.#response.end();
  }

  onError(failure: Error & { code?: string }): void {
    if (this.#mayRepeat(failure)) {
      this.#retried = true;
      this.#connection?.release(false);
      this.#dispatch(true);
      return;
    }
    const wasOver = this.#over;
    this.#end(false);
    if (wasOver || this.#clientGone) return;
    if (this.#answered) {
      // The head has left: the only way to tell the client that the rest is missing is to cut.
      this.#response.destroy();
      return;
    }
    const { traffic, groupTraffic } = this.#request;
    sendGenerated(this.#response, failedTarget(failure, traffic, groupTraffic));
  }

  #mayRepeat({ code }: { code?: string }): boolean {
    const { method, body } = this.#request;
    return (
      !this.#retried &&
      !this.#answered &&
      !this.#clientGone &&
      this.#connection?.reused === true &&
      isAtHand(body) &&
      isIdempotent(method) &&
      wasCut(code) &&
      this.#request.target.health.state !== "unused"
    );
  }

  #clientLeft(): void {
    this.#clientGone = true;
    // The load balancer's own log would say 460.
    if (!this.#answered) countOwnResponse(this.#request.traffic, 460);
    this.#abort?.();
  }

  #end(usable: boolean): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#resume !== undefined) this.#response.off("drain", this.#resume);
    discardBody(this.#request.body);
    this.#connection?.release(usable);
    this.#request.target.end();
  }
}
