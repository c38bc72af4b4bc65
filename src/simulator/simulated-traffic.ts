/**
 * Requests to a simulated service, one at a time, routed as the load balancer routes them: the engine's choice among
 * weighted target groups and among a group's targets, on the states that target groups and listener rules have now.
 */
import { GroupChoice } from "../engine/balancing/group-choice.ts";
import { type BalancedTarget, type BalancingAlgorithm, routableTargets, TargetChoice } from "../engine/balancing/target-choice.ts";
import type { TrafficWeight } from "../engine/service/service-state.ts";
import type { SeenTarget, SimulatedTargetGroups } from "./simulated-target-groups.ts";

/** Where a request went. */
export interface Routed {
  readonly targetGroupArn: string;
  readonly ip: string;
  /** Whether the program behind the address answered it. */
  readonly answered: boolean;
  /** Which of the load balancer's nodes sent it there. */
  readonly node: number;
}

/** Those that the node has found healthy, else those that any has, else all that are registered and do not leave: the load balancer fails open. */
export function candidatesOf(targets: readonly SeenTarget[]): readonly SeenTarget[] {
  const registered = targets.filter(({ state }) => state !== "draining" && state !== "unused");
  const healthy = registered.filter(({ state }) => state === "healthy" || state === "unavailable");
  const served = registered.filter((target) => target.served);
  return routableTargets(registered, healthy, { minimumCount: 1, minimumPercentage: 0 }, served);
}

type Candidate = BalancedTarget & { readonly ip: string };

export interface TrafficOptions {
  readonly targetGroups: SimulatedTargetGroups;
  /** The weights of the listener rule that the requests come through, as they are now. */
  readonly weights: () => readonly TrafficWeight[];
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly algorithm?: BalancingAlgorithm;
  readonly slowStartMs?: number;
  /** Which targets may take a request: the engine's rule, unless a test hands in a broken one. */
  readonly candidates?: typeof candidatesOf;
}

export class SimulatedTraffic {
  readonly #options: TrafficOptions;
  readonly #choices = new Map<string, TargetChoice<Candidate>>();
  #weights: readonly TrafficWeight[] = [];
  #groups = new GroupChoice([]);

  constructor(options: TrafficOptions) {
    this.#options = options;
  }

  /** Routes one request; undefined: there is no target to take it (503). */
  request(inFlight: (ip: string) => number = () => 0): Routed | undefined {
    const { targetGroups, now, random, algorithm = "round_robin", slowStartMs = 0, candidates = candidatesOf } = this.#options;
    const targetGroupArn = this.#group();
    if (targetGroupArn === undefined) return undefined;
    const node = this.#node(targetGroups.probers(targetGroupArn));
    const targets = candidates(targetGroups.states(targetGroupArn, node)).map(
      ({ target, healthySince }): Candidate => ({ ip: target.ip, inFlight: inFlight(target.ip), healthySince }),
    );
    const choice = this.#choices.get(targetGroupArn) ?? new TargetChoice<Candidate>(random);
    this.#choices.set(targetGroupArn, choice);
    const chosen = choice.next(targets, algorithm, slowStartMs, now());
    return chosen === undefined ? undefined : { targetGroupArn, ip: chosen.ip, answered: targetGroups.isAnswering(chosen.ip), node };
  }

  /** Clients spread over the nodes, each of which routes by what it has found itself; not in turn, lest node and target keep step. */
  #node(nodes: number): number {
    return nodes === 1 ? 0 : Math.floor(this.#options.random() * nodes);
  }

  #group(): string | undefined {
    const weights = this.#options.weights();
    if (weights !== this.#weights) {
      this.#weights = weights;
      this.#groups = new GroupChoice(weights.map(({ targetGroupArn, weight }) => ({ arn: targetGroupArn, weight })));
    }
    return this.#groups.next();
  }
}
