import type { PutRuleRequest, Target } from "@aws-sdk/client-eventbridge";
import { ecsSpelling } from "../../ecs-spelling.ts";
import type { ResourceRequest, ResourceState, ResourceType } from "../../resource-type.ts";
import { ResourceFailure } from "../../resource-type.ts";
import { caller, document, generatedName, objects, tagList, text, unless } from "../../resource-work.ts";
import { schemas } from "./generated/schemas.ts";

const events = caller("eventbridge");
const GONE = /^ResourceNotFoundException$/;

/** AWS::Events::Rule with its targets. `Ref` is the rule's name, for a rule on another bus `<bus>|<name>`. */
export const rule: ResourceType = {
  type: "AWS::Events::Rule",
  schema: schemas["AWS::Events::Rule"],

  async create(request) {
    const Name = text(request.properties, "Name") ?? generatedName(request, 64);
    const named = { Name, EventBusName: busOf(request) };
    if (!request.isRepeated && (await unless(GONE, () => events(request)("DescribeRule", named)))) {
      throw new ResourceFailure(`Resource of type 'AWS::Events::Rule' with identifier '${Name}' already exists.`, "AlreadyExists");
    }
    const { RuleArn = "" } = await events(request)("PutRule", { ...input(request), Name, Tags: tagList(request) });
    request.initiated(stateOf(request, Name, RuleArn));
    await putTargets(request, Name);
    return stateOf(request, Name, RuleArn);
  },

  async update(request, { physicalId, attributes }, previous) {
    const Name = nameOf(physicalId);
    if (busOf(request) !== busOf({ properties: previous })) {
      // The bus is not among what replaces a rule, yet no rule can move: it is made anew on the other bus.
      const { RuleArn = "" } = await events(request)("PutRule", { ...input(request), Name, Tags: tagList(request) });
      await putTargets(request, Name);
      await remove(request, Name, busOf({ properties: previous }));
      return stateOf(request, Name, RuleArn);
    }
    await events(request)("PutRule", { ...input(request), Name });
    const wanted = targetsOf(request).map(({ Id }) => Id);
    const { Targets = [] } = await events(request)("ListTargetsByRule", { Rule: Name, EventBusName: busOf(request) });
    const Ids = Targets.map(({ Id = "" }) => Id).filter((id) => !wanted.includes(id));
    if (Ids.length > 0) await events(request)("RemoveTargets", { Rule: Name, EventBusName: busOf(request), Ids });
    await putTargets(request, Name);
    await retag(request, String(attributes.Arn));
    return { physicalId, attributes };
  },

  async delete(request, { physicalId }) {
    await remove(request, nameOf(physicalId), busOf(request));
  },
};

async function remove(request: ResourceRequest, Rule: string, EventBusName: string | undefined): Promise<void> {
  await unless(GONE, async () => {
    const { Targets = [] } = await events(request)("ListTargetsByRule", { Rule, EventBusName });
    if (Targets.length > 0) await events(request)("RemoveTargets", { Rule, EventBusName, Ids: Targets.map(({ Id = "" }) => Id) });
    await events(request)("DeleteRule", { Name: Rule, EventBusName });
  });
}

function input({ properties }: ResourceRequest): Omit<PutRuleRequest, "Name"> {
  return {
    EventBusName: text(properties, "EventBusName"),
    EventPattern: properties.EventPattern === undefined ? undefined : document(properties.EventPattern),
    ScheduleExpression: text(properties, "ScheduleExpression"),
    State: text(properties, "State") as PutRuleRequest["State"],
    Description: text(properties, "Description"),
    RoleArn: text(properties, "RoleArn"),
  };
}

function targetsOf({ properties }: ResourceRequest): Target[] {
  return objects(properties, "Targets").map((target) => ecsSpelling(target) as unknown as Target);
}

async function putTargets(request: ResourceRequest, Rule: string): Promise<void> {
  const Targets = targetsOf(request);
  if (Targets.length > 0) await events(request)("PutTargets", { Rule, EventBusName: busOf(request), Targets });
}

async function retag(request: ResourceRequest, ResourceARN: string): Promise<void> {
  const wanted = tagList(request);
  const { Tags = [] } = await events(request)("ListTagsForResource", { ResourceARN });
  const TagKeys = Tags.map(({ Key = "" }) => Key).filter((key) => !wanted.some(({ Key }) => Key === key));
  if (TagKeys.length > 0) await events(request)("UntagResource", { ResourceARN, TagKeys });
  if (wanted.length > 0) await events(request)("TagResource", { ResourceARN, Tags: wanted });
}

function busOf({ properties }: Pick<ResourceRequest, "properties">): string | undefined {
  return text(properties, "EventBusName");
}

function stateOf(request: ResourceRequest, Name: string, Arn: string): ResourceState {
  const bus = busOf(request);
  return { physicalId: bus === undefined || bus === "default" ? Name : `${bus}|${Name}`, attributes: { Arn } };
}

function nameOf(physicalId: string): string {
  return physicalId.split("|").at(-1) ?? "";
}
