/** One wire protocol: how a request's bytes become an operation's input, and how output and faults become bytes. */
import type { OperationSchema } from "./schema.ts";
import type { ServiceEntry } from "./service-catalog.ts";
import type { WireFault } from "./wire-fault.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
  readonly query?: URLSearchParams;
  /** Of the query protocols. */
  readonly form?: URLSearchParams;
}

export interface Protocol {
  /** Throws `AwsFault` when the bytes are not of this protocol. */
  parse(request: WireRequest, operation: OperationSchema): Record<string, unknown>;
  answer(output: Record<string, unknown>, operation: OperationSchema, service: ServiceEntry, requestId: string): Answer;
  fault(fault: WireFault, service: Pick<ServiceEntry, "namespace" | "xmlNamespace" | "queryCompatible">, requestId: string): Answer;
}
