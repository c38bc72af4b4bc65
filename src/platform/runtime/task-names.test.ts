import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import dns2 from "dns2";
import { expect, it } from "vitest";
import { serveNames } from "./task-names.ts";

const { Packet } = dns2;

it("prepares what a name leads to once, however many kinds of address are asked for", async () => {
  const asked: string[] = [];
  const server = createSocket("udp4").bind(0, "127.0.0.1");
  await once(server, "listening");
  serveNames(server, { resolve: () => ["169.254.170.1"], asked: async (name) => void asked.push(name) });
  const client = createSocket("udp4");
  const ask = async (type: number): Promise<(string | undefined)[]> => {
    // Number, flags (recursion is desired), one question: labels with their lengths, type, class IN.
    const query = Buffer.from("\0\0\x01\0\0\x01\0\0\0\0\0\0\x04Host\x03fsd\x08internal\0\0\0\0\x01", "latin1");
    query.writeUInt16BE(type, query.length - 4);
    client.send(query, (server.address() as AddressInfo).port, "127.0.0.1");
    const [message] = await once(client, "message");
    return Packet.parse(message as Buffer).answers.map(({ address }) => address);
  };
  try {
    expect(await ask(Packet.TYPE.AAAA)).toEqual([]);
    expect(asked).toEqual([]);
    expect(await ask(Packet.TYPE.A)).toEqual(["169.254.170.1"]);
    expect(asked).toEqual(["host.fsd.internal"]);
  } finally {
    server.close();
    client.close();
  }
});
