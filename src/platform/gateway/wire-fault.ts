/** Whatever a handler throws, as every protocol can write it: code, status, who is to blame, and the exception's own members. */
import { AwsFault } from "./aws-fault.ts";
import type { ExceptionSchema, Shape } from "./schema.ts";

export interface WireFault {
  /** The name JSON and CBOR clients map to a class: `ClusterNotFoundException`. */
  readonly name: string;
  /** The code of the query protocols: `NoSuchEntity`. */
  readonly queryCode: string;
  readonly message: string;
  readonly status: number;
  readonly sender: boolean;
  /** A modelled exception: its shape and its own values. */
  readonly modelled?: { readonly shape: Shape; readonly values: Readonly<Record<string, unknown>> };
}

/** Undefined for a defect: something thrown that is no answer of AWS. */
export function wireFault(thrown: unknown, exceptions: ReadonlyMap<string, ExceptionSchema>): WireFault | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const schema = exceptions.get(thrown.name);
  if (schema !== undefined) {
    const { name, queryCode, status, sender, shape } = schema;
    return {
      name,
      queryCode,
      status,
      sender,
      message: thrown.message,
      modelled: { shape, values: thrown as unknown as Record<string, unknown> },
    };
  }
  if (thrown instanceof AwsFault) {
    const { code, status, message } = thrown;
    return { name: code, queryCode: code, status, message, sender: status < 500 };
  }
  // An exception of another service (thrown by a nested call) or of the service's base class still has its name.
  if ("$fault" in thrown && thrown.name !== "Error") {
    const sender = thrown.$fault !== "server";
    return { name: thrown.name, queryCode: thrown.name, status: sender ? 400 : 500, message: thrown.message, sender };
  }
  return undefined;
}

/** How a service that once spoke query tells its clients the code they used to get. */
export function queryErrorHeader({ queryCode, sender }: WireFault): Record<string, string> {
  return { "x-amzn-query-error": `${queryCode};${sender ? "Sender" : "Receiver"}` };
}
