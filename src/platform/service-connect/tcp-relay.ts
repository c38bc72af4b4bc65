/** A TCP connection through the Service Connect proxy: to one host for its whole life, bytes both ways. */
import type { Socket } from "node:net";
import type { EndpointChoice } from "../../engine/balancing/endpoint-choice.ts";
import type { ConnectHost } from "../../engine/service/connect-hosts.ts";
import { joinSockets } from "../proxy/joined-sockets.ts";
import type { Dialer } from "../runtime/dialer.ts";

export interface Relay {
  readonly slot: string | undefined;
  readonly hosts: () => readonly ConnectHost[];
  readonly choice: EndpointChoice;
  readonly dialer: Dialer;
  /** 0: none. */
  readonly idleTimeoutMs: number;
  readonly connectTimeoutMs: number;
  /** Engine time. */
  readonly now: () => number;
}

const MOST_RETRIES = 2;

/** A host that takes no connection is followed by another; when none does, the client's connection is cut. */
export async function relay(client: Socket, { slot, hosts, choice, dialer, idleTimeoutMs, connectTimeoutMs, now }: Relay): Promise<void> {
  const tried = new Set<string>();
  client.on("error", () => client.destroy());
  for (let attempt = 0; attempt <= MOST_RETRIES && !client.destroyed; attempt++) {
    const host = choice.host(hosts(), slot, tried, now());
    if (host === undefined) break;
    tried.add(host.taskId);
    const upstream = await dialer.connect(host, connectTimeoutMs).catch(() => undefined);
    if (upstream !== undefined) {
      client.allowHalfOpen = true;
      upstream.allowHalfOpen = true;
      return joinSockets(client, upstream, idleTimeoutMs);
    }
    choice.failed(host, hosts(), now());
  }
  client.resetAndDestroy();
}
