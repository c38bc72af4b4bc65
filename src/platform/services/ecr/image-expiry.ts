/**
 * Which images a lifecycle policy expires ("How a lifecycle policy works", Amazon ECR). Rules apply by priority: an
 * image that meets a rule's tags is that rule's affair, and no rule of lower priority may expire it. Counting, a rule
 * counts all images that meet it. Pure.
 *
 * Worked example: rule 1 keeps one image tagged `live*`, rule 2 keeps two of any. Of `live-1`, b, c, d, `live-0`, newest
 * first, rule 1 expires `live-0`; rule 2 counts all five, keeps the first two and expires c and d.
 */
export interface ExpiringImage {
  readonly digest: string;
  readonly tags: readonly string[];
  /** Wall time, ms. */
  readonly pushedAt: number;
  readonly pulledAt?: number;
}

interface Rule {
  readonly rulePriority: number;
  readonly selection: {
    readonly tagStatus: "tagged" | "untagged" | "any";
    readonly tagPrefixList?: readonly string[];
    readonly tagPatternList?: readonly string[];
    readonly countType: string;
    readonly countNumber: number;
  };
  readonly action: { readonly type: string };
}

const DAY_MS = 86_400_000;

/** `policyText`: a policy that `lifecyclePolicyProblem` finds nothing wrong with. Answers digests. */
export function expiredImages(policyText: string, images: readonly ExpiringImage[], now: number): string[] {
  const { rules } = JSON.parse(policyText) as { rules: readonly Rule[] };
  const newestFirst = [...images].sort((a, b) => b.pushedAt - a.pushedAt || (a.digest < b.digest ? -1 : 1));
  const claimed = new Set<string>();
  const expired: string[] = [];
  for (const rule of [...rules].sort((a, b) => a.rulePriority - b.rulePriority)) {
    const met = newestFirst.filter((image) => meets(image, rule));
    const old = rule.action.type === "expire" ? met.filter((image, index) => isOver(image, index, rule, now)) : [];
    expired.push(...old.filter(({ digest }) => !claimed.has(digest)).map(({ digest }) => digest));
    for (const { digest } of met) claimed.add(digest);
  }
  return expired;
}

function meets({ tags }: ExpiringImage, { selection }: Rule): boolean {
  const { tagStatus, tagPrefixList = [], tagPatternList = [] } = selection;
  if (tagStatus === "any") return true;
  if (tagStatus === "untagged") return tags.length === 0;
  const has = (test: (tag: string) => boolean): boolean => tags.some(test);
  return (
    tagPrefixList.every((prefix) => has((tag) => tag.startsWith(prefix))) &&
    tagPatternList.every((pattern) => has((tag) => patternOf(pattern).test(tag)))
  );
}

function isOver(image: ExpiringImage, index: number, { selection }: Rule, now: number): boolean {
  const { countType, countNumber } = selection;
  const oldest = now - countNumber * DAY_MS;
  switch (countType) {
    case "imageCountMoreThan":
      return index >= countNumber;
    case "sinceImagePushed":
      return image.pushedAt < oldest;
    case "sinceImagePulled":
      return (image.pulledAt ?? image.pushedAt) < oldest;
    default:
      return false;
  }
}

/** `*` stands for any run of characters. */
function patternOf(pattern: string): RegExp {
  const source = pattern
    .split("*")
    .map((part) => part.replace(/[.\\+?^${}()|[\]]/g, "\\$&"))
    .join(".*");
  return new RegExp(`^${source}$`, "s");
}
