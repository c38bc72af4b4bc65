import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { EventEmitter, once } from "node:events";
import type { AddressInfo } from "node:net";
import dns2 from "dns2";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { serveNames } from "./task-names.ts";

const { Packet } = dns2;
const SERVFAIL = 2;

let server: UdpSocket;
let client: UdpSocket;

beforeEach(async () => {
  server = createSocket("udp4").bind(0, "127.0.0.1");
  client = createSocket("udp4");
  await once(server, "listening");
});

afterEach(() => {
  client.close();
});

function send(packet: Buffer): void {
  client.send(packet, (server.address() as AddressInfo).port, "127.0.0.1");
}

async function answer(): Promise<Buffer> {
  const [message] = await once(client, "message");
  return message as Buffer;
}

/** Number 7; how many records of each section are said to follow. */
function header(flags: string, counts: string): Buffer {
  return Buffer.from(`0007${flags}${counts}`, "hex");
}

/** Recursion is desired; labels with their lengths, type, class IN. */
function query(labels: string, type: number): Buffer {
  const question = Buffer.from(`${labels}\0\0\0\0\x01`, "latin1");
  question.writeUInt16BE(type, question.length - 4);
  return Buffer.concat([header("0100", "0001000000000000"), question]);
}

it("prepares what a name leads to once, however many kinds of address are asked for", async () => {
  const asked: string[] = [];
  serveNames(server, { resolve: () => ["169.254.170.1"], asked: async (name) => void asked.push(name) });
  const ask = async (type: number): Promise<(string | undefined)[]> => {
    send(query("\x04Host\x03fsd\x08internal", type));
    return Packet.parse(await answer()).answers.map(({ address }) => address);
  };
  try {
    expect(await ask(Packet.TYPE.AAAA)).toEqual([]);
    expect(asked).toEqual([]);
    expect(await ask(Packet.TYPE.A)).toEqual(["169.254.170.1"]);
    expect(asked).toEqual(["host.fsd.internal"]);
  } finally {
    server.close();
  }
});

it("says that it failed when what a name leads to cannot be prepared", async () => {
  serveNames(server, { resolve: () => ["169.254.170.1"], asked: () => Promise.reject(new Error("nobody looked")) });
  try {
    send(query("\x04Host\x03fsd\x08internal", Packet.TYPE.A));
    expect(Packet.parse(await answer()).header.rcode).toBe(SERVFAIL);
  } finally {
    server.close();
  }
});

it("lets an answer go that comes when the socket is closed", async () => {
  const hostResolver = new EventEmitter();
  serveNames(server, { resolve: () => undefined, asked: () => undefined }, async (name) => {
    hostResolver.emit("asked", name);
    return (await once(hostResolver, "found")) as string[];
  });
  const asked = once(hostResolver, "asked");
  send(query("\x07example\x03com", Packet.TYPE.A));
  await asked;
  server.close();
  await once(server, "close");
  hostResolver.emit("found", "192.0.2.1");
  // A rejection that nobody handles is told on the turn after this one, and fails the test.
  await new Promise((resolve) => setImmediate(resolve));
});

describe("a packet that is no query", () => {
  beforeEach(() => serveNames(server, { resolve: () => ["10.0.0.1"], asked: () => undefined }));
  afterEach(() => {
    server.close();
  });

  it.each([
    ["announces a quarter of a million records and holds none", header("0100", "ffffffffffffffff")],
    ["asks nothing", header("0100", "0000000000000000")],
    ["is cut off within its question", query("\x03own", Packet.TYPE.A).subarray(0, 14)],
  ])("is answered as malformed when it %s", async (_, packet) => {
    send(packet);
    // By the same number: an answer, recursion desired, FORMERR, nothing else.
    expect((await answer()).toString("hex")).toBe("000781010000000000000000");
  });

  it.each([
    ["an answer itself", header("8180", "0001000000000000")],
    ["less than a header", Buffer.from("0007", "hex")],
  ])("is not answered when it is %s", async (_, packet) => {
    send(packet);
    send(query("\x03own", Packet.TYPE.A));
    // What comes first is the answer to the query behind it.
    expect(Packet.parse(await answer()).answers.map(({ address }) => address)).toEqual(["10.0.0.1"]);
  });
});
