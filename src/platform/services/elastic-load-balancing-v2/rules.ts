/** Rules of a listener: CreateRule, ModifyRule, SetRulePriorities, DescribeRules, DeleteRule. A change is live at once and touches no request in flight. */
import {
  OperationNotPermittedException,
  PriorityInUseException,
  type Rule,
  TooManyRulesException,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Ids } from "../../../kit/ids.ts";
import type { Operations } from "../../gateway/operations.ts";
import { acceptActions } from "./actions.ts";
import { refuseForeignTargetGroups } from "./association.ts";
import { acceptConditions, acceptTransforms } from "./conditions.ts";
import { listenerAt, ruleAt, validationError } from "./faults.ts";
import { limits } from "./limits.ts";
import type { LoadBalancing } from "./load-balancing.ts";
import { page } from "./pages.ts";
import { listenersOf, type RuleRecord, rulesOf, targetGroupsOf } from "./records.ts";
import { acceptTags } from "./tags.ts";

interface Dependencies {
  readonly loadBalancing: LoadBalancing;
  readonly ids: Ids;
}

export function ruleOperations({ loadBalancing, ids }: Dependencies): Operations<"elastic-load-balancing-v2"> {
  const { records } = loadBalancing;

  const changed = (listenerArn: string, ...actions: readonly RuleRecord["actions"][]): void => {
    loadBalancing.targetGroupsChanged(actions.flatMap(targetGroupsOf));
    loadBalancing.listenerChanged(listenerArn);
  };

  return {
    CreateRule: ({ ListenerArn, Conditions, Priority, Actions, Transforms, Tags }) => {
      const listener = listenerAt(records, ListenerArn);
      const priority = acceptPriority(Priority);
      const conditions = acceptConditions(Conditions);
      const { actions, given } = acceptActions(records, Actions, listener.protocol);
      const transforms = acceptTransforms(Transforms);
      const tags = acceptTags(Tags);
      refuseForeignTargetGroups(records, listener.loadBalancerArn, actions);
      if (rulesOf(records, listener.arn).some((rule) => rule.priority === priority)) throw priorityInUse(priority);
      const count = listenersOf(records, listener.loadBalancerArn)
        .flatMap(({ arn }) => rulesOf(records, arn))
        .filter((rule) => rule.priority !== "default").length;
      const most = limits["rules-per-application-load-balancer"];
      if (count >= most)
        throw new TooManyRulesException({ message: `The limit of '${most}' rules per load balancer has been reached`, $metadata: {} });
      const arn = `${listener.arn.replace(":listener/", ":listener-rule/")}/${ids.hex(16)}`;
      const record: RuleRecord = { arn, listenerArn: listener.arn, priority, conditions, actions, transforms };
      records.rules.put(arn, loadBalancing.withClientSecret(record, given));
      records.tags.put(arn, tags);
      changed(listener.arn, actions);
      return { Rules: [describe(record)] };
    },

    ModifyRule: ({ RuleArn, Conditions, Actions, Transforms, ResetTransforms }) => {
      const record = ruleAt(records, RuleArn);
      const listener = listenerAt(records, record.listenerArn);
      if (record.priority === "default") throw notPermitted(`Default rule '${record.arn}' cannot be modified`);
      if (ResetTransforms === true && Transforms !== undefined)
        throw validationError("Transforms and ResetTransforms cannot be specified at the same time");
      const accepted = Actions === undefined ? undefined : acceptActions(records, Actions, listener.protocol, record);
      const changes: RuleRecord = {
        ...record,
        ...(Conditions === undefined ? {} : { conditions: acceptConditions(Conditions) }),
        ...(accepted === undefined ? {} : { actions: accepted.actions }),
        ...(ResetTransforms === true ? { transforms: [] } : Transforms === undefined ? {} : { transforms: acceptTransforms(Transforms) }),
      };
      const next = accepted === undefined ? changes : loadBalancing.withClientSecret(changes, accepted.given);
      refuseForeignTargetGroups(records, listener.loadBalancerArn, next.actions);
      records.rules.put(record.arn, next);
      changed(record.listenerArn, record.actions, next.actions);
      return { Rules: [describe(next)] };
    },

    SetRulePriorities: ({ RulePriorities = [] }) => {
      const next = RulePriorities.map(({ RuleArn, Priority }) => {
        const record = ruleAt(records, RuleArn);
        if (record.priority === "default") throw notPermitted(`Default rule '${record.arn}' priority cannot be modified`);
        return { ...record, priority: acceptPriority(Priority) };
      });
      const moved = new Map(next.map((record) => [record.arn, record]));
      for (const listenerArn of new Set(next.map((record) => record.listenerArn))) {
        const seen = new Set<number | "default">();
        for (const { priority } of rulesOf(records, listenerArn).map((record) => moved.get(record.arn) ?? record)) {
          if (seen.has(priority)) throw priorityInUse(priority);
          seen.add(priority);
        }
      }
      for (const record of next) records.rules.put(record.arn, record);
      for (const listenerArn of new Set(next.map((record) => record.listenerArn))) loadBalancing.listenerChanged(listenerArn);
      return { Rules: next.map(describe) };
    },

    DescribeRules: (input) => {
      const { ListenerArn, RuleArns = [] } = input;
      if ((ListenerArn === undefined) === (RuleArns.length === 0)) {
        throw validationError("You must specify either listener rule ARNs or a listener ARN");
      }
      const rules =
        ListenerArn === undefined ? RuleArns.map((arn) => ruleAt(records, arn)) : rulesOf(records, listenerAt(records, ListenerArn).arn);
      const { items, NextMarker } = page(rules, input);
      return { Rules: items.map(describe), NextMarker };
    },

    DeleteRule: ({ RuleArn }) => {
      const record = ruleAt(records, RuleArn);
      if (record.priority === "default") throw notPermitted(`Default rule '${record.arn}' cannot be deleted`);
      records.rules.delete(record.arn);
      records.tags.delete(record.arn);
      changed(record.listenerArn, record.actions);
      return {};
    },
  };
}

function acceptPriority(priority: number | undefined): number {
  if (priority === undefined || !Number.isInteger(priority) || priority < 1 || priority > 50_000) {
    throw validationError(`Rule priority '${priority}' must be between 1 and 50000`);
  }
  return priority;
}

function priorityInUse(priority: number | "default"): PriorityInUseException {
  return new PriorityInUseException({ message: `Priority '${priority}' is currently in use`, $metadata: {} });
}

function notPermitted(message: string): OperationNotPermittedException {
  return new OperationNotPermittedException({ message, $metadata: {} });
}

function describe({ arn, priority, conditions, actions, transforms }: RuleRecord): Rule {
  return {
    RuleArn: arn,
    Priority: String(priority),
    Conditions: [...conditions],
    Actions: [...actions],
    IsDefault: priority === "default",
    ...(transforms.length === 0 ? {} : { Transforms: [...transforms] }),
  };
}
