/** Answers a request for a service the local platform does not emulate, in the form that service's clients understand. */
import { awsJson } from "./aws-json.ts";
import { awsQuery } from "./aws-query.ts";
import type { Answer, WireRequest } from "./protocol.ts";
import type { Signature } from "./signature.ts";
import type { WireFault } from "./wire-fault.ts";

const json = awsJson("1.1");
/** The services besides S3 whose protocol is rest-xml; their errors are wrapped as those of the query protocol are. */
const REST_XML: ReadonlySet<string> = new Set(["route53", "cloudfront"]);

export function unrecognised({ form, headers, method, path }: WireRequest, signature: Signature | undefined, requestId: string): Answer {
  const target = headers["x-amz-target"];
  const action = form?.get("Action");
  const asked = typeof target === "string" ? target : (action ?? `${method} ${path}`);
  const of = signature === undefined ? "" : ` of the service signed as '${signature.service}'`;
  const message = `The local platform does not implement ${asked}${of}`;
  const fault: WireFault = { name: "NotImplemented", queryCode: "NotImplemented", message, status: 501, sender: true };
  const nowhere = { namespace: "", xmlNamespace: "" };
  if (typeof target === "string") return json.fault(fault, nowhere, requestId);
  if (action || REST_XML.has(signature?.service ?? "")) return awsQuery.fault(fault, nowhere, requestId);
  if (signature?.service === "s3" || signature === undefined) {
    const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NotImplemented</Code><Message>${message.replace(/[&<>]/g, "")}</Message><RequestId>${requestId}</RequestId></Error>`;
    return { status: 501, headers: { "content-type": "application/xml", "x-amz-request-id": requestId }, body };
  }
  const answer = json.fault(fault, nowhere, requestId);
  return { ...answer, headers: { ...answer.headers, "content-type": "application/json", "x-amzn-errortype": fault.name } };
}
