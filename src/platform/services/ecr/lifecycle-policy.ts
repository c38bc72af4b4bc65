/** The rules a lifecycle policy must keep, from ECR's "Lifecycle policy properties". */
interface Rule {
  readonly rulePriority?: unknown;
  readonly selection?: {
    readonly tagStatus?: unknown;
    readonly tagPrefixList?: unknown;
    readonly tagPatternList?: unknown;
    readonly countType?: unknown;
    readonly countUnit?: unknown;
    readonly countNumber?: unknown;
  };
  readonly action?: { readonly type?: unknown };
}

/** What is wrong with the policy, in words; undefined when nothing is. */
export function lifecyclePolicyProblem(text: string): string | undefined {
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch {
    return "the policy is not valid JSON";
  }
  const rules = typeof policy === "object" && policy !== null && "rules" in policy ? policy.rules : undefined;
  if (!Array.isArray(rules) || rules.length === 0) return 'object has missing required properties (["rules"])';
  const priorities = new Set<unknown>();
  for (const rule of rules as Rule[]) {
    const problem = ruleProblem(rule);
    if (problem !== undefined) return problem;
    if (priorities.has(rule.rulePriority)) return `rulePriority ${String(rule.rulePriority)} is used more than once`;
    priorities.add(rule.rulePriority);
  }
  const catchAll = (rules as Rule[]).find((rule) => rule.selection?.tagStatus === "any");
  const highest = Math.max(...(priorities as Set<number>));
  if (catchAll !== undefined && catchAll.rulePriority !== highest) return "a rule with tagStatus any must have the highest rulePriority";
  return undefined;
}

function ruleProblem(rule: Rule): string | undefined {
  if (typeof rule !== "object" || rule === null) return "a rule must be an object";
  const { rulePriority, selection, action } = rule;
  if (!Number.isInteger(rulePriority) || (rulePriority as number) < 1) return "rulePriority must be a whole number of at least 1";
  if (action?.type !== "expire" && action?.type !== "transition") return "action.type must be expire or transition";
  if (selection === undefined) return 'object has missing required properties (["selection"])';
  const { tagStatus, tagPrefixList, tagPatternList, countType, countUnit, countNumber } = selection;
  if (tagStatus !== "tagged" && tagStatus !== "untagged" && tagStatus !== "any") return "tagStatus must be tagged, untagged or any";
  const lists = [tagPrefixList, tagPatternList].filter((list) => Array.isArray(list) && list.length > 0).length;
  if (tagStatus === "tagged" && lists !== 1) return "tagStatus tagged needs either tagPatternList or tagPrefixList";
  if (tagStatus !== "tagged" && lists !== 0) return `tagPatternList and tagPrefixList go with tagStatus tagged, not ${tagStatus}`;
  if (!Number.isInteger(countNumber) || (countNumber as number) < 1) return "countNumber must be a whole number of at least 1";
  if (countType === "imageCountMoreThan") return countUnit === undefined ? undefined : "countUnit goes with sinceImagePushed only";
  if (countType === "sinceImagePushed" || countType === "sinceImagePulled" || countType === "sinceImageTransitioned") {
    return countUnit === "days" ? undefined : `countType ${countType} needs countUnit days`;
  }
  return "countType must be imageCountMoreThan, sinceImagePushed, sinceImagePulled or sinceImageTransitioned";
}
