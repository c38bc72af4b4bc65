/**
 * Where a service's rule stands on a listener that many services share. More specific rules come first: host and path,
 * then host, then path, then everything; within a band longer paths first; within that by a hash of the service's
 * name, so that a rule's place never depends on which other services exist.
 *
 * Example: `/orders/*` without host has depth 1: band 26000..37999, sub-band 8 (9 − 1): 35601 + hash % 1200. Before all
 * bands is room for the rules of test traffic, which must come before the rule whose requests they take.
 */
import { hash } from "../kit/hash.ts";
import type { LoadBalancing, ResolvedService } from "./resolved.ts";
import { shiftsTraffic } from "./strategies.ts";

const TEST_BAND = 2_000;
const BAND = 12_000;
const SUB_BAND = BAND / 10;

export function listenerPriority(service: string, { host, path, priority }: Pick<LoadBalancing, "host" | "path" | "priority">): number {
  if (priority !== undefined) return priority;
  const everything = path === "/*" || path === "/";
  const band = host !== undefined ? (everything ? 1 : 0) : everything ? 3 : 2;
  const depth = Math.min(9, path.split("/").filter((part) => part !== "" && part !== "*").length);
  return 1 + TEST_BAND + band * BAND + (9 - depth) * SUB_BAND + (hash(service) % SUB_BAND);
}

/** Whether something looks at the new version before production traffic reaches it, so that it needs a rule of its own. */
export function hasTestRule({ service }: Pick<ResolvedService, "service">): boolean {
  const { strategy, hooks } = service.deployment;
  const shifts = service.networking.loadBalancer !== undefined && shiftsTraffic(strategy);
  return shifts && hooks.some(({ stage }) => stage === "TEST_TRAFFIC_SHIFT" || stage === "POST_TEST_TRAFFIC_SHIFT");
}

/** Of the rule for test traffic: before the service's own, whatever that one's is. Needs one above 1. */
export function testPriority(service: string, routing: Pick<LoadBalancing, "host" | "path" | "priority">): number {
  return 1 + (hash(`${service} test`) % Math.min(TEST_BAND, Math.max(1, listenerPriority(service, routing) - 1)));
}

/** The patterns of a path: `/x/*` also means `/x` itself. */
export function pathPatterns(path: string): readonly string[] {
  return path.endsWith("/*") && path !== "/*" ? [path.slice(0, -2), path] : [path];
}

/**
 * Which of several load balancers of one kind a service stands behind, from 1: the one it has the highest hash with
 * (rendezvous hashing), so that another load balancer moves as few services as can be.
 */
export function shardOf(service: string, shards: number): number {
  let chosen = 1;
  for (let shard = 2; shard <= shards; shard++) if (hash(`${service} ${shard}`) > hash(`${service} ${chosen}`)) chosen = shard;
  return chosen;
}

/** The port of the listener a service has for itself on `local`. */
export function localListenerPort(service: string): number {
  return 20_000 + (hash(service) % 10_000);
}
