/**
 * Where a service's rule stands on a listener that many services share. More specific rules come first: host and path,
 * then host, then path, then everything; within a band longer paths first; within that by a hash of the service's
 * name, so that a rule's place never depends on which other services exist.
 *
 * Example: `/orders/*` without host has depth 1: band 24000..35999, sub-band 8 (9 − 1): 33600 + hash % 1200.
 */
import { hash } from "../kit/hash.ts";
import type { LoadBalancing } from "./resolved.ts";

const BAND = 12_000;
const SUB_BAND = BAND / 10;

export function listenerPriority(service: string, { host, path, priority }: Pick<LoadBalancing, "host" | "path" | "priority">): number {
  if (priority !== undefined) return priority;
  const everything = path === "/*" || path === "/";
  const band = host !== undefined ? (everything ? 1 : 0) : everything ? 3 : 2;
  const depth = Math.min(9, path.split("/").filter((part) => part !== "" && part !== "*").length);
  return 1 + band * BAND + (9 - depth) * SUB_BAND + (hash(service) % SUB_BAND);
}

/** The patterns of a path: `/x/*` also means `/x` itself. */
export function pathPatterns(path: string): readonly string[] {
  return path.endsWith("/*") && path !== "/*" ? [path.slice(0, -2), path] : [path];
}

/** The port of the listener a service has for itself on `local`. */
export function localListenerPort(service: string): number {
  return 20_000 + (hash(service) % 10_000);
}
