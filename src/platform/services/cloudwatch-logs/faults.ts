/** CloudWatch Logs' exceptions with its words, and how a request names a group. */
import { InvalidParameterException, ResourceNotFoundException } from "@aws-sdk/client-cloudwatch-logs";
import { formatArn, parseArn } from "../../../model/arn.ts";
import type { LogGroupRecord, LogStore } from "./log-store.ts";

export function invalidParameter(message: string): InvalidParameterException {
  return new InvalidParameterException({ message, $metadata: {} });
}

export function groupNotFound(): ResourceNotFoundException {
  return new ResourceNotFoundException({ message: "The specified log group does not exist.", $metadata: {} });
}

export function streamNotFound(): ResourceNotFoundException {
  return new ResourceNotFoundException({ message: "The specified log stream does not exist.", $metadata: {} });
}

/** The ARN of a group; the form without `:*` is `logGroupArn`, the one with it `arn`. */
export function logGroupArn(account: string, group: LogGroupRecord): string {
  return formatArn("logs", group.region, account, `log-group:${group.name}`);
}

/** The group a request names, by name or by ARN (`logGroupIdentifier`), exactly one of them. */
export function requireGroup(logs: LogStore, region: string, name: string | undefined, identifier?: string): LogGroupRecord {
  if (name !== undefined && identifier !== undefined) {
    throw invalidParameter("LogGroupName and LogGroupIdentifier cannot be specified together.");
  }
  if (name === undefined && identifier === undefined)
    throw invalidParameter("Either LogGroupName or LogGroupIdentifier must be specified.");
  const group = logs.groups.get(`${region}:${name ?? groupNameOf(identifier ?? "")}`);
  if (group === undefined) throw groupNotFound();
  return group;
}

/** The name in a group's ARN, with or without `:*` or a stream; a plain name is itself. */
export function groupNameOf(identifier: string): string {
  const resource = parseArn(identifier)?.resource;
  return resource?.startsWith("log-group:") === true ? (resource.split(":")[1] ?? "") : identifier;
}
