/**
 * While a strategy shifts traffic, ECS moves the weights of the live rule, which the template also writes. Each update
 * of the stack hands back what it finds there, so that it does not send requests to the target group without tasks.
 */
import type { Aws } from "../../aws/aws.ts";
import { failure } from "../../model/failures.ts";
import type { Template } from "../../synth/template.ts";
import { type StackView, statusCommand } from "../stack/stack.ts";

export interface TargetGroupPair {
  readonly production: string;
  readonly alternate: string;
}

/** As the rule has them: none at all is a group without traffic. */
export type RuleWeights = readonly { readonly TargetGroupArn?: string | undefined; readonly Weight?: number | undefined }[];

/** The template's weights as parameters; none when it has no such rule, or the stack has not made both groups yet. */
export async function liveWeights(aws: Aws, template: Template, stack: StackView | undefined): Promise<Readonly<Record<string, string>>> {
  if (stack === undefined || template.Parameters?.TargetGroupWeight === undefined) return {};
  const { StackResources = [] } = await aws.cloudFormation.describeStackResources({ StackName: stack.id });
  const idOf = (logicalId: string): string | undefined =>
    StackResources.find(({ LogicalResourceId }) => LogicalResourceId === logicalId)?.PhysicalResourceId;
  const [rule, test, production, alternate] = ["ListenerRule", "TestListenerRule", "TargetGroup", "AlternateTargetGroup"].map(idOf);
  if (rule === undefined || production === undefined || alternate === undefined) return {};
  const groups = { production, alternate };
  const live = weightParameters(await ruleWeights(aws, rule), groups, stack);
  if (test === undefined || template.Parameters.TestTargetGroupWeight === undefined) return live;
  const ofTest = weightParameters(await ruleWeights(aws, test), groups, stack);
  return { ...live, ...Object.fromEntries(Object.entries(ofTest).map(([name, weight]) => [`Test${name}`, weight])) };
}

/** @param rule its ARN */
export async function ruleWeights(aws: Pick<Aws, "elb">, rule: string): Promise<RuleWeights> {
  const { Rules = [] } = await aws.elb.describeRules({ RuleArns: [rule] });
  return Rules[0]?.Actions?.find(({ Type }) => Type === "forward")?.ForwardConfig?.TargetGroups ?? [];
}

/** Refuses in the middle of a shift: the weights are ECS's until it has ended. */
export function weightParameters(
  weights: RuleWeights,
  groups: TargetGroupPair,
  stack: Pick<StackView, "name" | "tags">,
): Readonly<Record<string, string>> {
  const weightOf = (arn: string): number => weights.find(({ TargetGroupArn }) => TargetGroupArn === arn)?.Weight ?? 0;
  const [first, second] = [weightOf(groups.production), weightOf(groups.alternate)];
  if (first > 0 && second > 0) {
    throw failure("FSD7004", `traffic of ${stack.name} is being shifted: ${first} to one target group, ${second} to the other`, {
      hint: `wait until ECS has ended the deployment, then deploy again; ${statusCommand(stack.tags)} shows how far it is`,
    });
  }
  // A rule without weights, as someone may have left it, gets those of the template.
  return first === second ? {} : { TargetGroupWeight: String(first), AlternateTargetGroupWeight: String(second) };
}
