/**
 * The door of the local AWS: one HTTP listener for every emulated service, and the same invocation without the wire
 * for the platform's own use. A request passes the chain in `#serve`: own routes, recognise, parse, validate,
 * dispatch, serialise; whatever is thrown on the way becomes the fault its protocol writes.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Ids } from "../../kit/ids.ts";
import type { ApiLimits } from "./api-limits.ts";
import { AwsFault } from "./aws-fault.ts";
import { awsJson } from "./aws-json.ts";
import { awsQuery, ec2Query } from "./aws-query.ts";
import type { Listening } from "./listen.ts";
import { listen } from "./listen.ts";
import { LoadedService, type ProviderSource } from "./loaded-service.ts";
import type { Call, RequestContext, ServiceName } from "./operations.ts";
import type { Answer, Protocol, WireRequest } from "./protocol.ts";
import { ClientLeftError, receive } from "./receive.ts";
import { type ProtocolName, type Recognised, recognise } from "./recognise.ts";
import { refuseForeignOrigin } from "./refuse-foreign-origin.ts";
import { restJson } from "./rest-json.ts";
import { rpcV2Cbor } from "./rpc-v2-cbor.ts";
import { serviceCatalog } from "./service-catalog.ts";
import { readSignature, type Signature } from "./signature.ts";
import { unrecognised } from "./unrecognised.ts";
import { wireFault } from "./wire-fault.ts";

/** Answers a request that is none of AWS's protocols (an image registry, a health endpoint); false leaves it to others. */
export type Route = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface GatewayDependencies {
  /** Twelve digits. */
  readonly account: string;
  readonly ids: Pick<Ids, "uuid">;
  /** Is told of defects: whatever a handler throws that is no answer of AWS. */
  readonly report: (defect: unknown, operation: string) => void;
  /** Absent: clients may call as often as they like. */
  readonly limits?: ApiLimits;
}

export interface Gateway {
  /** Mounts a service: its provider, or what makes it when the service is first asked. */
  mount<Service extends ServiceName>(service: Service, provider: ProviderSource<Service>): void;
  /** Puts a route in front of AWS's protocols; earlier ones are asked first. */
  route(route: Route): void;
  readonly listener: RequestListener;
  readonly call: Call;
  /** Loads a service ahead of its first request. */
  warm(service: ServiceName): Promise<void>;
  /** Port 0 takes a free one. Rejects with the system's error (`EADDRINUSE`). */
  listen(port: number, host?: string): Promise<Listening>;
}

const protocols: Readonly<Record<ProtocolName, Protocol>> = {
  awsJson1_0: awsJson("1.0"),
  awsJson1_1: awsJson("1.1"),
  awsQuery,
  ec2Query,
  restJson,
  rpcV2Cbor,
};

const DEFAULT_REGION = "us-east-1";

export function createGateway(dependencies: GatewayDependencies): Gateway {
  return new WireGateway(dependencies);
}

class WireGateway implements Gateway {
  readonly #account: string;
  readonly #ids: Pick<Ids, "uuid">;
  readonly #report: GatewayDependencies["report"];
  readonly #limits: ApiLimits | undefined;
  readonly #services = new Map<ServiceName, LoadedService>();
  readonly #routes: Route[] = [];

  constructor({ account, ids, report, limits }: GatewayDependencies) {
    this.#limits = limits;
    this.#account = account;
    this.#ids = ids;
    this.#report = report;
  }

  mount<Service extends ServiceName>(service: Service, provider: ProviderSource<Service>): void {
    this.#services.set(service, new LoadedService(serviceCatalog[service], provider));
  }

  route(route: Route): void {
    this.#routes.push(route);
  }

  readonly call: Call = async (service, operation, input, { region }) => {
    const context = this.#context(region);
    const output = await this.#invoke(service, operation, input as Record<string, unknown>, context);
    return output as Awaited<ReturnType<Call>> as never;
  };

  async warm(service: ServiceName): Promise<void> {
    await this.#services.get(service)?.load();
  }

