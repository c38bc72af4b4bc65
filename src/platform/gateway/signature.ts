/**
 * What a request's signature says of itself. The local platform accepts any well-formed signature, or none: it reads
 * the region and the service from the credential scope and never keeps or prints the header.
 */
import { AwsFault } from "./aws-fault.ts";

export interface Signature {
  readonly accessKeyId: string;
  readonly region: string;
  /** The signing name: `ecs`. */
  readonly service: string;
}

/** Reads SigV4 (and SigV4a) from the `Authorization` header or a presigned query. Undefined when the request is unsigned. */
export function readSignature(
  authorization: string | undefined,
  query: URLSearchParams | undefined,
  regionSet: string | undefined,
): Signature | undefined {
  if (authorization?.startsWith("AWS4-")) {
    const credential = /Credential=([^,\s]+)/.exec(authorization)?.[1];
    const complete = authorization.includes("SignedHeaders=") && authorization.includes("Signature=");
    const signature = credential === undefined || !complete ? undefined : scopeOf(credential, regionSet);
    if (signature === undefined) {
      throw new AwsFault(
        "IncompleteSignature",
        "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter.",
      );
    }
    return signature;
  }
  const credential = query?.get("X-Amz-Credential");
  return credential ? scopeOf(credential, regionSet) : undefined;
}

/** `AKID/20261120/eu-west-1/ecs/aws4_request`; SigV4a leaves the region out. An access key may itself hold slashes. */
function scopeOf(credential: string, regionSet: string | undefined): Signature | undefined {
  const parts = credential.split("/");
  if (parts.length < 4 || parts.at(-1) !== "aws4_request") return undefined;
  const service = parts.at(-2) as string;
  const third = parts.at(-3) as string;
  if (/^\d{8}$/.test(third)) {
    const region = regionSet?.split(",")[0]?.trim() ?? "*";
    return { accessKeyId: parts.slice(0, -3).join("/"), region: region.includes("*") ? "us-east-1" : region, service };
  }
  return /^[a-z0-9-]{1,32}$/.test(third) ? { accessKeyId: parts.slice(0, -4).join("/"), region: third, service } : undefined;
}
