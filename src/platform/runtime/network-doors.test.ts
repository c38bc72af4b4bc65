import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, it, vi } from "vitest";
import { NetworkDoors } from "./network-doors.ts";

const opened: (Server | Socket)[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) "destroy" in one ? one.destroy() : one.close();
});

async function serverOf(onConnection: (socket: Socket) => void): Promise<Server & { port: number }> {
  const server = createServer(onConnection);
  opened.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(server, { port: (server.address() as AddressInfo).port });
}

it("ends the connections of a task that is gone, also to what serves it outside, and leaves those of others", async () => {
  const outside = await serverOf((socket) => {
    opened.push(socket);
    socket.pipe(socket);
  });
  const carried: Socket[] = [];
  // The loopback network stands for the tasks' own: a task is the address it calls from.
  const [agentDoor, door] = [await serverOf(() => undefined), await serverOf(() => undefined)];
  const doors = new NetworkDoors(
    { listen: async (_host, port) => (port === 443 ? door : agentDoor) },
    {
      agent: (socket) => socket.destroy(),
      gateway: { port: 4566, accept: (socket) => socket.destroy() },
      dial: () => {
        const socket = connect(outside.port, "127.0.0.1");
        opened.push(socket);
        carried.push(socket);
        return socket;
      },
    },
  );
  await doors.open();
  doors.openOutside();
  await vi.waitUntil(() => door.listenerCount("connection") > 1);
  const called = async (localAddress: string): Promise<Socket> => {
    const socket = connect({ port: door.port, host: "127.0.0.1", localAddress });
    opened.push(socket);
    socket.write("hello");
    await once(socket, "data");
    return socket;
  };
  const gone = await called("127.0.0.2");
  const there = await called("127.0.0.3");
  doors.leave("127.0.0.2");
  await Promise.all([once(gone, "close"), once(carried[0] as Socket, "close")]);
  there.write("still there?");
  expect(String((await once(there, "data"))[0])).toBe("still there?");
});

it("carries outside on the usual ports only, whatever other ports an alias, the machine or the gateway has it listen on", async () => {
  const doorsByPort = new Map<number, Server & { port: number }>();
  const dialled: string[] = [];
  const echo = await serverOf((socket) => {
    opened.push(socket);
    socket.pipe(socket);
  });
  const doors = new NetworkDoors(
    {
      listen: async (_host, port) => {
        const door = await serverOf((socket) => opened.push(socket));
        doorsByPort.set(port, door);
        return door;
      },
    },
    {
      agent: (socket) => socket.destroy(),
      gateway: { port: 4566, accept: (socket) => socket.destroy() },
      hostPorts: () => Promise.resolve([9001]),
      dial: (host, port) => {
        dialled.push(`${host}:${port}`);
        return connect(echo.port, "127.0.0.1");
      },
    },
  );
  await doors.open();
  await doors.enter("127.0.0.2", [{ dnsName: "api", port: 9000, endpoint: "ns/api" }]);
  await doors.mirrorHost();
  doors.openOutside();
  await vi.waitUntil(() => doorsByPort.has(443));
  /** The loopback address stands for one outside. */
  const outcome = async (port: number): Promise<unknown> => {
    const socket = connect({ port: doorsByPort.get(port)?.port ?? 0, host: "127.0.0.1" });
    opened.push(socket);
    socket.write("hello");
    return once(socket, "data").then(String, ({ code }: NodeJS.ErrnoException) => code);
  };
  expect(await outcome(443)).toBe("hello");
  for (const port of [9000, 9001, 4566]) expect(await outcome(port)).toBe("ECONNRESET");
  expect(dialled).toEqual(["127.0.0.1:443"]);
  doors.close();
});

it("looks for what listens on the machine twice at most, however many tasks ask for it at once, and anew for who asks later", async () => {
  const looks: (() => void)[] = [];
  const opening: number[] = [];
  const doors = new NetworkDoors(
    {
      listen: (_host, port) => {
        opening.push(port);
        return serverOf(() => undefined);
      },
    },
    {
      agent: (socket) => socket.destroy(),
      gateway: { port: 4566, accept: (socket) => socket.destroy() },
      hostPorts: () => new Promise((resolve) => looks.push(() => resolve([6379 + looks.length]))),
    },
  );
  const first = doors.mirrorHost();
  const later = Array.from({ length: 100 }, () => doors.mirrorHost());
  expect(looks).toHaveLength(1);
  looks[0]?.();
  await first;
  await vi.waitUntil(() => looks.length === 2);
  looks[1]?.();
  await Promise.all(later);
  const last = doors.mirrorHost();
  expect(looks).toHaveLength(3);
  looks[2]?.();
  await last;
  // Nobody is answered by a look that began before it asked.
  expect(opening).toEqual([6380, 6381, 6382]);
});
