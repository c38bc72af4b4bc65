import { once } from "node:events";
import { constants, createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import type { ProbeOutcome } from "../../engine/balancing/target-health.ts";
import { SystemClock } from "../../kit/clock.ts";
import { dialLocal } from "../runtime/dialer.ts";
import { startProbe } from "./health-probe.ts";

it("a target that pushes to whoever lets it, and breaks off what it pushed, passes its health check", async () => {
  const server = createServer().on("stream", (stream) => {
    stream.on("error", () => {}); // The probe cuts the connection once it knows.
    const answer = (): void => {
      stream.respond({ ":status": 200 }, { endStream: true });
    };
    if (!stream.pushAllowed) return answer();
    stream.pushStream({ ":path": "/style.css" }, (_, pushed) => {
      pushed.on("error", () => {});
      pushed.once("close", answer);
      pushed.close(constants.NGHTTP2_INTERNAL_ERROR);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const outcome = await new Promise<ProbeOutcome>((resolve) => {
    startProbe(
      {
        target: { ip: "10.0.1.10", port: 8080 },
        protocol: { tls: false, version: "HTTP2" },
        path: "/health",
        timeoutMs: 5_000,
        accepts: (code) => code === 200,
      },
      { connect: (target, timeoutMs) => dialLocal(target, port, timeoutMs) },
      new SystemClock(),
      resolve,
    );
  });
  server.close();
  expect(outcome).toEqual({ type: "passed" });
});
