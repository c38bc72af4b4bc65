/** The proxy's kept connections to hosts, shared by all clients; those of a host that has left close with their last request. */
import type { ConnectHost } from "../../engine/service/connect-hosts.ts";
import { TargetConnections } from "../proxy/target-connections.ts";
import type { Dialer } from "../runtime/dialer.ts";

export class HostConnections {
  readonly #dialer: Dialer;
  readonly #byHost = new Map<string, TargetConnections>();

  constructor(dialer: Dialer) {
    this.#dialer = dialer;
  }

  to(host: ConnectHost, version: "HTTP1" | "HTTP2"): TargetConnections {
    const key = `${host.taskId}:${host.port}/${version}`;
    let connections = this.#byHost.get(key);
    if (connections === undefined) {
      connections = new TargetConnections(host, { tls: false, version }, this.#dialer);
      this.#byHost.set(key, connections);
    }
    return connections;
  }

  /** The task takes no new requests. */
  left(taskId: string): void {
    for (const [key, connections] of this.#byHost) {
      if (!key.startsWith(`${taskId}:`)) continue;
      this.#byHost.delete(key);
      connections.drain();
    }
  }

  close(): void {
    for (const connections of this.#byHost.values()) connections.destroy();
    this.#byHost.clear();
  }
}
