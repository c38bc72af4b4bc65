/** The proxy between real sockets: what a client gets from hosts that answer, refuse, break off, stall or stream. */
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { connect as connectHttp2, createServer as createHttp2Server, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { request } from "undici";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { ConnectHost } from "../../engine/service/connect-hosts.ts";
import { SystemClock } from "../../kit/clock.ts";
import { dialLocal } from "../runtime/dialer.ts";
import type { ConnectEndpoint } from "../services/ecs/ecs-state.ts";
import { ConnectProxy } from "./connect-proxy.ts";

const ends: (() => void)[] = [];
let hosts: ConnectHost[];
let offered: ConnectEndpoint | undefined;
let lastTask = 0;
let now: number;
let proxy: ConnectProxy;
const usual: ConnectEndpoint = {
  ...{ endpoint: "ns/api", serviceArn: "api", namespaceArn: "ns", discoveryName: "api", discoveryArn: "srv" },
  ...{ dnsName: "api", port: 80, appProtocol: "http", idleTimeoutMs: 5_000, perRequestTimeoutMs: 5_000 },
  testHeader: { name: "x-amzn-ecs-blue-green-test" },
};

beforeEach(() => {
  hosts = [];
  offered = usual;
  now = 0;
  const all = { PRIMARY: 100, ALTERNATE: 0 };
  proxy = new ConnectProxy({
    source: { endpoint: () => offered, hosts: () => ({ hosts, shares: { test: { PRIMARY: 0, ALTERNATE: 100 }, production: all } }) },
    dialer: { connect: (target, timeoutMs) => dialLocal(target, target.port, timeoutMs) },
    clock: { now: () => now },
    wallClock: new SystemClock(),
  });
  ends.push(() => proxy.close());
});
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket.once("close", () => sockets.delete(socket)).on("error", () => {})));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  ends.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}
function addHost(port: number, slot: ConnectHost["slot"] = "PRIMARY"): string {
  const taskId = `t${++lastTask}`;
  hosts.push({ taskId, ip: "127.0.0.1", port, slot });
  return taskId;
}
const serve = async (handler: RequestListener, slot?: ConnectHost["slot"]) => addHost(await listening(createServer(handler)), slot);
/** A host that takes no connection. */
async function refusing(): Promise<string> {
  const server = createTcpServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return addHost(port);
}
/** The port at which a client task finds its alias. */
const alias = () => listening(createTcpServer((socket) => proxy.accept(socket, "10.0.0.9", "ns/api")));
async function ask(options: object = {}): Promise<{ status: number; text: string }> {
  const { statusCode, body } = await request(`http://127.0.0.1:${await alias()}/`, options);
  return { status: statusCode, text: await body.text() };
}

it("has a request answered by another host when one refuses or breaks off, whatever the method when it was never seen", async () => {
  await refusing();
  await serve((incoming, response) => void incoming.resume().on("end", () => response.end("here")));
  for (const method of ["GET", "POST", "GET", "POST"]) {
    expect(await ask({ method, ...(method === "POST" ? { body: "x" } : {}) })).toEqual({ status: 200, text: "here" });
  }
  hosts.shift();
  let broken = 0;
  await serve((incoming) => {
    broken++;
    incoming.socket.destroy();
  });
  for (let index = 0; index < 4; index++) expect(await ask()).toEqual({ status: 200, text: "here" });
  expect(broken).toBeGreaterThan(0);
});

it("sends a request that hosts break off to two more, not to a fourth", async () => {
  let seen = 0;
  for (let index = 0; index < 5; index++) {
    await serve((incoming) => {
      seen++;
      incoming.socket.destroy();
    });
  }
  expect([(await ask()).status, seen]).toEqual([503, 3]);
});

