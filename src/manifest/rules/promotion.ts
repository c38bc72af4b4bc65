/** Promotion between environments: each takes its images from the one before it, so that no chain may close to a circle. */
import type { ResolvedEnvironment } from "../resolved.ts";
import type { Rules } from "./rules.ts";

/** @param rulesOf of the environment's document; undefined for one that has none */
export function checkPromotion(
  environments: ReadonlyMap<string, ResolvedEnvironment>,
  rulesOf: (environment: ResolvedEnvironment) => Rules | undefined,
): void {
  for (const environment of environments.values()) {
    const chain = [environment.name];
    for (let next = environment.promoteFrom; next !== undefined; next = environments.get(next)?.promoteFrom) {
      if (next === environment.name && chain.length > 1) {
        rulesOf(environment)?.report(
          "FSD1704",
          "environment.promoteFrom",
          `no image could ever come to ${environment.name}: ${[...chain, next].join(" takes images from ")}`,
          "leave promoteFrom out where images are deployed first",
        );
      }
      // Another's circle is told there.
      if (chain.includes(next)) break;
      chain.push(next);
    }
  }
}
