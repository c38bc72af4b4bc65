/** The two query protocols: a form in, XML out. They differ in how the form names lists and in their envelopes. */
import { XmlCodec } from "@aws-sdk/core/protocols";
import { readForm } from "./form-input.ts";
import type { Answer, Protocol } from "./protocol.ts";
import type { OperationSchema, Shape } from "./schema.ts";
import { envelope, membersOf } from "./schema.ts";
import type { ServiceEntry } from "./service-catalog.ts";
import type { WireFault } from "./wire-fault.ts";

const DATE_TIME = 5;
const codec = new XmlCodec({
  timestampFormat: { useTrait: true, default: DATE_TIME },
  xmlNamespace: "",
  httpBindings: false,
  serviceNamespace: "",
});

const answer = (status: number, requestId: string, body: string): Answer => ({
  status,
  headers: { "content-type": "text/xml;charset=UTF-8", "x-amzn-requestid": requestId },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
});

/** `<CreateRoleResponse><CreateRoleResult>…</CreateRoleResult><ResponseMetadata>…` and `<ErrorResponse><Error>…`. */
export const awsQuery: Protocol = {
  parse({ form, path }, operation) {
    const read = input(form, operation, "awsQuery");
    // SQS is also asked at the queue's own address, which then stands for the member that holds it.
    const isAtQueue = path.length > 1 && read.QueueUrl === undefined && membersOf(operation.input).some(([name]) => name === "QueueUrl");
    return isAtQueue ? { ...read, QueueUrl: path } : read;
  },

  answer(output, operation, { xmlNamespace }, requestId) {
    const result = operation.output.isUnitSchema() ? "" : write(envelopeOf(operation, `${operation.name}Result`), output);
    const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
    return answer(200, requestId, `<${operation.name}Response xmlns="${xmlNamespace}">${result}${metadata}</${operation.name}Response>`);
  },

  fault(fault, { xmlNamespace }, requestId) {
    const type = `<Type>${fault.sender ? "Sender" : "Receiver"}</Type>`;
    const body = `<Error>${type}${faultMembers(fault)}</Error><RequestId>${requestId}</RequestId>`;
    return answer(fault.status, requestId, `<ErrorResponse xmlns="${xmlNamespace}">${body}</ErrorResponse>`);
  },
};

/** `<DescribeVpcsResponse><requestId>…</requestId><vpcSet>…` and `<Response><Errors><Error>…`. */
export const ec2Query: Protocol = {
  parse: ({ form }, operation) => input(form, operation, "ec2Query"),

  answer(output, operation, { xmlNamespace }: ServiceEntry, requestId) {
    const name = `${operation.name}Response`;
    const body = write(envelopeOf(operation, name, ["requestId"]), { requestId, ...output });
    return answer(200, requestId, body.replace(`<${name}>`, `<${name} xmlns="${xmlNamespace}">`));
  },

  fault(fault, _service, requestId) {
    return answer(
      fault.status,
      requestId,
      `<Response><Errors><Error>${faultMembers(fault)}</Error></Errors><RequestID>${requestId}</RequestID></Response>`,
    );
  },
};

function input(form: URLSearchParams | undefined, operation: OperationSchema, protocol: "awsQuery" | "ec2Query"): Record<string, unknown> {
  return form === undefined || operation.input.isUnitSchema() ? {} : readForm(form, operation.input, protocol);
}

const envelopes = new WeakMap<OperationSchema, Shape>();

/** Built once an operation: the SDK caches what it learns of a shape on the shape itself. */
function envelopeOf(operation: OperationSchema, name: string, leading: readonly string[] = []): Shape {
  let shape = envelopes.get(operation);
  if (shape === undefined) {
    shape = envelope(name, operation.output, leading);
    envelopes.set(operation, shape);
  }
  return shape;
}

function write(shape: Shape, value: Record<string, unknown>): string {
  const writer = codec.createSerializer();
  writer.write(shape, value);
  return String(writer.flush());
}

function faultMembers(fault: WireFault): string {
  let members = `<Code>${escapeXml(fault.queryCode)}</Code><Message>${escapeXml(fault.message)}</Message>`;
  for (const [name] of fault.modelled === undefined ? [] : membersOf(fault.modelled.shape)) {
    const value = fault.modelled?.values[name];
    if (name.toLowerCase() === "message" || value === undefined || value === null || typeof value === "object") continue;
    members += `<${name}>${escapeXml(String(value))}</${name}>`;
  }
  return members;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
