/**
 * The weights of blue and green, given to Elastic Load Balancing through its own API. A rule's changes are made one
 * after the other; of those that wait only the newest is made.
 */
import type { Action } from "@aws-sdk/client-elastic-load-balancing-v2";
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
    const TargetGroups = weights.map(({ targetGroupArn, weight }) => ({ TargetGroupArn: targetGroupArn, Weight: weight }));
    const shifted = (actions: readonly Action[] = []): Action[] => {
      const last = actions.at(-1);
      const forward = {
        Type: "forward" as const,
        ...(last?.Order === undefined ? {} : { Order: last.Order }),
        ForwardConfig: { ...last?.ForwardConfig, TargetGroups },
      };
      // What comes before, such as the validation of a token, must outlive the shift; a secret is not told, so it is kept.
      return [...actions.slice(0, -1).map(withItsSecret), forward];
    };
    // ECS takes a listener too, and then moves its default action.
    if (parsed?.resource.startsWith("listener/") === true) {
      const { Listeners: [listener] = [] } = await this.#call(
        "elastic-load-balancing-v2",
        "DescribeListeners",
        { ListenerArns: [arn] },
        { region },
      );
      const DefaultActions = shifted(listener?.DefaultActions);
      await this.#call("elastic-load-balancing-v2", "ModifyListener", { ListenerArn: arn, DefaultActions }, { region });
    } else {
      const { Rules: [rule] = [] } = await this.#call("elastic-load-balancing-v2", "DescribeRules", { RuleArns: [arn] }, { region });
      await this.#call("elastic-load-balancing-v2", "ModifyRule", { RuleArn: arn, Actions: shifted(rule?.Actions) }, { region });
    }
  }
}

function withItsSecret(action: Action): Action {
  const { AuthenticateOidcConfig } = action;
  if (AuthenticateOidcConfig === undefined) return action;
  return { ...action, AuthenticateOidcConfig: { ...AuthenticateOidcConfig, UseExistingClientSecret: true } };
}
