/**
 * One health check: a request on a connection of its own that is closed afterwards, as `ELB-HealthChecker/2.0` makes
 * it (ALB, "Health checks for your target groups"). Redirects are not followed; the body is not read. A gRPC target is
 * asked for a method and judged by its `grpc-status`.
 */
import { request } from "node:http";
import { connect as connectHttp2, type IncomingHttpHeaders } from "node:http2";
import type { Socket } from "node:net";
import type { Target } from "../../controller/ports.ts";
import type { ProbeOutcome } from "../../engine/balancing/target-health.ts";
import type { Clock } from "../../kit/clock.ts";
import type { Dialer } from "../runtime/dialer.ts";
import { connectTarget, type TargetProtocol } from "./target-protocol.ts";

export interface Probe {
  readonly target: Target;
  readonly protocol: TargetProtocol;
  readonly path: string;
  /** On `clock`. */
  readonly timeoutMs: number;
  /** Asked for an HTTP status, or for a gRPC status where that is spoken. */
  readonly accepts: (code: number) => boolean;
}

/** What a connection fails with when this machine has run out of something: not the target's doing. */
const OWN_SHORTAGES = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EAGAIN", "EADDRNOTAVAIL"]);

const USER_AGENT = "ELB-HealthChecker/2.0";

/** Starts a probe; `done` is called once unless the returned function was called before. */
export function startProbe(probe: Probe, dialer: Dialer, clock: Clock, done: (outcome: ProbeOutcome) => void): () => void {
  let over = false;
  let socket: Socket | undefined;
  const finish = (outcome: ProbeOutcome | undefined): void => {
    if (over) return;
    over = true;
    cancelTimeout();
    socket?.destroy();
    if (outcome !== undefined) done(outcome);
  };
  const cancelTimeout = clock.at(clock.now() + probe.timeoutMs, () => finish({ type: "timeout" }));

  connectTarget(dialer, probe.target, probe.protocol).then(
    (connected) => {
      socket = connected;
      if (over) connected.destroy();
      else (probe.protocol.version === "HTTP1" ? askHttp1 : askHttp2)(probe, connected, finish);
    },
    (failure: NodeJS.ErrnoException) => finish({ type: OWN_SHORTAGES.has(failure.code ?? "") ? "internal-error" : "failed" }),
  );
  return () => finish(undefined);
}

function judge({ accepts }: Probe, code: number): ProbeOutcome {
  return accepts(code) ? { type: "passed" } : { type: "mismatch", code };
}

function askHttp1(probe: Probe, connected: Socket, finish: (outcome: ProbeOutcome) => void): void {
  const asked = request({
    createConnection: () => connected,
    method: "GET",
    path: probe.path,
    headers: {
      Host: `${probe.target.ip}:${probe.target.port}`,
      "User-Agent": USER_AGENT,
      "Accept-Encoding": "gzip, compressed",
      Connection: "close",
    },
  });
  asked.on("response", ({ statusCode = 0 }) => finish(judge(probe, statusCode)));
  // An answer of `101 Switching Protocols` is an answer that no matcher takes.
  asked.on("upgrade", ({ statusCode = 0 }) => finish({ type: "mismatch", code: statusCode }));
  asked.on("error", () => finish({ type: "failed" }));
  asked.on("close", () => finish({ type: "failed" }));
  asked.end();
}

function askHttp2(probe: Probe, connected: Socket, finish: (outcome: ProbeOutcome) => void): void {
  const isGrpc = probe.protocol.version === "GRPC";
  const session = connectHttp2(`http://${probe.target.ip}:${probe.target.port}`, {
    createConnection: () => connected,
    // Nobody would read what a target pushes, nor hear of it when that breaks.
    settings: { enablePush: false },
  });
  const asked = session.request({
    ":method": isGrpc ? "POST" : "GET",
    ":path": probe.path,
    "user-agent": USER_AGENT,
    ...(isGrpc ? { "content-type": "application/grpc", te: "trailers" } : {}),
  });
  const judgeGrpc = (headers: IncomingHttpHeaders): void => {
    const status = headers["grpc-status"];
    if (status !== undefined) finish(judge(probe, Number(status)));
  };
  const failed = (): void => finish({ type: "failed" });
  asked.on("response", (headers) => {
    const statusCode = Number(headers[":status"]);
    if (!isGrpc) finish(judge(probe, statusCode));
    else if (statusCode !== 200) finish({ type: "mismatch", code: statusCode });
    else judgeGrpc(headers);
  });
  asked.on("trailers", judgeGrpc);
  asked.on("error", failed);
  asked.on("close", failed);
  session.on("error", failed);
  asked.resume();
  // An empty message: uncompressed, no bytes.
  asked.end(isGrpc ? Buffer.alloc(5) : undefined);
}
