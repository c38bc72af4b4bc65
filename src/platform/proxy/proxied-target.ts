/**
 * One registered target as the data plane sees it: its health, the requests it has not answered, its connections,
 * and its drain. A draining target gets no new request, finishes those in flight, and is gone as soon as nothing is
 * left, at the latest when the deregistration delay is over (ALB, "Deregistration delay").
 */
import type { Target } from "../../controller/ports.ts";
import type { BalancedTarget } from "../../engine/balancing/target-choice.ts";
import { initial, type TargetHealth } from "../../engine/balancing/target-health.ts";
import type { Cancel, Clock } from "../../kit/clock.ts";
import type { Dialer } from "../runtime/dialer.ts";
import { TargetConnections } from "./target-connections.ts";
import type { TargetProtocol } from "./target-protocol.ts";

export class ProxiedTarget implements BalancedTarget {
  readonly address: Target;
  /** `ip:port`; what a sticky cookie holds. */
  readonly key: string;
  readonly connections: TargetConnections;
  health: TargetHealth = initial;
  healthySince: number | undefined;
  /** When its first health check began; engine milliseconds. */
  checkedSince = 0;
  inFlight = 0;
  /** Cut at the end of the drain: websockets, which no connection of the pool carries. */
  readonly #tunnels = new Set<() => void>();
  #drained: (() => void) | undefined;
  #cancelDeadline: Cancel = () => {};

  constructor(address: Target, protocol: TargetProtocol, dialer: Dialer) {
    this.address = address;
    this.key = targetKey(address);
    this.connections = new TargetConnections(address, protocol, dialer);
  }

  begin(): void {
    this.inFlight++;
  }

  end(): void {
    this.inFlight--;
    if (this.inFlight === 0) this.#finish();
  }

  /** A websocket counts as a request in flight until it closes. Returns what to call then. */
  beginTunnel(cut: () => void): () => void {
    this.begin();
    this.#tunnels.add(cut);
    return () => {
      if (this.#tunnels.delete(cut)) this.end();
    };
  }

  /** `drained` is called once, never before this returns. */
  drain(clock: Clock, deadlineMs: number, drained: () => void): void {
    this.#drained = drained;
    this.connections.drain();
    this.#cancelDeadline = clock.at(clock.now() + (this.inFlight === 0 ? 0 : deadlineMs), () => {
      this.destroy();
      this.#finish();
    });
  }

  /** The target was registered again before its drain was over. */
  stopDraining(): void {
    this.#drained = undefined;
    this.#cancelDeadline();
    this.connections.reopen();
  }

  /** Cuts what is left; requests in flight are answered with 502. */
  destroy(): void {
    this.#cancelDeadline();
    this.connections.destroy();
    for (const cut of [...this.#tunnels]) cut();
  }

  #finish(): void {
    const drained = this.#drained;
    if (drained === undefined) return;
    this.#drained = undefined;
    this.#cancelDeadline();
    drained();
  }
}

export function targetKey({ ip, port }: Target): string {
  return `${ip}:${port}`;
}
