/** Tags of load balancers, target groups, listeners and rules. A listener also answers the port of this machine that stands for it. */
import {
  DuplicateTagKeysException,
  ListenerNotFoundException,
  LoadBalancerNotFoundException,
  RuleNotFoundException,
  type Tag,
  TargetGroupNotFoundException,
  TooManyTagsException,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Operations } from "../../gateway/operations.ts";
import { validationError } from "./faults.ts";
import type { LoadBalancing } from "./load-balancing.ts";
import type { Records, Tags } from "./records.ts";

/** Read-only, on listeners: the port of 127.0.0.1 that answers for the listener. Under `aws:`, which every tool leaves alone. */
const HOST_PORT_TAG = "aws:fsd:host-port";

const MOST_TAGS = 50;

/** Tags as they are kept. Throws what AWS throws for tags it refuses. */
export function acceptTags(tags: readonly Tag[] | undefined, present: Tags = {}): Tags {
  const keys = new Set<string>();
  const next: Record<string, string> = { ...present };
  for (const { Key = "", Value = "" } of tags ?? []) {
    if (keys.has(Key)) throw new DuplicateTagKeysException({ message: `The tag key '${Key}' was specified more than once`, $metadata: {} });
    if (Key.length < 1 || Key.length > 128) throw validationError("A tag key must have between 1 and 128 characters");
    if (Value.length > 256) throw validationError(`The value of the tag '${Key}' has more than 256 characters`);
    if (Key === HOST_PORT_TAG) throw validationError(`The tag '${HOST_PORT_TAG}' is set by the local platform`);
    keys.add(Key);
    next[Key] = Value;
  }
  const count = Object.keys(next).filter((key) => !key.startsWith("aws:")).length;
  if (count > MOST_TAGS) throw new TooManyTagsException({ message: `A resource can have at most ${MOST_TAGS} tags`, $metadata: {} });
  return next;
}

export function tagOperations({ loadBalancing }: { readonly loadBalancing: LoadBalancing }): Operations<"elastic-load-balancing-v2"> {
  const { records } = loadBalancing;

  const tagsOf = (arn: string): Tag[] => {
    const own = Object.entries(records.tags.get(arn) ?? {}).map(([Key, Value]) => ({ Key, Value }));
    const port = arn.includes(":listener/") ? loadBalancing.hostPort(arn) : undefined;
    return port === undefined ? own : [...own, { Key: HOST_PORT_TAG, Value: String(port) }];
  };

  return {
    AddTags: ({ ResourceArns = [], Tags = [] }) => {
      requireAll(records, ResourceArns);
      const next = ResourceArns.map((arn) => [arn, acceptTags(Tags, records.tags.get(arn))] as const);
      for (const [arn, tags] of next) records.tags.put(arn, tags);
      return {};
    },
    RemoveTags: ({ ResourceArns = [], TagKeys = [] }) => {
      requireAll(records, ResourceArns);
      for (const arn of ResourceArns) {
        const kept = Object.entries(records.tags.get(arn) ?? {}).filter(([key]) => !TagKeys.includes(key));
        records.tags.put(arn, Object.fromEntries(kept));
      }
      return {};
    },
    DescribeTags: ({ ResourceArns = [] }) => {
      if (ResourceArns.length === 0 || ResourceArns.length > 20) throw validationError("Between 1 and 20 resource ARNs must be specified");
      requireAll(records, ResourceArns);
      return { TagDescriptions: ResourceArns.map((arn) => ({ ResourceArn: arn, Tags: tagsOf(arn) })) };
    },
  };
}

function requireAll(records: Records, arns: readonly string[]): void {
  for (const arn of arns) {
    const kind = /^arn:[^:]+:elasticloadbalancing:[^:]*:[^:]*:([a-z-]+)\//.exec(arn)?.[1];
    const $metadata = {};
    if (kind === "loadbalancer") {
      if (!records.loadBalancers.has(arn))
        throw new LoadBalancerNotFoundException({ message: "One or more load balancers not found", $metadata });
    } else if (kind === "targetgroup") {
      if (!records.targetGroups.has(arn))
        throw new TargetGroupNotFoundException({ message: "One or more target groups not found", $metadata });
    } else if (kind === "listener") {
      if (!records.listeners.has(arn)) throw new ListenerNotFoundException({ message: "One or more listeners not found", $metadata });
    } else if (kind === "listener-rule") {
      if (!records.rules.has(arn)) throw new RuleNotFoundException({ message: "One or more rules not found", $metadata });
    } else {
      throw validationError(`'${arn}' is not a valid load balancer, target group, listener or rule ARN`);
    }
  }
}
