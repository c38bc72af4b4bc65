/** Event buses. The bus `default` is always there. */
import type { Clock } from "../../../kit/clock.ts";
import { formatArn, parseArn } from "../../../model/arn.ts";
import type { Operations, RequestContext } from "../../gateway/operations.ts";
import { pageOf } from "../page.ts";
import { alreadyExists, invalid, notFound } from "./faults.ts";
import { type BusRecord, DEFAULT_BUS, type EventRecords } from "./records.ts";

export interface BusDependencies {
  readonly records: EventRecords;
  readonly clock: Pick<Clock, "now">;
}

export function busOperations({ records, clock }: BusDependencies): Operations<"eventbridge"> {
  const { buses } = records;
  const put = (bus: BusRecord) => buses.put(`${bus.region}/${bus.name}`, bus);
  const view = (bus: BusRecord, { account }: RequestContext) => ({
    Name: bus.name,
    Arn: busArn(bus, account),
    Description: bus.description,
    KmsKeyIdentifier: bus.kmsKeyIdentifier,
    DeadLetterConfig: bus.deadLetterArn === undefined ? undefined : { Arn: bus.deadLetterArn },
    Policy: bus.policy,
    CreationTime: new Date(bus.createdAt),
    LastModifiedTime: new Date(bus.modifiedAt),
  });

  return {
    CreateEventBus: ({ Name = "", Description, KmsKeyIdentifier, DeadLetterConfig, EventSourceName, Tags = [] }, context) => {
      if (EventSourceName !== undefined) throw invalid("The local platform has no partner event sources.");
      if (Name.includes("/")) throw invalid("Event bus name must not contain '/'.");
      if (Name === DEFAULT_BUS || buses.has(`${context.region}/${Name}`)) throw alreadyExists(`Event bus ${Name} already exists.`);
      const now = clock.now();
      const bus: BusRecord = {
        region: context.region,
        name: Name,
        description: Description,
        kmsKeyIdentifier: KmsKeyIdentifier,
        deadLetterArn: DeadLetterConfig?.Arn,
        tags: Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value])),
        createdAt: now,
        modifiedAt: now,
      };
      put(bus);
      return { EventBusArn: busArn(bus, context.account), Description, KmsKeyIdentifier, DeadLetterConfig };
    },

    UpdateEventBus: ({ Name, Description, KmsKeyIdentifier, DeadLetterConfig }, context) => {
      const bus = mustFindBus(records, Name, context.region);
      const changed = {
        ...bus,
        description: Description ?? bus.description,
        kmsKeyIdentifier: KmsKeyIdentifier ?? bus.kmsKeyIdentifier,
        deadLetterArn: DeadLetterConfig?.Arn ?? bus.deadLetterArn,
        modifiedAt: clock.now(),
      };
      put(changed);
      return view(changed, context);
    },

    DescribeEventBus: ({ Name }, context) => view(mustFindBus(records, Name, context.region), context),

    ListEventBuses: ({ NamePrefix = "", Limit = 100, NextToken }, context) => {
      const found = buses.list(`${context.region}/`).filter(({ name }) => name !== DEFAULT_BUS);
      const all = [...found, mustFindBus(records, DEFAULT_BUS, context.region)].sort((a, b) => (a.name < b.name ? -1 : 1));
      const matching = all.filter(({ name }) => name.startsWith(NamePrefix));
      const page = pageOf(matching, ({ name }) => name, Limit, NextToken, badToken);
      return { EventBuses: page.items.map((bus) => view(bus, context)), NextToken: page.nextToken };
    },

    /** A bus that has rules is not deleted; one that is not there is. */
    DeleteEventBus: ({ Name = "" }, { region }) => {
      if (Name === DEFAULT_BUS) throw invalid("Cannot delete event bus default.");
      if (records.rules.list(`${region}/${Name}/`).length > 0) throw invalid("Event bus cannot be deleted since it has rules.");
      buses.delete(`${region}/${Name}`);
      return {};
    },

    PutPermission: ({ EventBusName, Policy, Action, Principal, StatementId, Condition }, context) => {
      const bus = mustFindBus(records, EventBusName, context.region);
      const statement = {
        Sid: StatementId,
        Effect: "Allow",
        Principal: Principal === "*" ? "*" : { AWS: `arn:aws:iam::${Principal}:root` },
        Action,
        Resource: busArn(bus, context.account),
        ...(Condition === undefined ? {} : { Condition: { [Condition.Type ?? ""]: { [Condition.Key ?? ""]: Condition.Value } } }),
      };
      const policy = Policy ?? JSON.stringify({ Version: "2012-10-17", Statement: [...statementsOf(bus, StatementId), statement] });
      put({ ...bus, policy, modifiedAt: clock.now() });
      return {};
    },

    RemovePermission: ({ EventBusName, StatementId, RemoveAllPermissions }, { region }) => {
      const { policy, ...bus } = mustFindBus(records, EventBusName, region);
      const kept = RemoveAllPermissions === true ? [] : statementsOf({ policy }, StatementId);
      if (RemoveAllPermissions !== true && (policy === undefined || kept.length === statementsOf({ policy }, undefined).length)) {
        throw notFound(`Statement with the provided id does not exist.`);
      }
      put({
        ...bus,
        ...(kept.length > 0 ? { policy: JSON.stringify({ Version: "2012-10-17", Statement: kept }) } : {}),
        modifiedAt: clock.now(),
      });
      return {};
    },
  };
}

/** `arn:aws:events:eu-west-1:000000000000:event-bus/orders` */
export function busArn({ region, name }: Pick<BusRecord, "region" | "name">, account: string): string {
  return formatArn("events", region, account, `event-bus/${name}`);
}

/** A bus's name from what callers give: nothing, a name or an ARN. */
export function busName(given: string | undefined): string {
  return given === undefined ? DEFAULT_BUS : (parseArn(given)?.resource.replace(/^event-bus\//, "") ?? given);
}

/**
 * The bus, which for `default` is there without having been made.
 * @throws ResourceNotFoundException
 */
export function mustFindBus({ buses }: EventRecords, given: string | undefined, region: string): BusRecord {
  const name = busName(given);
  const bus = buses.get(`${region}/${name}`);
  if (bus !== undefined) return bus;
  if (name === DEFAULT_BUS) return { region, name, tags: {}, createdAt: 0, modifiedAt: 0 };
  throw notFound(`Event bus ${name} does not exist.`);
}

/** Refuses a page token that was never given. */
export function badToken(): never {
  throw invalid("Provided NextToken is not valid.");
}

function statementsOf({ policy }: Pick<BusRecord, "policy">, without: string | undefined): { readonly Sid?: string }[] {
  const { Statement = [] } = JSON.parse(policy ?? "{}") as { Statement?: { readonly Sid?: string }[] };
  return Statement.filter(({ Sid }) => without === undefined || Sid !== without);
}
