/** Looking at stacks, their resources, events and exports. */
import type { StackResource as WireResource } from "@aws-sdk/client-cloudformation";
import type { StackRecord, StackResource } from "../../../engine/stack/stack-state.ts";
import type { Operations } from "../../gateway/operations.ts";
import { noStack, validationError } from "./faults.ts";
import type { StackExecutor } from "./stack-executor.ts";
import { resourceSummary, stackShape, stackSummary } from "./stack-shapes.ts";

const EVENTS_PER_PAGE = 100;
const ITEMS_PER_PAGE = 100;

export function stackDescriptions({ stacks }: StackExecutor): Operations<"cloudformation"> {
  return {
    DescribeStacks({ StackName, NextToken }, { region }) {
      if (StackName !== undefined && StackName !== "") {
        const stack = stacks.find(region, StackName);
        if (stack === undefined) throw noStack(StackName);
        return { Stacks: [stackShape(stack, stacks.details(stack.stackId))] };
      }
      const all = newestFirst(stacks.stacks(region).filter(({ status }) => status !== "DELETE_COMPLETE"));
      const { items, next } = page(all, NextToken);
      return { Stacks: items.map((stack) => stackShape(stack, stacks.details(stack.stackId))), ...next };
    },

    ListStacks({ StackStatusFilter = [], NextToken }, { region }) {
      const chosen = stacks.stacks(region).filter(({ status }) => StackStatusFilter.length === 0 || StackStatusFilter.includes(status));
      const { items, next } = page(newestFirst(chosen), NextToken);
      return { StackSummaries: items.map(stackSummary), ...next };
    },

    DescribeStackEvents({ StackName = "", NextToken }, { region }) {
      const stack = stacks.find(region, StackName);
      if (stack === undefined) throw validationError(`Stack [${StackName}] does not exist`);
      const lines = stacks.events(stack.stackId, EVENTS_PER_PAGE, NextToken === undefined ? undefined : Number(NextToken));
      const last = lines.at(-1);
      return {
        StackEvents: lines.map(({ timestamp, event }) => ({
          StackId: stack.stackId,
          EventId: event.eventId,
          StackName: stack.stackName,
          LogicalResourceId: event.logicalId,
          PhysicalResourceId: event.physicalId,
          ResourceType: event.type,
          Timestamp: new Date(timestamp),
          ResourceStatus: event.status as NonNullable<WireResource["ResourceStatus"]>,
          ...(event.reason === undefined ? {} : { ResourceStatusReason: event.reason }),
          ...(event.properties === undefined ? {} : { ResourceProperties: JSON.stringify(event.properties) }),
          ...(event.clientRequestToken === undefined ? {} : { ClientRequestToken: event.clientRequestToken }),
        })),
        ...(last !== undefined && lines.length === EVENTS_PER_PAGE && last.sequence > 1 ? { NextToken: String(last.sequence) } : {}),
      };
    },

    DescribeStackResource({ StackName = "", LogicalResourceId = "" }, { region }) {
      const stack = stacks.find(region, StackName);
      if (stack === undefined) throw validationError(`Stack '${StackName}' does not exist`);
      const resource = stacks.resources(stack.stackId).find(({ logicalId }) => logicalId === LogicalResourceId);
      if (resource === undefined) throw validationError(`Resource ${LogicalResourceId} does not exist for stack ${StackName}`);
      const { current } = resource;
      return {
        StackResourceDetail: {
          ...resourceSummary(resource),
          LastUpdatedTimestamp: new Date(resource.timestamp),
          ResourceStatus: resource.status,
          StackName: stack.stackName,
          StackId: stack.stackId,
          ...(current?.metadata === undefined ? {} : { Metadata: JSON.stringify(current.metadata) }),
          DriftInformation: { StackResourceDriftStatus: "NOT_CHECKED" },
        },
      };
    },

    DescribeStackResources({ StackName, PhysicalResourceId, LogicalResourceId }, { region }) {
      const stack = StackName === undefined ? owner(PhysicalResourceId, region) : stacks.find(region, StackName);
      if (stack === undefined)
        throw validationError(
          StackName === undefined ? `Stack for ${PhysicalResourceId} does not exist` : `Stack with id ${StackName} does not exist`,
        );
      const resources = stacks
        .resources(stack.stackId)
        .filter(({ logicalId }) => LogicalResourceId === undefined || logicalId === LogicalResourceId);
      return { StackResources: resources.map((resource) => described(stack, resource)) };
    },

    ListStackResources({ StackName = "", NextToken }, { region }) {
      const stack = stacks.find(region, StackName);
      if (stack === undefined) throw noStack(StackName);
      const { items, next } = page(stacks.resources(stack.stackId), NextToken);
      return { StackResourceSummaries: items.map(resourceSummary), ...next };
    },

    ListExports({ NextToken }, { region }) {
      const all = stacks
        .stacks(region)
        .filter(({ status }) => status !== "DELETE_COMPLETE")
        .flatMap(({ stackId, outputs }) =>
          Object.values(outputs).flatMap(({ exportName, value }) =>
            exportName === undefined ? [] : [{ ExportingStackId: stackId, Name: exportName, Value: value }],
          ),
        );
      const { items, next } = page(all, NextToken);
      return { Exports: items, ...next };
    },

    ListImports({ ExportName = "", NextToken }, { region }) {
      const { items, next } = page(stacks.importers(region, ExportName), NextToken);
      if (items.length === 0) throw validationError(`Export '${ExportName}' is not imported by any stack.`);
      return { Imports: items, ...next };
    },
  };

  function owner(physicalId: string | undefined, region: string): StackRecord | undefined {
    if (physicalId === undefined) return undefined;
    return stacks
      .stacks(region)
      .find(
        ({ stackId, status }) =>
          status !== "DELETE_COMPLETE" && stacks.resources(stackId).some(({ current }) => current?.physicalId === physicalId),
      );
  }
}

function described(stack: StackRecord, resource: StackResource): WireResource {
  return {
    ...resourceSummary(resource),
    LogicalResourceId: resource.logicalId,
    ResourceType: resource.type,
    ResourceStatus: resource.status,
    StackName: stack.stackName,
    StackId: stack.stackId,
    Timestamp: new Date(resource.timestamp),
    DriftInformation: { StackResourceDriftStatus: "NOT_CHECKED" },
  };
}

function newestFirst(stacks: StackRecord[]): StackRecord[] {
  return stacks.sort((a, b) => b.createdAt - a.createdAt || (a.stackId < b.stackId ? -1 : 1));
}

function page<Item>(all: readonly Item[], token: string | undefined): { items: Item[]; next: { NextToken?: string } } {
  const start = token === undefined ? 0 : Number(token);
  if (!Number.isInteger(start) || start < 0) throw validationError("NextToken is invalid");
  const end = start + ITEMS_PER_PAGE;
  return { items: all.slice(start, end), next: end < all.length ? { NextToken: String(end) } : {} };
}
