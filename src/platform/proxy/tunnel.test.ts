import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BalancedWorld } from "../../../test/support/balanced-world.ts";

let world: BalancedWorld;
const clients: Socket[] = [];
beforeEach(() => {
  world = new BalancedWorld();
});
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
  return world.close();
});

const offer = (protocol: string) =>
  `GET /ws HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\nSec-WebSocket-Version: 13\r\n\r\n`;

/** All that comes until the load balancer says no more; the client itself does not hang up. */
const heard = (url: string, said: string): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect({ port: Number(new URL(url).port), host: "127.0.0.1", allowHalfOpen: true });
    clients.push(socket);
    const chunks: Buffer[] = [];
    const over = (): void => resolve(Buffer.concat(chunks).toString());
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", () => {});
    socket.on("end", over).on("close", over);
    socket.write(said);
  });

describe("a websocket", () => {
  const upgrade = (url: string): Promise<{ answer: IncomingMessage; socket: Socket }> =>
    new Promise((resolve, reject) => {
      const asked = (url.startsWith("https:") ? httpsRequest : httpRequest)(`${url}/ws`, {
        rejectUnauthorized: false,
        headers: {
          Connection: "Upgrade",
          Upgrade: "websocket",
          "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
          "Sec-WebSocket-Version": "13",
        },
      });
      asked.on("upgrade", (answer, socket) => resolve({ answer, socket: socket as Socket }));
      asked.on("response", (answer) => reject(new Error(`answered ${answer.statusCode}`)));
      asked.on("error", reject);
      asked.end();
    });

  it("goes through both ways, and counts as in flight until the deregistration delay cuts it", async () => {
    const { url, target, group } = await world.serving((_, response) => response.end());
    target.server.on("upgrade", (_, socket) => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
      socket.on("data", (data: Buffer) => socket.write(`echo ${data}`));
      socket.on("error", () => socket.destroy());
    });
    const { answer, socket } = await upgrade(url);
    expect(answer.statusCode).toBe(101);
    const echoed = new Promise<string>((resolve) => socket.once("data", (data) => resolve(String(data))));
    socket.write("hello");
    expect(await echoed).toBe("echo hello");

    await world.ask("ModifyTargetGroupAttributes", {
      TargetGroupArn: group,
      Attributes: [{ Key: "deregistration_delay.timeout_seconds", Value: "0" }],
    });
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    socket.on("error", () => socket.destroy());
    world.loadBalancing.deregister(group, target);
    await Promise.all([closed, world.reaches(target, "unused")]);
  });

  it("is closed when both sides are silent for the idle timeout", async () => {
    const { url, target, balancer } = await world.serving((_, response) => response.end());
    await world.setIdleTimeout(balancer, 1);
    target.server.on("upgrade", (_, socket) => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
      socket.on("error", () => socket.destroy());
    });
    const { socket } = await upgrade(url);
    socket.on("error", () => socket.destroy());
    socket.resume();
    await new Promise<void>((resolve) => socket.once("close", () => resolve()));
  });

  it.each(["http", "https"])("breaks off for its client, over %s, when its target does", async (protocol) => {
    const { url, target, balancer, group } = await world.serving((_, response) => response.end());
    const secure = await world.secureListener(balancer, group);
    target.server.on("upgrade", (_, socket) => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
      socket.on("data", () => (socket as Socket).resetAndDestroy());
    });
    const { socket } = await upgrade(protocol === "https" ? secure.url : url);
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    socket.on("error", () => {});
    socket.write("break off");
    await closed;
  });

  it("that the target declines is answered as the target says", async () => {
    const { url } = await world.serving((_, response) => response.writeHead(426).end("no"));
    await expect(upgrade(url)).rejects.toThrow("answered 426");
  });

  it("is cut when the target dies in the middle of what it says instead", async () => {
    const { url, target } = await world.serving((_, response) => response.end());
    target.server.on("upgrade", (_, socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", () => socket.destroy());
    });
    expect(await heard(url, offer("websocket"))).toMatch(/^HTTP\/1.1 200 OK\r\n.*\r\n\r\nhalf$/s);
  });

  it("is refused with 504 when the target cannot be reached, with 464 when it speaks HTTP/2 only, with 400 when it is asked of two hosts", async () => {
    const { url, listener, group, target } = await world.serving((_, response) => response.end());
    await world.ask("ModifyTargetGroup", { TargetGroupArn: group, HealthCheckEnabled: false });
    world.register(group, BalancedWorld.silent);
    await world.reaches(BalancedWorld.silent, "unavailable");
    world.loadBalancing.deregister(group, target);
    expect(await heard(url, `${offer("websocket")}extra`)).toMatch(/^HTTP\/1.1 504 Gateway Time-out\r\n/);

    const ofHttp2 = await world.targetGroup("http2", { ProtocolVersion: "HTTP2" });
    await world.ask("ModifyListener", { ListenerArn: listener, DefaultActions: [{ Type: "forward", TargetGroupArn: ofHttp2 }] });
    world.register(ofHttp2, target);
    await world.reaches(target, "initial");
    expect(await heard(url, offer("websocket"))).toMatch(/^HTTP\/1.1 464 \r\n/);
    expect(await heard(url, offer("websocket\r\nHost: b.example"))).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
  });

  it("that is refused costs no connection for ever when the client does not hang up", async () => {
    const { url, balancer, group, target } = await world.serving((_, response) => response.end());
    await world.setIdleTimeout(balancer, 1);
    world.loadBalancing.deregister(group, target);
    await world.reaches(target, "unused");
    expect(await heard(url, `${offer("websocket")}extra`)).toMatch(/^HTTP\/1.1 503 /);
    const [client] = clients;
    // Only what it writes tells a client that has not hung up either that nobody is there any more.
    await vi.waitFor(
      () => {
        client?.write("x");
        expect(client?.destroyed).toBe(true);
      },
      { timeout: 10_000, interval: 1_500 },
    );
  });

  it("reaches targets at a path that its rule rewrites, whatever characters that has", async () => {
    const { url, listener, group, target } = await world.serving((_, response) => response.end());
    target.server.on("upgrade", ({ url, headers }, socket) => socket.end(`HTTP/1.1 200 OK\r\n\r\n${url} ${headers.host}`));
    await world.ask("CreateRule", {
      ListenerArn: listener,
      Priority: 1,
      Conditions: [{ Field: "path-pattern", Values: ["/ws"] }],
      Actions: [{ Type: "forward", TargetGroupArn: group }],
      Transforms: [
        { Type: "url-rewrite", UrlRewriteConfig: { Rewrites: [{ Regex: "^/(.*)", Replace: "/été 日/$1" }] } },
        { Type: "host-header-rewrite", HostHeaderRewriteConfig: { Rewrites: [{ Regex: ".*\\.example", Replace: "日.example" }] } },
      ],
    });
    expect(await heard(url, offer("websocket"))).toMatch(/\r\n\/%C3%A9t%C3%A9%20%E6%97%A5\/ws %E6%97%A5\.example$/);
  });
});

describe("an offer of another protocol than a websocket", () => {
  it.each([
    ["h2c", "Content-Length: 4\r\n\r\nbody"],
    ["h2c", "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"],
    ["SPDY/3.1", "Content-Length: 4\r\n\r\nbody"],
    ["websocket", "Content-Length: 4\r\n\r\nbody"],
  ])("is passed over silently: POST with Upgrade: %s and %j", async (protocol, rest) => {
    const { url } = await world.serving(async (incoming, response) =>
      response.end(`${incoming.method} ${await text(incoming)} ${incoming.headers.upgrade}`),
    );
    const head = `POST / HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade, close\r\nUpgrade: ${protocol}\r\n`;
    expect(await heard(url, `${head}${rest}`)).toMatch(/\r\n\r\nPOST body undefined$/);
  });
});
