/** New events of a stack, oldest first. */
import type { StackEvent } from "@aws-sdk/client-cloudformation";
import type { Aws } from "../../aws/aws.ts";
import type { FailedResource } from "../diagnosis/evidence.ts";

export class StackEventTail {
  readonly #aws: Aws;
  readonly #stack: string;
  readonly #seen = new Set<string>();

  constructor(aws: Aws, stack: string) {
    this.#aws = aws;
    this.#stack = stack;
  }

  /** Everything that happened since the last call; the first call gives everything there is. */
  async next(): Promise<StackEvent[]> {
    const fresh: StackEvent[] = [];
    let NextToken: string | undefined;
    do {
      const page = await this.#aws.cloudFormation.describeStackEvents({
        StackName: this.#stack,
        ...(NextToken === undefined ? {} : { NextToken }),
      });
      const unseen = (page.StackEvents ?? []).filter(({ EventId = "" }) => !this.#seen.has(EventId));
      fresh.push(...unseen);
      // Pages come newest first: one that holds something known is the last that can hold something new.
      NextToken = unseen.length === (page.StackEvents ?? []).length ? page.NextToken : undefined;
    } while (NextToken !== undefined && NextToken !== "");
    for (const { EventId = "" } of fresh) this.#seen.add(EventId);
    return fresh.reverse();
  }
}

/** The resources that failed, in the order in which they did. */
export function failedResources(events: readonly StackEvent[]): FailedResource[] {
  return events
    .filter(({ ResourceStatus = "" }) => /^(CREATE|UPDATE)_FAILED$/.test(ResourceStatus))
    .map(({ LogicalResourceId = "", ResourceType = "", ResourceStatus = "", ResourceStatusReason = "" }) => ({
      logicalId: LogicalResourceId,
      resourceType: ResourceType,
      status: ResourceStatus,
      reason: ResourceStatusReason,
    }));
}