it("does not repeat what a host may have done already", async () => {
  let seen = 0;
  for (let index = 0; index < 2; index++) {
    await serve((incoming) => {
      seen++;
      incoming.resume().on("end", () => incoming.socket.destroy());
    });
  }
  const { status, text } = await ask({ method: "POST", body: "charge the card" });
  expect([status, seen]).toEqual([503, 1]);
  expect(text).toContain("connection termination");
});

it("streams a body without a length to the host that takes it, after one that refused", async () => {
  await refusing();
  await serve((incoming, response) => {
    let text = "";
    incoming.on("data", (chunk) => {
      text += chunk;
    });
    incoming.on("end", () => response.end(text));
  });
  async function* body() {
    yield "first ";
    yield "second";
  }
  for (let index = 0; index < 2; index++)
    expect(await ask({ method: "POST", body: body() })).toEqual({ status: 200, text: "first second" });
});

it("avoids a host that keeps refusing for as long as outlier detection says", async () => {
  const bad = createTcpServer((socket) => {
    met++;
    socket.destroy();
  });
  let met = 0;
  addHost(await listening(bad));
  await serve((_, response) => response.end("good"));
  for (let index = 0; index < 20; index++) expect((await ask()).status).toBe(200);
  expect(met).toBe(5);
  now += 30_000;
  for (let index = 0; index < 4; index++) expect((await ask()).status).toBe(200);
  expect(met).toBe(7);
});

it("refuses what no server may be sent, and holds it against no host", async () => {
  for (const name of ["one", "two"]) await serve((_, response) => response.end(name));
  for (let turn = 0; turn < 6; turn++) {
    const socket = connect(await alias(), "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n");
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  }
  const answers = [await ask(), await ask()].map((answer) => answer.text);
  expect(answers.sort()).toEqual(["one", "two"]);
});

it("says in Envoy's words that nobody is there, that nobody answers in time, or that nobody could be reached", async () => {
  expect(await ask()).toEqual({ status: 503, text: "no healthy upstream" });
  offered = { ...usual, perRequestTimeoutMs: 50 };
  await serve(() => undefined);
  expect(await ask()).toEqual({ status: 504, text: "upstream request timeout" });
  hosts.length = 0;
  await refusing();
  expect((await ask()).text).toContain("reset reason: connection failure");
});

it("sends a request with the test header to the slot under test", async () => {
  await serve((_, response) => response.end("blue"));
  await serve((_, response) => response.end("green"), "ALTERNATE");
  expect((await ask()).text).toBe("blue");
  expect((await ask({ headers: { "X-Amzn-ECS-Blue-Green-Test": "any" } })).text).toBe("green");
  offered = { ...usual, testHeader: { name: "x-try", exact: "yes" } };
  expect((await ask({ headers: { "x-amzn-ecs-blue-green-test": "any" } })).text).toBe("blue");
  expect((await ask({ headers: { "x-try": "no" } })).text).toBe("blue");
  expect((await ask({ headers: { "x-try": "yes" } })).text).toBe("green");
});

it("carries gRPC calls with their trailers, and answers for a host that is not there as gRPC does", async () => {
  offered = { ...usual, appProtocol: "grpc" };
  const server = createHttp2Server();
  server.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.respond({ ":status": 200, "content-type": "application/grpc", "x-te": String(headers.te) }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.pipe(stream);
  });
  await refusing();
  addHost(await listening(server as unknown as Server));
  const call = async () => {
    const session = connectHttp2(`http://127.0.0.1:${await alias()}`);
    ends.push(() => session.destroy());
    const stream = session.request({ ":method": "POST", ":path": "/shop.Cart/Add", "content-type": "application/grpc", te: "trailers" });
    const heads = once(stream, "response");
    const trailers = once(stream, "trailers").catch(() => []);
    let text = "";
    stream.on("data", (chunk) => {
      text += chunk;
    });
    stream.end("item");
    await once(stream, "end");
    const [head] = (await heads) as [Record<string, string>];
    return { head, text, trailers: text === "" ? {} : ((await trailers)[0] as object) };
  };
  for (let index = 0; index < 2; index++) {
    expect(await call()).toMatchObject({ head: { ":status": 200, "x-te": "trailers" }, text: "item", trailers: { "grpc-status": "0" } });
  }
  hosts.length = 0;
  expect((await call()).head).toMatchObject({ ":status": 200, "grpc-status": "14", "grpc-message": "no healthy upstream" });
});

