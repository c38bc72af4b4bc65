/**
 * The weights of blue and green, given to Elastic Load Balancing through its own API. A rule's changes are made one
 * after the other; of those that wait only the newest is made.
 */
import type { ListenerRules } from "../../../controller/ports.ts";
import type { TrafficWeight } from "../../../engine/service/service-state.ts";
import { parseArn } from "../../../model/arn.ts";
import type { Call } from "../../gateway/operations.ts";

export class ListenerRuleWeights implements ListenerRules {
  readonly #call: Call;
  readonly #report: (failure: unknown, what: string) => void;
  readonly #wanted = new Map<string, readonly TrafficWeight[]>();
  readonly #busy = new Set<string>();

  /** `report`: told of a change that Elastic Load Balancing refused. */
  constructor({ call, report }: { readonly call: Call; readonly report: (failure: unknown, what: string) => void }) {
    this.#call = call;
    this.#report = report;
  }

  setWeights(listenerRuleArn: string, weights: readonly TrafficWeight[]): void {
    this.#wanted.set(listenerRuleArn, weights);
    if (!this.#busy.has(listenerRuleArn)) void this.#apply(listenerRuleArn);
  }

  async #apply(arn: string): Promise<void> {
    this.#busy.add(arn);
    for (let weights = this.#wanted.get(arn); weights !== undefined; weights = this.#wanted.get(arn)) {
      this.#wanted.delete(arn);
      try {
        await this.#forward(arn, weights);
      } catch (failure) {
        this.#report(failure, `shifting the traffic of ${arn}`);
      }
    }
    this.#busy.delete(arn);
  }

  async #forward(arn: string, weights: readonly TrafficWeight[]): Promise<void> {
    const parsed = parseArn(arn);
    const region = parsed?.region ?? "";
    const actions = [
      {
        Type: "forward" as const,
        ForwardConfig: { TargetGroups: weights.map(({ targetGroupArn, weight }) => ({ TargetGroupArn: targetGroupArn, Weight: weight })) },
      },
    ];
    // ECS takes a listener too, and then moves its default action.
    if (parsed?.resource.startsWith("listener/") === true) {
      await this.#call("elastic-load-balancing-v2", "ModifyListener", { ListenerArn: arn, DefaultActions: actions }, { region });
    } else {
      await this.#call("elastic-load-balancing-v2", "ModifyRule", { RuleArn: arn, Actions: actions }, { region });
    }
  }
}
