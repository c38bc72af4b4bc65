/**
 * A listener of a load balancer: one HTTP server on one port of this machine. It finds the rule a request meets and
 * carries out the rule's action. Rules change while requests run; each request keeps the rule it met.
 */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { GroupChoice } from "../../engine/balancing/group-choice.ts";
import { redirectLocation } from "../../engine/balancing/redirect.ts";
import type { ForwardAction, RedirectAction, RoutingRule } from "../../engine/balancing/routing-rule.ts";
import { compileRules, type Router } from "../../engine/balancing/rule-matching.ts";
import { decodeSticky, GROUP_COOKIE, readCookie, stickyCookies } from "../../engine/balancing/stickiness.ts";
import type { Clock } from "../../kit/clock.ts";
import type { Dialer } from "../runtime/dialer.ts";
import { type Admission, unasked } from "./admission.ts";
import type { CertificateAuthority } from "./certificate-authority.ts";
import type { ClientResponse } from "./client-response.ts";
import { startExchange } from "./exchange.ts";
import {
  errorPage,
  fixedResponse,
  type GeneratedResponse,
  generatedText,
  redirectTo,
  sendGenerated,
  withCookies,
} from "./generated-response.ts";
import { discardBody, type IncomingBody, takeBody } from "./incoming-body.ts";
import { IncomingRequest, plainAddress } from "./incoming-request.ts";
import { endAfter } from "./last-response.ts";
import type { ListenerConfig } from "./listener-config.ts";
import { type ClientMessage, ListenerServer } from "./listener-server.ts";
import type { ProxiedGroup } from "./proxied-group.ts";
import type { ProxiedTarget } from "./proxied-target.ts";
import { dropHeader, isRepeated, requestHeaders } from "./request-headers.ts";
import { rewritten } from "./rewritten-request.ts";
import { type Authenticators, RuleAuthentication } from "./rule-authentication.ts";
import { stickyKeyOf, targetCookies } from "./target-cookies.ts";
import { failedTarget } from "./target-failure.ts";
import type { TraceIds } from "./trace-ids.ts";
import { countOwnResponse, countTargetResponse, type LoadBalancerTraffic } from "./traffic.ts";
import { endWithin, startTunnel } from "./tunnel.ts";

export interface ListenerDependencies {
  readonly wallClock: Clock;
  readonly dialer: Dialer;
  readonly traces: TraceIds;
  readonly authority: CertificateAuthority;
  readonly authenticators: Authenticators;
  readonly report: (defect: unknown) => void;
  readonly group: (arn: string) => ProxiedGroup | undefined;
  /** The port of this machine that stands for a port of the load balancer. */
  readonly hostPortOf: (loadBalancerArn: string, port: number) => number | undefined;
}

const MAX_URL_BYTES = 16 * 1024;
const STALL_MARGIN_MS = 3_000;
/** More X-Forwarded-For entries than this are refused (ALB, HTTP 463). */
const MAX_FORWARDED_FOR = 30;

interface Route {
  readonly target: ProxiedTarget;
  readonly group: ProxiedGroup;
  readonly action: ForwardAction;
}

export class ProxiedListener {
  config: ListenerConfig;
  readonly #with: ListenerDependencies;
  readonly #traffic: LoadBalancerTraffic;
  readonly #authentication: RuleAuthentication;
  readonly #server: ListenerServer;
  readonly #firstRequest = new WeakMap<Socket, number>();
  /** Which node a connection came to: its place among the zones. */
  readonly #nodeOf = new WeakMap<Socket, number>();
  /** Responses over HTTP/1.1 that are not over yet, by their connection. */
  readonly #responses = new WeakMap<Socket, Set<ClientResponse>>();
  #nextNode = 0;
  #router: Router;
  #choices: ReadonlyMap<string, GroupChoice>;
  #hostPort = 0;

