import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RandomIds } from "../../kit/ids.ts";
import { createGateway } from "./gateway.ts";
import type { Listening } from "./listen.ts";

let listening: Listening;
let sockets: Socket[];
let defects: unknown[];
let carriedOut: unknown[];

beforeEach(async () => {
  sockets = [];
  defects = [];
  carriedOut = [];
  const did = (input: unknown): Record<string, never> => {
    carriedOut.push(input);
    return {};
  };
  const gateway = createGateway({ account: "000000000000", ids: new RandomIds(), report: (defect) => defects.push(defect) });
  gateway.mount("cloudwatch-logs", { service: "cloudwatch-logs", operations: { PutLogEvents: did } });
  gateway.mount("iam", { service: "iam", operations: { TagRole: did } });
  gateway.mount("ec2", { service: "ec2", operations: { CreateVpc: did } });
  gateway.mount("cloudwatch", { service: "cloudwatch", operations: { PutMetricData: did } });
  gateway.mount("scheduler", { service: "scheduler", operations: { CreateSchedule: did as never } });
  listening = await gateway.listen(0);
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await listening.close();
});

const signed = (service: string) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=00`,
});
const form = { "content-type": "application/x-www-form-urlencoded" };
const protocols = {
  json: { path: "/", headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "Logs_20140328.PutLogEvents" } },
  query: { path: "/", headers: { ...form, ...signed("iam") } },
  ec2: { path: "/", headers: { ...form, ...signed("ec2") } },
  cbor: {
    path: "/service/GraniteServiceVersion20100801/operation/PutMetricData",
    headers: { "smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor" },
  },
  rest: { path: "/schedules/a", headers: { "content-type": "application/json", ...signed("scheduler") } },
} as const;

async function ask(protocol: keyof typeof protocols, body: string | Buffer): Promise<{ status: number; text: string }> {
  const { path, headers } = protocols[protocol];
  const answer = await fetch(`${listening.endpoint}${path}`, { method: "POST", headers, body });
  return { status: answer.status, text: await answer.text() };
}

const bytes = (...values: number[]) => Buffer.from(values);
const tagRole = "Action=TagRole&Version=2010-05-08&RoleName=a";

describe("a body that its protocol cannot read", () => {
  it.each([
    ["json", "not JSON", "{", "SerializationException"],
    ["json", "no object", "[]", "SerializationException"],
    ["json", "a second value behind it", "{} {}", "SerializationException"],
    ["json", "no end to its depth", '{"logEvents":['.repeat(50_000), "SerializationException"],
    ["json", "a text where a list belongs", '{"logGroupName":"g","logStreamName":"s","logEvents":"x"}', "SerializationException"],
    ["query", "a gap in a list, and half of a structure", `${tagRole}&Tags.member.7.Key=k`, "ValidationError"],
    ["query", "names of JavaScript's own", `${tagRole}&__proto__.Tags=1&constructor=2`, "ValidationError"],
    ["ec2", "a word for a truth", "Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0/16&DryRun=perhaps", "InvalidParameterValue"],
    ["cbor", "garbage", bytes(0xff, 0xff), "SerializationException"],
    ["cbor", "a text cut off", bytes(0xa1, 0x69, 0x4e, 0x61), "SerializationException"],
    ["cbor", "a text of four gigabytes", bytes(0xa1, 0x7b, 0, 0, 0, 1, 0, 0, 0, 0), "SerializationException"],
    ["cbor", "a map of more entries than there are bytes", bytes(0xbb, 0x7f, 255, 255, 255, 255, 255, 255, 255), "SerializationException"],
    ["cbor", "no end to its depth", Buffer.alloc(200_000, 0x81), "SerializationException"],
    // {a: …}, an integer of a megabyte: read for minutes if it is read at all.
    [
      "cbor",
      "an integer of any length",
      Buffer.concat([bytes(0xa1, 0x61, 0x61, 0xc2, 0x5a, 0, 0x10, 0, 0), Buffer.alloc(1 << 20, 255)]),
      "SerializationException",
    ],
    [
      "cbor",
      "a fraction of any length behind a text in pieces",
      bytes(0xa2, 0x7f, 0x61, 0xc4, 0xff, 1, 0x61, 0x62, 0xd8, 0x04, 0x82, 1, 1),
      "SerializationException",
    ],
    ["cbor", "no map", bytes(0x80), "SerializationException"],
    ["rest", "not JSON", '{"Target":', "SerializationException"],
    ["rest", "no object", "7", "SerializationException"],
  ] as const)("(%s: %s) is refused by that protocol's error, and nothing is carried out", async (protocol, _, body, code) => {
    const { status, text } = await ask(protocol, body);
    expect([status, text]).toEqual([400, expect.stringContaining(code)]);
    expect({ defects, carriedOut }).toEqual({ defects: [], carriedOut: [] });
  });

  it("because a value is too long is refused without the value being said back", async () => {
    const logEvents = Array.from({ length: 10_001 }, (_, timestamp) => ({ timestamp, message: "x".repeat(20) }));
    const { status, text } = await ask("json", JSON.stringify({ logGroupName: "g", logStreamName: "s", logEvents }));
    expect(status).toBe(400);
    expect(text).toContain("at 'logEvents' failed to satisfy constraint: Member must have length less than or equal to 10000");
    expect(text.length).toBeLessThan(2_000);
  });
});

describe("a large body", () => {
  it("of ten thousand log events in a megabyte is carried out whole", async () => {
    const logEvents = Array.from({ length: 10_000 }, (_, timestamp) => ({ timestamp, message: `${timestamp} ${"é".repeat(40)}` }));
    const asked = { logGroupName: "g", logStreamName: "s", logEvents };
    expect((await ask("json", JSON.stringify(asked))).status).toBe(200);
    expect(carriedOut).toEqual([asked]);
  });
});

describe("a client that does not send all of its request", () => {
  const half = 'POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: Logs_20140328.PutLogEvents\r\nContent-Length: 1000\r\n\r\n{"logGroupName":';
  const begin = async (text: string): Promise<Socket> => {
    const socket = connect(listening.port, "127.0.0.1");
    sockets.push(socket);
    await once(socket, "connect");
    await new Promise((resolve) => socket.write(text, resolve));
    return socket;
  };

  it("keeps nobody else waiting, however many of them there are", async () => {
    await Promise.all(Array.from({ length: 200 }, (_, index) => begin(index % 2 === 0 ? half : "POST / HTTP/1.1\r\nHost:")));
    const { status } = await ask(
      "json",
      JSON.stringify({ logGroupName: "g", logStreamName: "s", logEvents: [{ timestamp: 1, message: "m" }] }),
    );
    expect([status, carriedOut.length]).toEqual([200, 1]);
  });

  it("and leaves has asked for nothing, and is no defect of the platform", async () => {
    const leaving = await begin(half);
    // The gateway has read what there is when it answers what came behind it.
    await ask("json", "{");
    leaving.destroy();
    await once(leaving, "close");
    await ask("json", "{");
    expect({ defects, carriedOut }).toEqual({ defects: [], carriedOut: [] });
  });
});
