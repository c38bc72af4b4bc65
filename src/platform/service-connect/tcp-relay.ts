/** A TCP connection through the Service Connect proxy: to one host for its whole life, bytes both ways. */
import type { Socket } from "node:net";
import type { EndpointChoice } from "../../engine/balancing/endpoint-choice.ts";
import type { ConnectHost } from "../../engine/service/connect-hosts.ts";
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
    if (upstream !== undefined) return join(client, upstream, idleTimeoutMs);
    choice.failed(host, hosts(), now());
  }
  client.resetAndDestroy();
}

/** What ends on one side ends on the other, half by half; silence in both directions for the idle timeout cuts both. */
function join(client: Socket, upstream: Socket, idleTimeoutMs: number): void {
  const cut = (): void => {
    client.destroy();
    upstream.destroy();
  };
  if (client.destroyed) {
    cut();
    return;
  }
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    from.allowHalfOpen = true;
    from.setTimeout(idleTimeoutMs, cut);
    from.on("error", () => to.resetAndDestroy());
    from.on("close", () => to.destroySoon());
    from.pipe(to);
  }
}
