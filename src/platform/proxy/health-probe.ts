/**
 * One health check: a GET on a connection of its own that is closed afterwards, as `ELB-HealthChecker/2.0` does it
 * (ALB, "Health checks for your target groups"). Redirects are not followed; the body is not read.
 */
import { request } from "node:http";
import type { Socket } from "node:net";
import type { Target } from "../../controller/ports.ts";
import type { ProbeOutcome } from "../../engine/balancing/target-health.ts";
import type { Clock } from "../../kit/clock.ts";
import type { Dialer } from "../runtime/dialer.ts";
import { CONNECT_TIMEOUT_MS } from "./target-connections.ts";

export interface Probe {
  readonly target: Target;
  readonly path: string;
  /** On `clock`. */
  readonly timeoutMs: number;
  readonly accepts: (statusCode: number) => boolean;
}

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

  dialer.connect(probe.target, CONNECT_TIMEOUT_MS).then(
    (connected) => {
      socket = connected;
      if (over) connected.destroy();
      else ask(connected);
    },
    () => finish({ type: "failed" }),
  );

  const ask = (connected: Socket): void => {
    const asked = request({
      createConnection: () => connected,
      method: "GET",
      path: probe.path,
      headers: {
        Host: `${probe.target.ip}:${probe.target.port}`,
        "User-Agent": "ELB-HealthChecker/2.0",
        "Accept-Encoding": "gzip, compressed",
        Connection: "close",
      },
    });
    asked.on("response", ({ statusCode = 0 }) => {
      finish(probe.accepts(statusCode) ? { type: "passed" } : { type: "mismatch", code: statusCode });
    });
    // An answer of `101 Switching Protocols` is an answer that no matcher takes.
    asked.on("upgrade", ({ statusCode = 0 }) => finish({ type: "mismatch", code: statusCode }));
    asked.on("error", () => finish({ type: "failed" }));
    asked.on("close", () => finish({ type: "failed" }));
    asked.end();
  };

  return () => finish(undefined);
}
