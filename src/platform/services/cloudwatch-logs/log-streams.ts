/** Log streams: create, delete, describe by name or by their last event. */
import { type LogStream, ResourceAlreadyExistsException } from "@aws-sdk/client-cloudwatch-logs";
import type { Operations } from "../../gateway/operations.ts";
import { pageOf } from "../page.ts";
import { invalidParameter, logGroupArn, requireGroup, streamNotFound } from "./faults.ts";
import type { LogGroupRecord, LogStore, LogStreamRecord } from "./log-store.ts";

export function logStreamOperations(logs: LogStore, account: string): Operations<"cloudwatch-logs"> {
  const describe = (group: LogGroupRecord, stream: LogStreamRecord): LogStream => {
    const first = logs.read(group, stream.name, { limit: 1 })[0];
    const last = logs.read(group, stream.name, { limit: 1, newestFirst: true })[0];
    return {
      logStreamName: stream.name,
      creationTime: stream.createdAt,
      ...(first === undefined || last === undefined
        ? {}
        : {
            firstEventTimestamp: first.timestamp,
            lastEventTimestamp: last.timestamp,
            lastIngestionTime: last.ingestionTime,
            uploadSequenceToken: "49039859582391480000000000000000000000000000000000000000",
          }),
      arn: `${logGroupArn(account, group)}:log-stream:${stream.name}`,
      storedBytes: 0,
    };
  };

  return {
    CreateLogStream: (input, { region }) => {
      const group = requireGroup(logs, region, input.logGroupName);
      const name = input.logStreamName ?? "";
      if (logs.hasStream(group, name)) {
        throw new ResourceAlreadyExistsException({ message: "The specified log stream already exists", $metadata: {} });
      }
      logs.createStream(group, name);
      return {};
    },

    DeleteLogStream: (input, { region }) => {
      const group = requireGroup(logs, region, input.logGroupName);
      const name = input.logStreamName ?? "";
      if (!logs.hasStream(group, name)) throw streamNotFound();
      logs.deleteStream(group, name);
      return {};
    },

    DescribeLogStreams: (input, { region }) => {
      const group = requireGroup(logs, region, input.logGroupName, input.logGroupIdentifier);
      const byTime = input.orderBy === "LastEventTime";
      if (byTime && input.logStreamNamePrefix !== undefined) {
        throw invalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.");
      }
      const streams = logs.streams(group, input.logStreamNamePrefix);
      const keyOf = byTime
        ? (stream: LogStreamRecord) => `${pad(logs.newestTimestamp(group, stream.name) ?? 0)} ${stream.name}`
        : (stream: LogStreamRecord) => stream.name;
      const keyed = streams.map((stream) => ({ stream, key: keyOf(stream) }));
      if (byTime) keyed.sort((a, b) => (a.key < b.key ? -1 : 1));
      if (input.descending === true) {
        keyed.reverse();
        // Pages compare keys upwards; the place in the reversed list stands in for them.
        for (const [index, entry] of keyed.entries()) entry.key = pad(index);
      }
      const { items, nextToken } = pageOf(
        keyed,
        ({ key }) => key,
        input.limit ?? 50,
        input.nextToken,
        () => {
          throw invalidParameter("The specified nextToken is invalid.");
        },
      );
      return { logStreams: items.map(({ stream }) => describe(group, stream)), ...(nextToken === undefined ? {} : { nextToken }) };
    },
  };
}

function pad(value: number): string {
  return String(value).padStart(16, "0");
}
