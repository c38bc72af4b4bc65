/** An AWS service that acts on a resource, as that resource's policy sees it. */
import type { Access } from "../../engine/policy/resource-policy.ts";

export interface Sender {
  /** `events.amazonaws.com` */
  readonly service: string;
  /** The rule, topic or alarm: `aws:SourceArn`. */
  readonly sourceArn: string;
  readonly account: string;
  /** It acts for the account itself (CloudWatch's alarms): `aws:SourceOwner`, by which a topic without a policy lets it in. */
  readonly isOwner?: boolean;
}

/** The request to be judged by a resource's policy: who asks for which action on what, with the condition keys AWS sets for a calling service. */
export function accessOf({ service, sourceArn, account, isOwner = false }: Sender, action: string, resource: string): Access {
  return {
    service,
    action,
    resource,
    context: {
      "aws:SourceArn": sourceArn,
      "aws:SourceAccount": account,
      "aws:SecureTransport": "true",
      "aws:PrincipalIsAWSService": "true",
      ...(isOwner ? { "aws:SourceOwner": account } : {}),
    },
  };
}
