/**
 * The policies AWS manages that services on Fargate use, with what they allow. Any other `arn:aws:iam::aws:policy/…`
 * may be attached too: there are over a thousand, and they change.
 */
interface ManagedPolicy {
  readonly path: string;
  readonly allows: readonly string[];
}

const MANAGED: Readonly<Record<string, ManagedPolicy>> = {
  AmazonECSTaskExecutionRolePolicy: {
    path: "/service-role/",
    allows: [
      "ecr:GetAuthorizationToken",
      "ecr:BatchCheckLayerAvailability",
      "ecr:GetDownloadUrlForLayer",
      "ecr:BatchGetImage",
      "logs:CreateLogStream",
      "logs:PutLogEvents",
    ],
  },
  AmazonEC2ContainerRegistryReadOnly: {
    path: "/",
    allows: [
      "ecr:GetAuthorizationToken",
      "ecr:BatchCheckLayerAvailability",
      "ecr:GetDownloadUrlForLayer",
      "ecr:GetRepositoryPolicy",
      "ecr:DescribeRepositories",
      "ecr:ListImages",
      "ecr:DescribeImages",
      "ecr:BatchGetImage",
      "ecr:GetLifecyclePolicy",
      "ecr:GetLifecyclePolicyPreview",
      "ecr:ListTagsForResource",
      "ecr:DescribeImageScanFindings",
    ],
  },
  AWSXRayDaemonWriteAccess: {
    path: "/",
    allows: [
      "xray:PutTraceSegments",
      "xray:PutTelemetryRecords",
      "xray:GetSamplingRules",
      "xray:GetSamplingTargets",
      "xray:GetSamplingStatisticSummaries",
    ],
  },
  AdministratorAccess: { path: "/", allows: ["*"] },
};

const MANAGED_PREFIX = /^arn:aws(?:-[a-z-]+)?:iam::aws:policy(\/(?:[\w+=,.@-]+\/)*)([\w+=,.@-]{1,128})$/;

export interface ManagedPolicyView {
  readonly arn: string;
  readonly policyName: string;
  readonly path: string;
  /** Undefined for a policy whose content the platform does not know. */
  readonly document: string | undefined;
}

/** Undefined when the ARN is none of AWS's policies. */
export function managedPolicy(arn: string): ManagedPolicyView | undefined {
  const match = MANAGED_PREFIX.exec(arn);
  if (match === null) return undefined;
  const [, path = "/", policyName = ""] = match;
  const known = Object.hasOwn(MANAGED, policyName) ? MANAGED[policyName] : undefined;
  if (known !== undefined && known.path !== path) return undefined;
  return { arn, policyName, path, document: known && documentOf(known) };
}

export function managedPolicies(): ManagedPolicyView[] {
  return Object.entries(MANAGED).map(([policyName, policy]) => ({
    arn: `arn:aws:iam::aws:policy${policy.path}${policyName}`,
    policyName,
    path: policy.path,
    document: documentOf(policy),
  }));
}

function documentOf({ allows }: ManagedPolicy): string {
  const Action = allows.length === 1 ? allows[0] : allows;
  return JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource: "*" }] });
}
