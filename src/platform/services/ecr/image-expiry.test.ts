import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ExpiringImage, expiredImages } from "./image-expiry.ts";
import { lifecyclePolicyProblem } from "./lifecycle-policy.ts";

const DAY_MS = 86_400_000;
const now = 1000 * DAY_MS;
/** An image pushed so many days ago; its digest is its first tag, or its age. */
const image = (daysAgo: number, ...tags: string[]): ExpiringImage => ({
  digest: tags[0] ?? `untagged-${daysAgo}`,
  tags,
  pushedAt: now - daysAgo * DAY_MS,
});
const policy = (...selections: object[]): string =>
  JSON.stringify({ rules: selections.map((selection, index) => ({ rulePriority: index + 1, selection, action: { type: "expire" } })) });
const count = (countNumber: number) => ({ countType: "imageCountMoreThan", countNumber });
const days = (countNumber: number) => ({ countType: "sinceImagePushed", countUnit: "days", countNumber });
const expired = (text: string, images: ExpiringImage[]): string[] => {
  expect(lifecyclePolicyProblem(text)).toBeUndefined();
  return expiredImages(text, images, now).sort();
};

describe("a lifecycle policy", () => {
  it("keeps so many of the newest, or those of the last days", () => {
    const images = [image(1, "v3"), image(2, "v2"), image(3, "v1"), image(4)];
    expect(expired(policy({ tagStatus: "tagged", tagPatternList: ["v*"], ...count(2) }), images)).toEqual(["v1"]);
    expect(expired(policy({ tagStatus: "untagged", ...days(3) }), images)).toEqual(["untagged-4"]);
    expect(expired(policy({ tagStatus: "any", ...days(2) }), images)).toEqual(["untagged-4", "v1"]);
  });

  it("shields from later rules what an earlier rule is about", () => {
    const images = [image(1, "live-1"), image(2, "b"), image(3, "c"), image(4, "d"), image(5, "live-0")];
    const shield = { tagStatus: "tagged", tagPrefixList: ["live"], ...count(1) };
    expect(expired(policy(shield, { tagStatus: "any", ...count(2) }), images)).toEqual(["c", "d", "live-0"]);
    expect(expired(policy({ ...shield, ...count(99) }, { tagStatus: "any", ...days(1) }), images)).toEqual(["b", "c", "d"]);
  });

  it("asks for every pattern of its list", () => {
    const both = { ...image(9, "pr-7", "built"), digest: "both" };
    expect(expired(policy({ tagStatus: "tagged", tagPatternList: ["pr-*", "built"], ...days(1) }), [both, image(9, "pr-8")])).toEqual([
      "both",
    ]);
  });

  it("of one count expires exactly what is beyond it, the oldest", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 500 }), { maxLength: 30 }), fc.integer({ min: 1, max: 40 }), (ages, keep) => {
        const gone = expired(
          policy({ tagStatus: "any", ...count(keep) }),
          ages.map((age) => image(age)),
        );
        const oldest = [...ages].sort((a, b) => a - b).slice(keep);
        expect(gone).toEqual(oldest.map((age) => `untagged-${age}`).sort());
      }),
    );
  });
});
