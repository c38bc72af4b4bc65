/** Events put by clients, and patterns tried out. */
import type { PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { type JsonObject, parseJsonObject } from "../../../kit/json.ts";
import { parseArn } from "../../../model/arn.ts";
import type { Operations } from "../../gateway/operations.ts";
import { busName, mustFindBus } from "./buses.ts";
import type { EventBus } from "./event-bus.ts";
import { invalid, notFound } from "./faults.ts";
import type { EventRecords } from "./records.ts";
import { checkPattern } from "./rules.ts";

const MOST_BYTES = 262_144;

export interface PutEventsDependencies {
  readonly records: EventRecords;
  readonly bus: Pick<EventBus, "put">;
  /** Is told of an event on a bus that is not there: EventBridge takes it, and it goes nowhere. */
  readonly report: (message: string) => void;
}

export function eventOperations({ records, bus, report }: PutEventsDependencies): Operations<"eventbridge"> {
  return {
    /** Each entry stands for itself: one that is refused does not keep the others out. */
    PutEvents: ({ Entries = [], EndpointId }, { region }) => {
      if (EndpointId !== undefined) throw notFound("The local platform has no global endpoints.");
      if (Entries.reduce((bytes, entry) => bytes + sizeOf(entry), 0) >= MOST_BYTES) {
        throw invalid("Total size of the entries in the request is over the limit.");
      }
      return records.store.transaction(() => {
        const results = Entries.map((entry) => {
          const refused = refusalOf(entry);
          if (refused !== undefined) return refused;
          const name = busName(entry.EventBusName);
          if (!isThere(records, name, region)) report(`an event of ${entry.Source} was put on the event bus ${name}, which does not exist`);
          const emitted = {
            source: entry.Source ?? "",
            detailType: entry.DetailType ?? "",
            detail: JSON.parse(entry.Detail ?? "") as JsonObject,
            resources: entry.Resources ?? [],
            ...(entry.Time === undefined ? {} : { time: entry.Time.getTime() }),
          };
          return { EventId: bus.put(region, emitted, name) };
        });
        return { FailedEntryCount: results.filter((result) => "ErrorCode" in result).length, Entries: results };
      });
    },

    TestEventPattern: ({ EventPattern = "", Event = "" }) => {
      const pattern = checkPattern(EventPattern);
      const event = parseJsonObject(Event);
      const required = ["id", "account", "source", "time", "region", "resources", "detail-type"];
      if (event === undefined || required.some((key) => event[key] === undefined)) throw invalid("Parameter Event is not valid.");
      return { Result: pattern.matches(event) };
    },
  };
}

function refusalOf({ Source = "", DetailType = "", Detail = "", EventBusName }: PutEventsRequestEntry) {
  const missing = (name: string) => ({
    ErrorCode: "InvalidArgument",
    ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
  });
  if (Source === "") return missing("Source");
  if (DetailType === "") return missing("DetailType");
  if (Detail === "") return missing("Detail");
  if (Source.startsWith("aws.")) return { ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Not authorized for the source." };
  if (parseJsonObject(Detail) === undefined) return { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
  if (EventBusName?.startsWith("arn:") && parseArn(EventBusName)?.service !== "events") {
    return { ErrorCode: "InvalidArgument", ErrorMessage: "Parameter EventBusName is not valid." };
  }
  return undefined;
}

function isThere(records: EventRecords, name: string, region: string): boolean {
  try {
    mustFindBus(records, name, region);
    return true;
  } catch {
    return false;
  }
}

/** As the user guide counts: 14 bytes for a time, and the length of everything else in UTF-8. */
function sizeOf({ Time, Source = "", DetailType = "", Detail = "", Resources = [] }: PutEventsRequestEntry): number {
  const texts = [Source, DetailType, Detail, ...Resources];
  return (Time === undefined ? 0 : 14) + texts.reduce((bytes, text) => bytes + Buffer.byteLength(text), 0);
}
