/** A mounted service: its provider, schemas, exceptions and constraints, loaded together when it is first asked. */
import type { Provider, RequestContext, ServiceName } from "./operations.ts";
import { refusal } from "./refusal.ts";
import { findRoute, type RestRoute } from "./rest-route.ts";
import { type ExceptionSchema, exceptionsOf, type OperationSchema, readOperation } from "./schema.ts";
import type { ServiceEntry } from "./service-catalog.ts";
import { type ConstraintTable, validate } from "./validate.ts";

/** A provider, or what makes it; a loader lets a heavy service's code be imported on first use. */
export type ProviderSource<Service extends ServiceName> = Provider<Service> | (() => Provider<Service> | Promise<Provider<Service>>);

/** A handler as the gateway sees it, once its input is parsed and validated by the operation's own schema. */
type AnyHandler = (input: Record<string, unknown>, context: RequestContext) => unknown;

export class LoadedService {
  readonly #entry: ServiceEntry;
  readonly #source: () => unknown;
  #loading: Promise<void> | undefined;
  #handlers: ReadonlyMap<string, AnyHandler> = new Map();
  #operations: ReadonlyMap<string, OperationSchema> = new Map();
  #routes: readonly RestRoute[] = [];
  #constraints: ConstraintTable = { rules: [], members: {}, required: {} };
  exceptions: ReadonlyMap<string, ExceptionSchema> = new Map();
  ready = false;

  constructor(entry: ServiceEntry, source: unknown) {
    this.#entry = entry;
    this.#source = typeof source === "function" ? (source as () => unknown) : () => source;
  }

  load(): Promise<void> {
    this.#loading ??= this.#load().catch((failure) => {
      this.#loading = undefined;
      throw failure;
    });
    return this.#loading;
  }

  async #load(): Promise<void> {
    const [provider, schemas, constraints] = await Promise.all([
      this.#source() as Provider | Promise<Provider>,
      this.#entry.schemas(),
      this.#entry.constraints(),
    ]);
    this.#handlers = new Map(Object.entries(provider.operations) as [string, AnyHandler][]);
    this.#operations = new Map(
      [...this.#handlers.keys()].map((name) => {
        const tuple = schemas[name];
        if (tuple === undefined) throw new Error(`${this.#entry.service}:${name} has no schema; add it to tools/generators/services.mjs`);
        return [name, readOperation(tuple)];
      }),
    );
    if (this.#entry.rest !== undefined) {
      // All of the API's routes, so that one that is not implemented can be named.
      this.#routes = Object.values(schemas).flatMap((tuple) => {
        const { name, http } = readOperation(tuple);
        return http === undefined ? [] : [{ operation: name, http }];
      });
    }
    this.#constraints = constraints.default as ConstraintTable;
    this.exceptions = exceptionsOf(this.#entry.namespace);
    this.ready = true;
  }

  implements(operation: string): boolean {
    return this.#handlers.has(operation);
  }

  /** The operation of a REST service that a request's method and path mean. */
  routeOf(method: string, path: string): string | undefined {
    return findRoute(this.#routes, method, path);
  }

  operation(name: string): OperationSchema {
    const operation = this.#operations.get(name);
    if (operation === undefined) throw new Error(`${this.#entry.service}:${name} was asked before it was loaded`);
    return operation;
  }

  /** Validates and carries out; throws the SDK's exceptions and `AwsFault`. */
  async invoke(operation: OperationSchema, input: Record<string, unknown>, context: RequestContext): Promise<Record<string, unknown>> {
    const refused = refusal(validate(input, operation.input, this.#constraints), this.#entry, this.exceptions);
    if (refused !== undefined) throw refused;
    const handler = this.#handlers.get(operation.name) as AnyHandler;
    return ((await handler(input, context)) ?? {}) as Record<string, unknown>;
  }
}