it("lets go of a host that has answered before the client has sent everything", async () => {
  offered = { ...usual, appProtocol: "grpc" };
  const server = createHttp2Server();
  const ended = new Promise<void>((resolve) => {
    server.on("stream", (stream: ServerHttp2Stream) => {
      stream.on("error", () => {});
      stream.on("close", () => resolve());
      stream.respond({ ":status": 200, "content-type": "application/grpc", "grpc-status": "3" });
      stream.resume();
      stream.end();
    });
  });
  addHost(await listening(server as unknown as Server));
  const session = connectHttp2(`http://127.0.0.1:${await alias()}`);
  ends.push(() => session.destroy());
  const stream = session.request({ ":method": "POST", ":path": "/shop.Cart/Add", "content-type": "application/grpc", te: "trailers" });
  stream.on("error", () => {});
  stream.write("the first of many");
  const [head] = (await once(stream, "response")) as [IncomingHttpHeaders];
  expect(head["grpc-status"]).toBe("3");
  await ended;
});

it("carries TCP to a host that takes it, half-closed connections as well, until both sides are silent for the idle timeout", async () => {
  const { appProtocol: _, ...tcp } = usual;
  offered = { ...tcp, idleTimeoutMs: 200 };
  await refusing();
  const echo = createTcpServer({ allowHalfOpen: true }, (socket) => void socket.pipe(socket));
  addHost(await listening(echo));
  for (let index = 0; index < 2; index++) {
    const socket = connect({ port: await alias(), host: "127.0.0.1", allowHalfOpen: true });
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk;
    });
    socket.end("all of it");
    await once(socket, "end");
    expect(text).toBe("all of it");
  }
  const silent = connect({ port: await alias(), host: "127.0.0.1" });
  await once(silent.resume(), "close");
});

it("waits once for hosts that stay silent, also over a kept connection, and ends the request with the idle timeout when that is shorter", async () => {
  offered = { ...usual, idleTimeoutMs: 300 };
  const seen: string[] = [];
  for (let index = 0; index < 3; index++) {
    await serve((incoming, response) => {
      seen.push(String(incoming.url));
      if (incoming.url === "/first") response.end("here");
    });
  }
  const port = await alias();
  const get = async (path: string) => {
    const { statusCode, body } = await request(`http://127.0.0.1:${port}${path}`);
    await body.text();
    return statusCode;
  };
  // The first round leaves a kept connection to each.
  for (let index = 0; index < 3; index++) expect(await get("/first")).toBe(200);
  seen.length = 0;
  expect(await get("/silent")).toBe(504);
  expect(seen).toEqual(["/silent"]);
});

it("closes connections of HTTP clients that ask nothing, or not to the end, for the idle timeout", async () => {
  offered = { ...usual, idleTimeoutMs: 200 };
  await serve((_, response) => response.end("here"));
  for (const beginning of ["", "GET / HTTP/1.1\r\nHost: a", "POST / HTTP/1.1\r\nHost: api\r\nContent-Length: 9\r\n\r\nhal"]) {
    const socket = connect({ port: await alias(), host: "127.0.0.1" });
    socket.write(beginning);
    await once(socket.resume(), "close");
  }
});

it("cuts connections to what nobody offers any more", async () => {
  offered = undefined;
  const socket = connect({ port: await alias(), host: "127.0.0.1" });
  const failure = await new Promise<NodeJS.ErrnoException>((resolve) => socket.once("error", resolve));
  expect(failure.code).toBe("ECONNRESET");
});
