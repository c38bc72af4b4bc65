import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, it } from "vitest";
import { askEndpoint } from "./identity-endpoint.ts";

it("an endpoint that offers another protocol for an answer has answered", async () => {
  const server = createServer((socket) => {
    socket.on("error", () => {}); // Whoever asked hangs up.
    socket.once("data", () => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
  const answer = await askEndpoint(endpoint, { method: "POST", headers: {}, body: "code=a" });
  server.close();
  expect(answer).toEqual({ status: 101, body: "", isCutOff: false });
});
