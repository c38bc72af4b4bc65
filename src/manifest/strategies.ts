/** What sets the strategies of deployments apart. */
import type { Strategy } from "./resolved.ts";

/** Whether ECS moves traffic between two target groups, rather than replace tasks in one. */
export function shiftsTraffic(strategy: Strategy): boolean {
  return strategy === "blue-green" || strategy === "canary" || strategy === "linear";
}
