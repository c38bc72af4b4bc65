/** Log groups: create, delete, describe, retention, protection and tags. */
import { type LogGroup, ResourceAlreadyExistsException, TooManyTagsException, ValidationException } from "@aws-sdk/client-cloudwatch-logs";
import type { Operations } from "../../gateway/operations.ts";
import { pageOf } from "../page.ts";
import { groupNameOf, groupNotFound, invalidParameter, logGroupArn, requireGroup } from "./faults.ts";
import type { LogGroupRecord, LogStore } from "./log-store.ts";

const MOST_TAGS = 50;
/** The only retentions there are. */
const RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

export function logGroupOperations(logs: LogStore, account: string, now: () => number): Operations<"cloudwatch-logs"> {
  const describe = (group: LogGroupRecord): LogGroup => ({
    logGroupName: group.name,
    creationTime: group.createdAt,
    ...(group.retentionInDays === undefined ? {} : { retentionInDays: group.retentionInDays }),
    metricFilterCount: 0,
    arn: `${logGroupArn(account, group)}:*`,
    logGroupArn: logGroupArn(account, group),
    storedBytes: 0,
    logGroupClass: group.logGroupClass,
    deletionProtectionEnabled: group.isProtected,
    ...(group.kmsKeyId === undefined ? {} : { kmsKeyId: group.kmsKeyId }),
  });

  const tag = (group: LogGroupRecord, added: Readonly<Record<string, string>>): Record<string, never> => {
    logs.saveGroup({ ...group, tags: mergeTags(group, added) });
    return {};
  };

  const untag = (group: LogGroupRecord, keys: readonly string[]): Record<string, never> => {
    logs.saveGroup({ ...group, tags: Object.fromEntries(Object.entries(group.tags).filter(([key]) => !keys.includes(key))) });
    return {};
  };

  const byArn = (arn: string | undefined, region: string): LogGroupRecord => {
    const group = logs.groups.get(`${region}:${groupNameOf(arn ?? "")}`);
    if (group === undefined) throw groupNotFound();
    return group;
  };

  return {
    CreateLogGroup: (input, { region }) => {
      const name = input.logGroupName ?? "";
      if (logs.exists(region, name)) {
        throw new ResourceAlreadyExistsException({ message: "The specified log group already exists", $metadata: {} });
      }
      const group: LogGroupRecord = {
        region,
        name,
        createdAt: now(),
        logGroupClass: input.logGroupClass ?? "STANDARD",
        isProtected: input.deletionProtectionEnabled ?? false,
        tags: {},
        ...(input.kmsKeyId === undefined ? {} : { kmsKeyId: input.kmsKeyId }),
      };
      logs.saveGroup({ ...group, tags: mergeTags(group, input.tags ?? {}) });
      return {};
    },

    DeleteLogGroup: (input, { region }) => {
      const group = requireGroup(logs, region, input.logGroupName);
      if (group.isProtected) {
        throw new ValidationException({
          message: "The log group has deletion protection enabled. Disable deletion protection before deleting the log group.",
          $metadata: {},
        });
      }
      logs.deleteGroup(group);
      return {};
    },

    PutLogGroupDeletionProtection: (input, { region }) => {
      const group = requireGroup(logs, region, undefined, input.logGroupIdentifier);
      logs.saveGroup({ ...group, isProtected: input.deletionProtectionEnabled ?? false });
      return {};
    },

    DescribeLogGroups: (input, { region }) => {
      const { logGroupNamePrefix: prefix, logGroupNamePattern: pattern } = input;
      if (prefix !== undefined && pattern !== undefined) {
        throw invalidParameter("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
      }
      const identifiers = input.logGroupIdentifiers?.map(groupNameOf);
      const groups = logs.groups
        .list(`${region}:${prefix ?? ""}`)
        .filter(({ name }) => pattern === undefined || name.toLowerCase().includes(pattern.toLowerCase()))
        .filter(({ name }) => identifiers === undefined || identifiers.includes(name))
        .filter(({ logGroupClass }) => input.logGroupClass === undefined || logGroupClass === input.logGroupClass);
      const { items, nextToken } = pageOf(
        groups,
        ({ name }) => name,
        input.limit ?? 50,
        input.nextToken,
        () => {
          throw invalidParameter("The specified nextToken is invalid.");
        },
      );
      return { logGroups: items.map(describe), ...(nextToken === undefined ? {} : { nextToken }) };
    },

    PutRetentionPolicy: (input, { region }) => {
      const group = requireGroup(logs, region, input.logGroupName);
      const { retentionInDays = 0 } = input;
      if (!RETENTION_DAYS.includes(retentionInDays)) {
        throw invalidParameter(`Invalid retention value: ${retentionInDays}. Valid values are [${RETENTION_DAYS.join(", ")}]`);
      }
      logs.saveGroup({ ...group, retentionInDays });
      return {};
    },

    DeleteRetentionPolicy: (input, { region }) => {
      const { retentionInDays: _, ...group } = requireGroup(logs, region, input.logGroupName);
      logs.saveGroup(group);
      return {};
    },

    TagResource: (input, { region }) => tag(byArn(input.resourceArn, region), input.tags ?? {}),
    UntagResource: (input, { region }) => untag(byArn(input.resourceArn, region), input.tagKeys ?? []),
    ListTagsForResource: (input, { region }) => ({ tags: { ...byArn(input.resourceArn, region).tags } }),
    TagLogGroup: (input, { region }) => tag(requireGroup(logs, region, input.logGroupName), input.tags ?? {}),
    UntagLogGroup: (input, { region }) => untag(requireGroup(logs, region, input.logGroupName), input.tags ?? []),
    ListTagsLogGroup: (input, { region }) => ({ tags: { ...requireGroup(logs, region, input.logGroupName).tags } }),
  };
}

function mergeTags(group: LogGroupRecord, added: Readonly<Record<string, string>>): Record<string, string> {
  const tags = { ...group.tags, ...added };
  if (Object.keys(tags).length > MOST_TAGS) {
    throw new TooManyTagsException({ message: `A resource can have no more than ${MOST_TAGS} tags.`, $metadata: {} });
  }
  return tags;
}
