import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BalancedWorld } from "../../../test/support/balanced-world.ts";

let world: BalancedWorld;
beforeEach(() => {
  world = new BalancedWorld();
});
afterEach(() => world.close());

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

  it("is not mistaken for an offer of cleartext HTTP/2, which is declined silently", async () => {
    const { url } = await world.serving(async (incoming, response) =>
      response.end(`${incoming.method} ${await text(incoming)} ${incoming.headers.upgrade}`),
    );
    const told = await new Promise<string>((resolve, reject) => {
      const headers = {
        Connection: "Upgrade, HTTP2-Settings",
        Upgrade: "h2c",
        "HTTP2-Settings": "AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
        "Content-Length": "4",
      };
      const asked = httpRequest(url, { method: "POST", headers }, (answer) => text(answer).then(resolve, reject));
      asked.on("error", reject);
      asked.end("body");
    });
    expect(told).toBe("POST body undefined");
  });
});
