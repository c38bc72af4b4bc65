/**
 * The addresses that stand for Service Connect's names inside a task. AWS takes 127.255.0.1 and the following, where a proxy of the
 * task's own listens; here the platform listens for all tasks, so that they are addresses of its bridge.
 */
import type { ClientAlias } from "../../model/task-launch.ts";

/** All of it is the platform's, in every task's network. */
export const ALIAS_RANGE = "169.254.172.0/22";

/** An address for each name, in order: the same in every container of a task. */
export function aliasAddresses(aliases: readonly Pick<ClientAlias, "dnsName">[]): ReadonlyMap<string, string> {
  const names = [...new Set(aliases.map(({ dnsName }) => dnsName))];
  return new Map(names.map((name, index) => [name, `169.254.${172 + Math.floor((index + 1) / 256)}.${(index + 1) % 256}`]));
}

export function isAliasAddress(address: string | undefined): boolean {
  return address !== undefined && /^169\.254\.17[2-5]\./.test(address);
}
