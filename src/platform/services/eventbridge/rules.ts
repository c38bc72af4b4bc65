/** Rules: put, described, listed, switched on and off, deleted. */
import { parseEventPattern } from "../../../engine/events/event-pattern.ts";
import { EventPatternError } from "../../../engine/events/pattern-test.ts";
import type { Clock } from "../../../kit/clock.ts";
import { parseSchedule, ScheduleExpressionError } from "../../../kit/schedule-expression.ts";
import type { Operations, RequestContext } from "../../gateway/operations.ts";
import { pageOf } from "../page.ts";
import { badToken, busName, mustFindBus } from "./buses.ts";
import { invalid, invalidPattern, notFound } from "./faults.ts";
import { DEFAULT_BUS, type EventRecords, type RuleRecord, ruleArn, ruleKey } from "./records.ts";
import type { ScheduledRules } from "./scheduled-rules.ts";

export interface RuleDependencies {
  readonly records: EventRecords;
  readonly clock: Pick<Clock, "now">;
  readonly scheduled: Pick<ScheduledRules, "refresh" | "forget">;
}

export function ruleOperations({ records, clock, scheduled }: RuleDependencies): Operations<"eventbridge"> {
  const put = (rule: RuleRecord): void => {
    records.rules.put(ruleKey(rule), rule);
    scheduled.refresh(rule);
  };
  const view = (rule: RuleRecord, { account }: RequestContext) => ({
    Name: rule.name,
    Arn: ruleArn(rule, account),
    EventPattern: rule.pattern,
    ScheduleExpression: rule.schedule,
    State: rule.state,
    Description: rule.description,
    RoleArn: rule.roleArn,
    EventBusName: rule.bus,
  });

  return {
    /** Replaces what the rule is; its targets and tags stay. */
    PutRule: ({ Name = "", EventBusName, EventPattern, ScheduleExpression, State, Description, RoleArn, Tags = [] }, context) => {
      const { name: bus } = mustFindBus(records, EventBusName, context.region);
      if (EventPattern === undefined && ScheduleExpression === undefined) {
        throw invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.");
      }
      if (EventPattern !== undefined) checkPattern(EventPattern);
      if (ScheduleExpression !== undefined) checkSchedule(ScheduleExpression, bus);
      const key = { region: context.region, bus, name: Name };
      const before = records.rules.get(ruleKey(key));
      const rule: RuleRecord = {
        ...key,
        pattern: EventPattern,
        schedule: ScheduleExpression,
        state: State ?? "ENABLED",
        description: Description,
        roleArn: RoleArn,
        tags: before?.tags ?? Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value])),
        targets: before?.targets ?? [],
        createdAt: before?.createdAt ?? clock.now(),
      };
      put(rule);
      return { RuleArn: ruleArn(rule, context.account) };
    },

    DescribeRule: ({ Name = "", EventBusName }, context) => ({
      ...view(mustFindRule(records, Name, EventBusName, context.region), context),
      CreatedBy: context.account,
    }),

    ListRules: ({ NamePrefix = "", EventBusName, Limit = 100, NextToken }, context) => {
      const { name: bus } = mustFindBus(records, EventBusName, context.region);
      const found = records.rules.list(`${context.region}/${bus}/${NamePrefix}`);
      const page = pageOf(found, ({ name }) => name, Limit, NextToken, badToken);
      return { Rules: page.items.map((rule) => view(rule, context)), NextToken: page.nextToken };
    },

    EnableRule: ({ Name = "", EventBusName }, { region }) => {
      put({ ...mustFindRule(records, Name, EventBusName, region), state: "ENABLED" });
      return {};
    },

    DisableRule: ({ Name = "", EventBusName }, { region }) => {
      put({ ...mustFindRule(records, Name, EventBusName, region), state: "DISABLED" });
      return {};
    },

    /** Deleting a rule that is not there succeeds; one that has targets stays. */
    DeleteRule: ({ Name = "", EventBusName }, { region }) => {
      const { name: bus } = mustFindBus(records, EventBusName, region);
      const rule = records.rules.get(ruleKey({ region, bus, name: Name }));
      if (rule === undefined) return {};
      if (rule.targets.length > 0) throw invalid("Rule can't be deleted since it has targets.");
      records.rules.delete(ruleKey(rule));
      scheduled.forget(ruleKey(rule));
      return {};
    },
  };
}

/** @throws ResourceNotFoundException */
export function mustFindRule({ rules }: EventRecords, name: string, bus: string | undefined, region: string): RuleRecord {
  const rule = rules.get(ruleKey({ region, bus: busName(bus), name }));
  if (rule === undefined) throw notFound(`Rule ${name} does not exist on EventBus ${busName(bus)}.`);
  return rule;
}

/**
 * The pattern, read.
 * @throws InvalidEventPatternException
 */
export function checkPattern(pattern: string) {
  try {
    return parseEventPattern(pattern);
  } catch (failure) {
    if (failure instanceof EventPatternError) throw invalidPattern(failure.message);
    throw failure;
  }
}

function checkSchedule(expression: string, bus: string): void {
  if (bus !== DEFAULT_BUS) throw invalid("ScheduleExpression is supported only on the default event bus.");
  try {
    if (!/^at\(/.test(expression)) {
      parseSchedule(expression);
      return;
    }
  } catch (failure) {
    if (!(failure instanceof ScheduleExpressionError)) throw failure;
  }
  throw invalid("Parameter ScheduleExpression is not valid.");
}
