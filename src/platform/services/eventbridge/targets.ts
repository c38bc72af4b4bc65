/** Targets of rules, five at most. */
import type { Target } from "@aws-sdk/client-eventbridge";
import { stepsOf } from "../../../engine/events/target-input.ts";
import { parseJson } from "../../../kit/json.ts";
import { parseArn } from "../../../model/arn.ts";
import type { Operations } from "../../gateway/operations.ts";
import { pageOf } from "../page.ts";
import { badToken, mustFindBus } from "./buses.ts";
import { invalid, limitExceeded } from "./faults.ts";
import { type EventRecords, ruleKey } from "./records.ts";
import { mustFindRule } from "./rules.ts";

const MOST_TARGETS = 5;
/** Services whose targets EventBridge calls with a role. */
const NEED_ROLE = ["ecs", "states", "kinesis", "batch", "events"];

export function targetOperations({ records }: { readonly records: EventRecords }): Operations<"eventbridge"> {
  return {
    PutTargets: ({ Rule = "", EventBusName, Targets = [] }, { region }) => {
      const rule = mustFindRule(records, Rule, EventBusName, region);
      for (const target of Targets) checkTarget(target);
      const targets = new Map(rule.targets.map((target) => [target.Id ?? "", target]));
      for (const target of Targets) targets.set(target.Id ?? "", target);
      if (targets.size > MOST_TARGETS) {
        throw limitExceeded("The requested resource exceeds the maximum number allowed.");
      }
      records.rules.put(ruleKey(rule), { ...rule, targets: [...targets.values()].sort((a, b) => ((a.Id ?? "") < (b.Id ?? "") ? -1 : 1)) });
      return { FailedEntryCount: 0, FailedEntries: [] };
    },

    /** An id that the rule does not have is a failed entry; the others are removed all the same. */
    RemoveTargets: ({ Rule = "", EventBusName, Ids = [] }, { region }) => {
      const rule = mustFindRule(records, Rule, EventBusName, region);
      const unknown = Ids.filter((id) => !rule.targets.some(({ Id }) => Id === id));
      records.rules.put(ruleKey(rule), { ...rule, targets: rule.targets.filter(({ Id = "" }) => !Ids.includes(Id)) });
      return {
        FailedEntryCount: unknown.length,
        FailedEntries: unknown.map((TargetId) => ({
          TargetId,
          ErrorCode: "ResourceNotFoundException",
          ErrorMessage: `Rule ${Rule} does not have a target with the Id ${TargetId}.`,
        })),
      };
    },

    ListTargetsByRule: ({ Rule = "", EventBusName, Limit = 100, NextToken }, { region }) => {
      const { targets } = mustFindRule(records, Rule, EventBusName, region);
      const page = pageOf(targets, ({ Id = "" }) => Id, Limit, NextToken, badToken);
      return { Targets: page.items, NextToken: page.nextToken };
    },

    ListRuleNamesByTarget: ({ TargetArn, EventBusName, Limit = 100, NextToken }, { region }) => {
      const { name: bus } = mustFindBus(records, EventBusName, region);
      const found = records.rules.list(`${region}/${bus}/`).filter(({ targets }) => targets.some(({ Arn }) => Arn === TargetArn));
      const page = pageOf(found, ({ name }) => name, Limit, NextToken, badToken);
      return { RuleNames: page.items.map(({ name }) => name), NextToken: page.nextToken };
    },
  };
}

function checkTarget({ Id, Arn = "", RoleArn, Input, InputPath, InputTransformer, EcsParameters, SqsParameters }: Target): void {
  const arn = parseArn(Arn);
  if (arn === undefined) throw invalid(`Parameter ${Arn} is not valid. Reason: Provided Arn is not in correct format.`);
  const ways = [Input, InputPath, InputTransformer].filter((way) => way !== undefined);
  if (ways.length > 1) throw invalid(`Only one of Input, InputPath, or InputTransformer must be provided for target ${Id}.`);
  if (Input !== undefined && parseJson(Input) === undefined) throw invalid(`JSON syntax error in input for target ${Id}.`);
  const paths = [InputPath ?? "$", ...Object.values(InputTransformer?.InputPathsMap ?? {})];
  const bad = paths.find((path) => stepsOf(path) === undefined);
  if (bad !== undefined) throw invalid(`Parameter InputPath is not valid. Reason: Invalid JsonPath ${bad} for target ${Id}.`);
  if (NEED_ROLE.includes(arn.service) && RoleArn === undefined) throw invalid(`RoleArn is required for target ${Arn}.`);
  if (arn.service === "ecs" && EcsParameters === undefined) throw invalid(`EcsParameters is required for target ${Arn}.`);
  if (arn.service === "sqs" && arn.resource.endsWith(".fifo") && SqsParameters?.MessageGroupId === undefined) {
    throw invalid(`Parameter(s) SqsParameters must be specified for target: ${Id}.`);
  }
}
