/** Connections that end at any moment, on either side: no error of one may reach another, or nobody at all. */
import { connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { connect as connectSecurely } from "node:tls";
import { afterEach, beforeEach, it } from "vitest";
import { BalancedWorld, type Serving } from "../../../test/support/balanced-world.ts";

let world: BalancedWorld;
let serving: Serving;
let turn = 0;
beforeEach(async () => {
  world = new BalancedWorld();
  turn = 0;
  serving = await world.serving((incoming, response) => {
    const kind = turn++ % 6;
    if (kind === 0) incoming.socket.destroy();
    else if (kind === 1)
      response.writeHead(200, { "Content-Length": "100000" }).write("x".repeat(50_000), () => incoming.socket.resetAndDestroy());
    else if (kind === 2) incoming.on("data", () => incoming.socket.destroy());
    else if (kind === 3) response.end("before all has come");
    else incoming.pipe(response);
  });
  serving.target.server.on("upgrade", (_, upgraded) => {
    const socket = upgraded as Socket;
    const kind = turn++ % 4;
    const reset = () => socket.resetAndDestroy();
    socket.on("error", () => {});
    if (kind === 0) reset();
    else if (kind === 1) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", reset);
    else {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
      if (kind === 2) setImmediate(reset);
      else socket.pipe(socket);
    }
  });
});
afterEach(() => world.close());

const requests = [
  "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
  "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
  `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n${"b".repeat(100_000)}`,
  "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nframes",
  "POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 9\r\n\r\nhello",
  "GET / HTTP/1.1\r\nHost: a\r\n\r\nNONSENSE\r\n\r\n",
];

function after(turns: number, action: () => void): void {
  if (turns === 0) action();
  else setImmediate(after, turns - 1, action);
}

function leave(url: string, said: string, patience: number): Promise<void> {
  const port = Number(new URL(url).port);
  return new Promise((resolve) => {
    const speak = (): void => {
      socket.write(said);
      after(patience, () => (url.startsWith("https:") ? socket.destroy() : socket.resetAndDestroy()));
    };
    const socket: Socket = url.startsWith("https:")
      ? connectSecurely({ port, host: "127.0.0.1", rejectUnauthorized: false }, speak)
      : connect(port, "127.0.0.1", speak);
    socket.on("error", () => {});
    socket.on("close", () => resolve());
  });
}

/** Three requests of one session, each given up at its time, and the session soon after. */
function leaveHttp2(url: string, bytes: number, patience: number): Promise<void> {
  return new Promise((resolve) => {
    const session = connectHttp2(url, { rejectUnauthorized: false });
    session.on("error", () => {});
    session.on("close", () => resolve());
    for (let each = 0; each < 3; each++) {
      const stream = session.request({ ":path": "/", ":method": bytes > 0 ? "POST" : "GET" }, { endStream: bytes === 0 });
      stream.on("error", () => {}).resume();
      if (bytes > 0) stream.write("b".repeat(bytes));
      if (bytes > 0 && each === 0) stream.end();
      after(patience + each, () => stream.close(8));
    }
    after(patience + 12, () => session.destroy());
  });
}

it.each([
  ["http", 70],
  ["https", 35],
])("clients over %s and targets that go away at any moment harm nobody else, and leave nothing in flight", async (protocol, rounds) => {
  const { balancer, group, target } = serving;
  const url = protocol === "https" ? (await world.secureListener(balancer, group)).url : serving.url;
  for (let round = 0; round < rounds; round++) {
    const said = requests[round % requests.length]!;
    const cutShort = said.slice(0, said.length - (round % 40));
    await Promise.all([
      ...[leave(url, said, round % 11), leave(url, cutShort, (round * 7) % 13), leave(url, said, 40)],
      ...(protocol === "https" ? [leaveHttp2(url, [0, 5, 70_000, 200_000][round % 4]!, round % 13)] : []),
    ]);
  }
  world.loadBalancing.deregister(group, target);
  await world.reaches(target, "unused");
});
