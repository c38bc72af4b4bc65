/**
 * Spreads requests over weighted target groups, smoothly: after each choice a group has had its share of all
 * requests within one, so that a canary of 5 % gets exactly every twentieth request.
 *
 * Weights 3 and 1 give a, a, b, a, a, a, b, a …
 */
import type { WeightedTargetGroup } from "./routing-rule.ts";

export class GroupChoice {
  readonly #groups: readonly WeightedTargetGroup[];
  readonly #credit: number[];
  readonly #total: number;

  constructor(groups: readonly WeightedTargetGroup[]) {
    this.#groups = groups;
    this.#credit = groups.map(() => 0);
    this.#total = groups.reduce((sum, { weight }) => sum + weight, 0);
  }

  /** The group the next request goes to; undefined when no group has a weight. */
  next(): string | undefined {
    if (this.#total === 0) return undefined;
    let best = -1;
    let most = -Infinity;
    for (let index = 0; index < this.#groups.length; index++) {
      const weight = this.#groups[index]?.weight ?? 0;
      if (weight === 0) continue;
      const credit = (this.#credit[index] ?? 0) + weight;
      this.#credit[index] = credit;
      if (credit > most) {
        most = credit;
        best = index;
      }
    }
    this.#credit[best] = most - this.#total;
    return this.#groups[best]?.arn;
  }

  /** Whether a client that was sent to `arn` before may go there again. */
  mayStay(arn: string): boolean {
    return this.#groups.some((group) => group.arn === arn && group.weight > 0);
  }
}
