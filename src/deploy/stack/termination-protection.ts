/** Termination protection of stacks: CloudFormation refuses to delete one that has it. A change set cannot give it, so it is asked for apart. */
// "You can set termination protection on a stack with any status except DELETE_IN_PROGRESS or DELETE_COMPLETE" (CloudFormation's user
// guide, "Protect CloudFormation stacks from being deleted"): on one in REVIEW_IN_PROGRESS, too.
import type { Aws } from "../../aws/aws.ts";
import type { StackView } from "./stack.ts";

/** Gives it to a stack that has none. */
export async function protectStack(stack: StackView, aws: Aws): Promise<void> {
  if (!stack.terminationProtection) await setTerminationProtection(stack, true, aws);
}

/** Gives it to a stack that a change set is about to make. */
export async function protectNewStack(id: string, aws: Aws): Promise<void> {
  await setTerminationProtection({ id }, true, aws);
}

/** Takes it from a stack, and leaves what the stack holds as it is. */
export async function unprotectStack(stack: StackView, aws: Aws): Promise<void> {
  if (stack.terminationProtection) await setTerminationProtection(stack, false, aws);
}

/** Makes a stack one that can be deleted: its own protection goes, and that of its load balancers, which would fail the deletion half way. */
export async function liftProtection(stack: StackView, aws: Aws): Promise<void> {
  for (const LoadBalancerArn of await loadBalancersOf(stack, aws)) {
    try {
      await aws.elb.modifyLoadBalancerAttributes({
        LoadBalancerArn,
        Attributes: [{ Key: "deletion_protection.enabled", Value: "false" }],
      });
    } catch (error) {
      // Someone has deleted it already.
      if ((error as Error).name !== "LoadBalancerNotFoundException") throw error;
    }
  }
  await unprotectStack(stack, aws);
}

async function setTerminationProtection(
  { id }: Pick<StackView, "id">,
  EnableTerminationProtection: boolean,
  { cloudFormation }: Aws,
): Promise<void> {
  await cloudFormation.updateTerminationProtection({ StackName: id, EnableTerminationProtection });
}

/** ARNs of the load balancers that the stack holds. */
async function loadBalancersOf({ id }: StackView, { cloudFormation }: Aws): Promise<string[]> {
  const found: string[] = [];
  let NextToken: string | undefined;
  do {
    // DescribeStackResources would answer with the first hundred only.
    const page = await cloudFormation.listStackResources({ StackName: id, ...(NextToken === undefined ? {} : { NextToken }) });
    for (const { ResourceType, ResourceStatus, PhysicalResourceId } of page.StackResourceSummaries ?? [])
      if (ResourceType === "AWS::ElasticLoadBalancingV2::LoadBalancer" && ResourceStatus !== "DELETE_COMPLETE" && PhysicalResourceId)
        found.push(PhysicalResourceId);
    NextToken = page.NextToken;
  } while (NextToken !== undefined && NextToken !== "");
  return found;
}
