import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
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
    { listen: async (_host, port) => (port === 4566 ? door : agentDoor) },
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
