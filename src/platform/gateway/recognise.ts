/**
 * Tells from a request's head (and, for the query protocols, its form) which service and operation it means and in
 * which protocol: RPC v2 path, then `X-Amz-Target`, then `Action` and `Version`, with the signature's credential
 * scope breaking ties.
 */
import type { WireRequest } from "./protocol.ts";
import type { ServiceEntry } from "./service-catalog.ts";
import { serviceCatalog } from "./service-catalog.ts";
import type { Signature } from "./signature.ts";

export type ProtocolName = "awsJson1_0" | "awsJson1_1" | "awsQuery" | "ec2Query" | "restJson" | "rpcV2Cbor";

export interface Recognised {
  readonly service: ServiceEntry;
  /** Absent for a REST service: its own routes name the operation. */
  readonly operation?: string;
  readonly protocol: ProtocolName;
}

type RequestHead = Pick<WireRequest, "path" | "headers" | "form"> & { readonly signature: Signature | undefined };

const entries = Object.values(serviceCatalog);
const byTarget = new Map(entries.map((entry) => [entry.target, entry]));
const bySigningName = new Map(entries.map((entry) => [entry.signingName, entry]));
const byVersion = new Map(entries.filter(({ query }) => query !== undefined).map((entry) => [entry.version, entry]));

/** Undefined when no emulated service is meant. */
export function recognise(head: RequestHead): Recognised | undefined {
  return rpc(head.path) ?? target(head) ?? action(head) ?? rest(head);
}

function rpc(path: string): Recognised | undefined {
  const match = /^\/service\/([^/]+)\/operation\/([^/]+)\/?$/.exec(path);
  const service = byTarget.get(match?.[1] ?? "");
  return service === undefined ? undefined : { service, operation: match?.[2] ?? "", protocol: "rpcV2Cbor" };
}

function target({ headers }: RequestHead): Recognised | undefined {
  const value = headers["x-amz-target"];
  if (typeof value !== "string") return undefined;
  const dot = value.lastIndexOf(".");
  const service = byTarget.get(value.slice(0, dot));
  if (service === undefined) return undefined;
  const protocol = String(headers["content-type"] ?? "").startsWith("application/x-amz-json-1.0") ? "awsJson1_0" : "awsJson1_1";
  return { service, operation: value.slice(dot + 1), protocol };
}

function action({ form, signature }: RequestHead): Recognised | undefined {
  const operation = form?.get("Action");
  if (operation === null || operation === undefined) return undefined;
  const service = bySigningName.get(signature?.service ?? "") ?? byVersion.get(form?.get("Version") ?? "");
  return service?.query === undefined ? undefined : { service, operation, protocol: service.query };
}

function rest({ signature }: RequestHead): Recognised | undefined {
  const service = bySigningName.get(signature?.service ?? "");
  return service?.rest === undefined ? undefined : { service, protocol: service.rest };
}
