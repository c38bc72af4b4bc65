import type { CreateRuleInput, ModifyRuleInput } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { ResourceRequest, ResourceType } from "../../resource-type.ts";
import { apiInput, changed, number, text, unless } from "../../resource-work.ts";
import { elb, elbTags } from "./elb-work.ts";
import { schemas } from "./generated/schemas.ts";

const schema = schemas["AWS::ElasticLoadBalancingV2::ListenerRule"];
const INPUT = ["Actions", "Conditions", "Transforms"];

/** AWS::ElasticLoadBalancingV2::ListenerRule. `Ref` is its ARN. */
export const listenerRule: ResourceType = {
  type: "AWS::ElasticLoadBalancingV2::ListenerRule",
  schema,

  async create(request) {
    const before = await madeBefore(request);
    if (before !== undefined) return state(before);
    const input = apiInput<CreateRuleInput>(request.properties, schema, "same", ["ListenerArn", "Priority", ...INPUT]);
    const { Rules: [made] = [] } = await elb(request)("CreateRule", { ...input, ...elbTags(request) });
    return state(made?.RuleArn ?? "");
  },

  async update(request, current, previous) {
    const RuleArn = current.physicalId;
    const { properties } = request;
    if (INPUT.some((name) => changed(name, properties, previous)))
      await elb(request)("ModifyRule", { RuleArn, ...apiInput<Partial<ModifyRuleInput>>(properties, schema, "same", INPUT) });
    if (changed("Priority", properties, previous))
      await elb(request)("SetRulePriorities", { RulePriorities: [{ RuleArn, Priority: number(properties, "Priority") ?? 0 }] });
    return current;
  },

  async delete(request, { physicalId }) {
    await unless(/NotFound/, () => elb(request)("DeleteRule", { RuleArn: physicalId }));
  },
};

const state = (arn: string) => ({ physicalId: arn, attributes: { RuleArn: arn, IsDefault: false } });

/** A rule is known by its priority, of which a listener has one. */
async function madeBefore(request: ResourceRequest): Promise<string | undefined> {
  if (!request.isRepeated) return undefined;
  const { Rules = [] } = await elb(request)("DescribeRules", { ListenerArn: text(request.properties, "ListenerArn") });
  const priority = String(number(request.properties, "Priority"));
  return Rules.find(({ Priority, RuleArn = "" }) => Priority === priority && !request.recorded.includes(RuleArn))?.RuleArn;
}
