/** The errors of this service's lookups, in AWS's words. */
import {
  ListenerNotFoundException,
  LoadBalancerNotFoundException,
  RuleNotFoundException,
  TargetGroupNotFoundException,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { AwsFault } from "../../gateway/aws-fault.ts";
import type { ListenerRecord, LoadBalancerRecord, Records, RuleRecord, TargetGroupRecord } from "./records.ts";

export function validationError(message: string): AwsFault {
  return new AwsFault("ValidationError", message);
}

/** What the service offers on AWS and the local platform does not. */
export function notOffered(what: string): AwsFault {
  return new AwsFault("ValidationError", `${what} is not offered by the local platform`);
}

export function loadBalancerAt(records: Records, arn: string | undefined): LoadBalancerRecord {
  if (arn === undefined || !/:loadbalancer\//.test(arn)) throw validationError(`'${arn}' is not a valid load balancer ARN`);
  const found = records.loadBalancers.get(arn);
  if (found === undefined) throw new LoadBalancerNotFoundException({ message: `Load balancer '${arn}' not found`, $metadata: {} });
  return found;
}

export function targetGroupAt(records: Records, arn: string | undefined): TargetGroupRecord {
  if (arn === undefined || !/:targetgroup\//.test(arn)) throw validationError(`'${arn}' is not a valid target group ARN`);
  const found = records.targetGroups.get(arn);
  if (found === undefined) throw new TargetGroupNotFoundException({ message: `Target groups '${arn}' not found`, $metadata: {} });
  return found;
}

export function listenerAt(records: Records, arn: string | undefined): ListenerRecord {
  if (arn === undefined || !/:listener\//.test(arn)) throw validationError(`'${arn}' is not a valid listener ARN`);
  const found = records.listeners.get(arn);
  if (found === undefined) throw new ListenerNotFoundException({ message: `One or more listeners not found`, $metadata: {} });
  return found;
}

export function ruleAt(records: Records, arn: string | undefined): RuleRecord {
  if (arn === undefined || !/:listener-rule\//.test(arn)) throw validationError(`'${arn}' is not a valid listener rule ARN`);
  const found = records.rules.get(arn);
  if (found === undefined) throw new RuleNotFoundException({ message: `One or more rules not found`, $metadata: {} });
  return found;
}