  listen(port: number, host = "127.0.0.1"): Promise<Listening> {
    return listen(this.listener, port, host);
  }

  readonly listener: RequestListener = (request, response) => {
    if (this.#routes.some((route) => route(request, response))) return;
    this.#serve(request).then(
      (answer) => send(response, answer),
      (failure) => {
        // Only a broken connection gets here: faults are answers.
        response.destroy(failure instanceof Error ? failure : undefined);
      },
    );
  };

  async #serve(request: IncomingMessage): Promise<Answer> {
    const requestId = this.#ids.uuid();
    let meant: Recognised | undefined;
    let signature: Signature | undefined;
    try {
      refuseForeignOrigin(request.headers);
      const received = await receive(request);
      const { authorization } = request.headers;
      const regionSet = request.headers["x-amz-region-set"];
      signature = readSignature(authorization, received.query, typeof regionSet === "string" ? regionSet : undefined);
      meant = recognise({ ...received, signature });
      if (meant === undefined) return unrecognised(received, signature, requestId);
      const context = {
        ...this.#context(signature?.region ?? DEFAULT_REGION, requestId),
        accessKeyId: signature?.accessKeyId,
        origin: request.headers.host === undefined ? undefined : `http://${request.headers.host}`,
        isGone: () => request.socket.destroyed,
      };
      const { service, protocol } = meant;
      const operation = meant.operation ?? (await this.#routed(service.service, received));
      const loaded = await this.#loaded(service.service, operation);
      const schema = loaded.operation(operation);
      this.#limits?.admit(service.service, operation, context.region);
      const input = protocols[protocol].parse(received, schema);
      const output = await loaded.invoke(schema, input, context);
      return protocols[protocol].answer(output, schema, service, requestId);
    } catch (thrown) {
      if (thrown instanceof ClientLeftError) throw thrown;
      return this.#fault(thrown, meant, requestId);
    }
  }

  async #invoke(service: ServiceName, operation: string, input: Record<string, unknown>, context: RequestContext): Promise<unknown> {
    const loaded = await this.#loaded(service, operation);
    return loaded.invoke(loaded.operation(operation), input, context);
  }

  async #loaded(service: ServiceName, operation: string): Promise<LoadedService> {
    const mounted = this.#services.get(service);
    if (mounted === undefined) throw notImplemented(service, operation);
    if (!mounted.ready) await mounted.load();
    if (!mounted.implements(operation)) throw notImplemented(service, operation);
    return mounted;
  }

  /** The operation a REST request means; the request itself, when it means none that the service has. */
  async #routed(service: ServiceName, { method, path }: WireRequest): Promise<string> {
    const mounted = this.#services.get(service);
    if (mounted !== undefined && !mounted.ready) await mounted.load();
    return mounted?.routeOf(method, path) ?? `${method} ${path}`;
  }

  #fault(thrown: unknown, meant: Recognised | undefined, requestId: string): Answer {
    const exceptions = meant === undefined ? undefined : this.#services.get(meant.service.service)?.exceptions;
    let fault = wireFault(thrown, exceptions ?? new Map());
    if (fault === undefined) {
      this.#report(thrown, meant === undefined ? "unrecognised request" : `${meant.service.service}:${meant.operation ?? "(by route)"}`);
      const message = `The local platform failed: ${thrown instanceof Error ? thrown.message : String(thrown)}. This is a bug in fsd.`;
      fault = { name: "InternalFailure", queryCode: "InternalFailure", message, status: 500, sender: false };
    }
    const protocol = meant === undefined ? protocols.awsJson1_1 : protocols[meant.protocol];
    return protocol.fault(fault, meant?.service ?? { namespace: "", xmlNamespace: "" }, requestId);
  }

  #context(region: string, requestId = this.#ids.uuid()): RequestContext {
    return { account: this.#account, region, requestId };
  }
}

function notImplemented(service: ServiceName, operation: string): AwsFault {
  return new AwsFault("NotImplemented", `The local platform does not implement ${service}:${operation}`, 501);
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
  response.writeHead(status, { ...headers, "content-length": length });
  response.end(body);
}