  constructor(config: ListenerConfig, traffic: LoadBalancerTraffic, dependencies: ListenerDependencies) {
    this.config = config;
    this.#traffic = traffic;
    this.#with = dependencies;
    this.#authentication = new RuleAuthentication(dependencies.authenticators, traffic.authentication, dependencies.report);
    this.#router = compileRules(config.rules);
    this.#choices = choicesOf(config.rules);
    const { authority } = dependencies;
    const secure = config.protocol === "HTTPS" ? { authority, minVersion: config.minVersion, http2: config.loadBalancer.http2 } : undefined;
    this.#server = new ListenerServer(
      {
        connected: (socket) => this.#connected(socket),
        received: (message, response) => this.#receive(message, response),
        upgrading: (message, socket, head) => this.#upgrade(message, socket, head),
        malformed: (socket, failure) => {
          if (failure.code === "ECONNRESET" || !socket.writable || this.#isBeingAnswered(socket)) socket.destroy();
          else socket.end(this.#text(failure.code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : 400));
        },
      },
      secure,
    );
    this.#applyTimeouts();
  }

  get hostPort(): number {
    return this.#hostPort;
  }

  /** Rejects with the error of the system, `EADDRINUSE` when the port is taken. 0 takes any. */
  async listen(host: string, port: number): Promise<number> {
    this.#hostPort = await this.#server.listen(host, port);
    return this.#hostPort;
  }

  configure(config: ListenerConfig): void {
    const rulesChanged = config.rules !== this.config.rules;
    this.config = config;
    if (rulesChanged) {
      this.#router = compileRules(config.rules);
      this.#choices = choicesOf(config.rules);
    }
    this.#applyTimeouts();
  }

  /** Takes no new connection, lets requests in flight finish, and cuts idle connections. Resolves when none is left. */
  retire(): Promise<void> {
    return this.#server.retire();
  }

  /** Cuts everything. */
  close(): Promise<void> {
    return this.#server.close();
  }

  /** The margin leaves a silent target's 504 the time to come before a client counts as stalled. */
  #applyTimeouts(): void {
    const { idleTimeoutMs } = this.config.loadBalancer;
    this.#server.setTimeouts(idleTimeoutMs, idleTimeoutMs + STALL_MARGIN_MS);
  }

