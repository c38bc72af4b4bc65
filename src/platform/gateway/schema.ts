/**
 * What the gateway knows of the runtime schemas inside the AWS SDK, in one place. A schema is a tuple: an operation
 * `[9, namespace, name, traits, input, output]`, a structure `[3, namespace, name, traits, memberNames, memberTypes]`,
 * where input, output and types may be thunks. The SDK exports operations by name (`CreateCluster$`) and registers
 * every exception of a service in a registry of the service's namespace when its schemas are loaded.
 */
import { NormalizedSchema, TypeRegistry } from "@smithy/core/schema";

/** A shape of the wire: structure, list, map or scalar, with its traits. */
export type Shape = NormalizedSchema;

/** An operation, read from its tuple. */
export interface OperationSchema {
  /** `com.amazonaws.ecs` */
  readonly namespace: string;
  /** `CreateCluster` */
  readonly name: string;
  readonly input: Shape;
  readonly output: Shape;
  /** Of REST services: where the operation is. */
  readonly http?: HttpBinding;
}

export interface HttpBinding {
  readonly method: string;
  /** `/schedules/{Name}`; `{Name+}` takes the rest of the path. */
  readonly pattern: string;
  /** Of a successful answer. */
  readonly status: number;
}

type ShapeReference = Parameters<typeof NormalizedSchema.of>[0];

const OPERATION = 9;
const STRUCTURE = 3;

/** Reads an operation's tuple. Throws when the SDK changed its form: a defect, found by this module's test. */
export function readOperation(tuple: unknown): OperationSchema {
  if (!Array.isArray(tuple) || tuple[0] !== OPERATION || typeof tuple[1] !== "string" || typeof tuple[2] !== "string") {
    throw new Error("an AWS SDK operation schema is not the expected tuple [9, namespace, name, traits, input, output]");
  }
  return {
    namespace: tuple[1],
    name: tuple[2],
    input: NormalizedSchema.of(tuple[4] as ShapeReference),
    output: NormalizedSchema.of(tuple[5] as ShapeReference),
    http: httpOf(tuple[3]),
  };
}

function httpOf(traits: unknown): HttpBinding | undefined {
  const http = traits !== null && typeof traits === "object" && "http" in traits ? traits.http : undefined;
  if (!Array.isArray(http)) return undefined;
  const [method, pattern, status] = http as [string, string, number];
  return { method, pattern, status };
}

/** Where a member of a REST request or answer travels; undefined: in the body's JSON. */
export type Place =
  | { readonly in: "path" | "payload" | "status" | "params" }
  | { readonly in: "query" | "header" | "prefix headers"; readonly name: string };

export function placeOf(member: Shape): Place | undefined {
  const traits = member.getMergedTraits();
  if (traits.httpLabel) return { in: "path" };
  if (traits.httpPayload) return { in: "payload" };
  if (traits.httpResponseCode) return { in: "status" };
  if (traits.httpQueryParams) return { in: "params" };
  if (traits.httpQuery !== undefined) return { in: "query", name: traits.httpQuery };
  if (traits.httpHeader !== undefined) return { in: "header", name: traits.httpHeader.toLowerCase() };
  if (traits.httpPrefixHeaders !== undefined) return { in: "prefix headers", name: traits.httpPrefixHeaders.toLowerCase() };
  return undefined;
}

/** The structure of the members that travel in the body. */
export function bodyOf(structure: Shape): Shape {
  const bound = new Set(membersOf(structure).flatMap(([name, member]) => (placeOf(member) === undefined ? [] : [name])));
  if (bound.size === 0) return structure;
  const raw = structure.getSchema() as unknown as readonly unknown[];
  const names = raw[4] as string[];
  const kept = names.map((name, index) => [name, (raw[5] as unknown[])[index]] as const).filter(([name]) => !bound.has(name));
  const types = kept.map(([, type]) => type);
  return NormalizedSchema.of([STRUCTURE, raw[1], raw[2], raw[3], kept.map(([name]) => name), types] as unknown as ShapeReference);
}

/** The members of a structure, in the order of the SDK; none for `unit`. */
export function membersOf(structure: Shape): [name: string, shape: Shape][] {
  return structure.isUnitSchema() ? [] : [...structure.structIterator()];
}

/**
 * A structure of another name with the same members and perhaps leading ones of type string: how the envelopes of the
 * query protocols (`DescribeVpcsResponse`) are written by the SDK's own XML codec.
 */
export function envelope(name: string, structure: Shape, leading: readonly string[] = []): Shape {
  const raw = structure.isUnitSchema() ? undefined : (structure.getSchema() as unknown as readonly unknown[]);
  const names = [...leading, ...((raw?.[4] ?? []) as string[])];
  const types = [...leading.map(() => 0), ...((raw?.[5] ?? []) as unknown[])];
  return NormalizedSchema.of([STRUCTURE, "fsd.gateway", name, 0, names, types] as unknown as ShapeReference);
}

/** An exception a service models. */
export interface ExceptionSchema {
  readonly shape: Shape;
  /** `ClusterNotFoundException` */
  readonly name: string;
  /** HTTP status. */
  readonly status: number;
  /** The code of the query protocols, where it differs from the name (`NoSuchEntity`). */
  readonly queryCode: string;
  /** Whether the caller is to blame. */
  readonly sender: boolean;
  /** A new exception of the SDK's own class. */
  readonly create: (message: string) => Error;
}

type ExceptionClass = new (options: { message: string; $metadata: object }) => Error;

/** The exceptions of a namespace by name; complete once a schema of that service was imported. */
export function exceptionsOf(namespace: string): ReadonlyMap<string, ExceptionSchema> {
  const registry = TypeRegistry.for(namespace);
  const exceptions = new Map<string, ExceptionSchema>();
  registry.find((reference) => {
    const shape = NormalizedSchema.of(reference);
    const name = shape.getName();
    const exceptionClass = registry.getErrorCtor(reference as Parameters<typeof registry.getErrorCtor>[0]) as ExceptionClass | undefined;
    if (name === undefined || exceptionClass === undefined) return false;
    const traits = shape.getMergedTraits() as {
      httpError?: number;
      error?: string;
      awsQueryError?: readonly [code: string, status: number];
    };
    const sender = traits.error !== "server";
    exceptions.set(name, {
      shape,
      name,
      status: traits.httpError ?? traits.awsQueryError?.[1] ?? (sender ? 400 : 500),
      queryCode: traits.awsQueryError?.[0] ?? name,
      sender,
      create: (message) => new exceptionClass({ message, $metadata: {} }),
    });
    return false;
  });
  return exceptions;
}