  #connected(socket: Socket): void {
    const traffic = this.#traffic;
    traffic.newConnections++;
    traffic.activeConnections++;
    socket.once("close", () => traffic.activeConnections--);
  }

  /** Whether a client's connection has lasted as long as the load balancer lets it (`client_keep_alive.seconds`). */
  #isOld(socket: Socket): boolean {
    const now = this.#now();
    const since = this.#firstRequest.get(socket);
    if (since === undefined) this.#firstRequest.set(socket, now);
    return since !== undefined && now - since > this.config.loadBalancer.clientKeepAliveMs;
  }

  #note(socket: Socket, response: ClientResponse): void {
    const responses = this.#responses.get(socket) ?? new Set();
    this.#responses.set(socket, responses.add(response));
    response.on("close", () => responses.delete(response));
  }

  /** Whether a response is on its way: another one put into the middle of it would be taken for a part of it. */
  #isBeingAnswered(socket: Socket): boolean {
    return [...(this.#responses.get(socket) ?? [])].some(({ headersSent }) => headersSent);
  }

  #receive(message: ClientMessage, response: ClientResponse): void {
    if (!("stream" in message)) this.#note(message.socket, response);
    // Writing to a client that has just left fails; its leaving is noticed and counted elsewhere.
    response.on("error", ignore);
    if (this.#isOld(message.socket)) endAfter(message, response);
    const refused = this.#refusal(message);
    if (refused !== undefined) this.#answer(response, refused);
    else takeBody(message, (body) => this.#carryOut(message, response, body));
  }

  #carryOut(message: ClientMessage, response: ClientResponse, { body, contentLength }: IncomingBody): void {
    if (response.destroyed) return;
    const request = new IncomingRequest(message);
    const rule = this.#router(request);
    this.#authentication.admit(this.config, rule, request, (admission) => {
      if (!response.destroyed) this.#serve(message, response, { body, contentLength }, request, rule, admission);
    });
  }

  #serve(
    message: ClientMessage,
    response: ClientResponse,
    { body, contentLength }: IncomingBody,
    request: IncomingRequest,
    rule: RoutingRule | undefined,
    admission: Admission,
  ): void {
    const route = admission.refused ?? this.#decide(rule, request, message);
    if (!("target" in route)) {
      discardBody(body);
      this.#answer(response, withCookies(route, admission.cookies));
      return;
    }
    const { target, group, action } = route;
    const { version } = group.config.protocol;
    const { keepServer, set } = this.config.responseHeaders;
    const { cookies, targetHeaders } = admission;
    const touched =
      group.config.stickiness !== undefined || action.stickySeconds !== undefined || !keepServer || set.length > 0 || cookies.length > 0;
    const { path, host } = rewritten(rule?.transforms, request);
    const headers = this.#headers(message, host, contentLength, targetHeaders);
    // A gRPC server asks for this field, which else belongs to the connection.
    if (version === "GRPC") headers.push("TE", "trailers");
    startExchange(
      {
        method: request.method,
        path,
        headers,
        body,
        idleTimeoutMs: this.config.loadBalancer.idleTimeoutMs,
        target,
        completeHeaders: touched ? (headers) => this.#completeHeaders(headers, route, cookies) : undefined,
        traffic: this.#traffic,
        groupTraffic: group.traffic,
        now: this.#now,
      },
      response,
    );
  }

  readonly #now = (): number => this.#with.wallClock.now();

  /** What a load balancer refuses before it looks at rules. */
  #refusal(message: ClientMessage): GeneratedResponse | undefined {
    const url = message.url ?? "";
    if (message.method === "TRACE") return errorPage(405);
    if (url.length > MAX_URL_BYTES) return errorPage(414);
    // What rules match and what the target takes for the host could differ (RFC 9112, 3.2).
    if (isRepeated(message.rawHeaders, "host")) return errorPage(400);
    const forwardedFor = message.headers["x-forwarded-for"];
    if (forwardedFor !== undefined && String(forwardedFor).split(",").length > MAX_FORWARDED_FOR) return errorPage(463);
    return undefined;
  }

  #decide(rule: RoutingRule | undefined, request: IncomingRequest, message: ClientMessage): Route | GeneratedResponse {
    if (rule === undefined) return errorPage(503);
    const { action } = rule;
    switch (action.type) {
      case "fixed-response":
        this.#traffic.fixedResponses++;
        return fixedResponse(action.statusCode, action.contentType, action.body);
      case "redirect":
        this.#traffic.redirects++;
        return redirectTo(action.statusCode, this.#location(action, request));
      case "forward":
        return this.#spoken(this.#route(rule, action, request, this.#zoneOf(message.socket)) ?? errorPage(503), message);
    }
  }

  /** Targets that speak HTTP/2 only take nothing of clients that do not. */
  #spoken(route: Route | GeneratedResponse, { httpVersionMajor }: ClientMessage): Route | GeneratedResponse {
    return "target" in route && route.group.config.protocol.version !== "HTTP1" && httpVersionMajor < 2 ? errorPage(464) : route;
  }

  /** A port of this load balancer is named by the port of this machine that stands for it, so that the client finds it. */
  #location(action: RedirectAction, request: IncomingRequest): string {
    const { loadBalancer, protocol } = this.config;
    const port = /^\d+$/.test(action.port) ? this.#with.hostPortOf(loadBalancer.arn, Number(action.port)) : undefined;
    const onThisMachine = port === undefined ? action : { ...action, port: String(port) };
    return redirectLocation(onThisMachine, request, { protocol, port: this.#hostPort });
  }

  /** On AWS a client's resolver picks the node; here connections go round. */
  #zoneOf(socket: Socket): string | undefined {
    let place = this.#nodeOf.get(socket);
    if (place === undefined) {
      place = this.#nextNode++;
      this.#nodeOf.set(socket, place);
    }
    const { zones } = this.config.loadBalancer;
    return zones[place % zones.length];
  }

  #route(rule: RoutingRule, action: ForwardAction, request: IncomingRequest, zone: string | undefined): Route | undefined {
    const choice = this.#choices.get(rule.arn);
    const staying = action.stickySeconds === undefined ? undefined : decodeSticky(readCookie(request.header("cookie"), GROUP_COOKIE) ?? "");
    const arn = staying !== undefined && choice?.mayStay(staying) === true ? staying : choice?.next();
    const group = arn === undefined ? undefined : this.#with.group(arn);
    if (group === undefined) return undefined;
    const target = group.choose(zone, stickyKeyOf(group.config.stickiness, request.header("cookie")));
    return target === undefined ? undefined : { target, group, action };
  }

  #headers(message: ClientMessage, host: string | undefined, contentLength: string | undefined, identity: readonly string[]): string[] {
    const { socket } = message;
    return requestHeaders({
      rawHeaders: message.rawHeaders,
      clientAddress: plainAddress(socket.remoteAddress),
      clientPort: socket.remotePort ?? 0,
      proto: this.config.protocol === "HTTPS" ? "https" : "http",
      port: this.#hostPort,
      forwardedFor: this.config.loadBalancer.forwardedFor,
      dropInvalidHeaders: this.config.loadBalancer.dropInvalidHeaders,
      trace: this.#with.traces.next(),
      host: host ?? message.headers[":authority"]?.toString(),
      contentLength,
      identity,
    });
  }

  #completeHeaders(headers: string[], { target, group, action }: Route, sessionCookies: readonly string[]): void {
    const now = this.#now();
    const { keepServer, set } = this.config.responseHeaders;
    if (!keepServer) dropHeader(headers, "server");
    for (const [name, value] of set) {
      dropHeader(headers, name.toLowerCase());
      headers.push(name, value);
    }
    for (const cookie of sessionCookies) headers.push("Set-Cookie", cookie);
    for (const cookie of targetCookies(group.config.stickiness, headers, target.key, now)) headers.push("Set-Cookie", cookie);
    if (action.stickySeconds === undefined) return;
    for (const cookie of stickyCookies(GROUP_COOKIE, group.config.arn, action.stickySeconds, now)) headers.push("Set-Cookie", cookie);
  }

  #answer(response: ClientResponse, generated: GeneratedResponse): void {
    this.#traffic.requests++;
    if (generated.statusCode >= 300) countOwnResponse(this.#traffic, generated.statusCode);
    sendGenerated(response, generated);
  }

  #text(statusCode: number): string {
    countOwnResponse(this.#traffic, statusCode);
    return generatedText(errorPage(statusCode), this.#now());
  }

  #upgrade(message: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    const refused = this.#refusal(message);
    const request = new IncomingRequest(message);
    if (refused !== undefined) {
      this.#tunnel(message, socket, head, request, undefined, { ...unasked, refused });
      return;
    }
    const rule = this.#router(request);
    this.#authentication.admit(this.config, rule, request, (admission) => {
      if (!socket.destroyed) this.#tunnel(message, socket, head, request, rule, admission);
    });
  }

  #tunnel(
    message: IncomingMessage,
    socket: Socket,
    head: Buffer,
    request: IncomingRequest,
    rule: RoutingRule | undefined,
    { refused, targetHeaders, cookies }: Admission,
  ): void {
    const route = refused ?? this.#decide(rule, request, message);
    this.#traffic.requests++;
    if (!("target" in route)) {
      countOwnResponse(this.#traffic, route.statusCode);
      this.#end(socket, withCookies(route, cookies));
      return;
    }
    const { path, host } = rewritten(rule?.transforms, request);
    const headers = this.#headers(message, host, undefined, targetHeaders);
    headers.push("Connection", "Upgrade", "Upgrade", message.headers.upgrade ?? "");
    const startedAt = this.#now();
    startTunnel({
      method: request.method,
      path,
      headers,
      head,
      cookies,
      socket,
      target: route.target,
      tls: route.group.config.protocol.tls,
      dialer: this.#with.dialer,
      idleTimeoutMs: this.config.loadBalancer.idleTimeoutMs,
      answered: (statusCode) => {
        for (const traffic of [this.#traffic, route.group.traffic]) countTargetResponse(traffic, statusCode, this.#now() - startedAt);
      },
      refuse: (failure) => this.#end(socket, failedTarget(failure, this.#traffic, route.group.traffic)),
    });
    route.group.traffic.requests++;
  }

  #end(socket: Socket, last: GeneratedResponse): void {
    endWithin(socket, this.config.loadBalancer.idleTimeoutMs);
    socket.end(generatedText(last, this.#now()));
  }
}

function ignore(): void {}

function choicesOf(rules: readonly RoutingRule[]): ReadonlyMap<string, GroupChoice> {
  const choices = new Map<string, GroupChoice>();
  for (const { arn, action } of rules) if (action.type === "forward") choices.set(arn, new GroupChoice(action.targetGroups));
  return choices;
}
