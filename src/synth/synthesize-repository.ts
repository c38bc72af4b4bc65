/**
 * The image repository of a service: one an account, so that a digest is promoted between environments. Tags are
 * immutable but for the ones that move by their nature; what fsd tags as live or as rollback target never expires.
 */
import type { ResolvedEnvironment } from "../manifest/resolved.ts";
import { tagList } from "./tags.ts";
import { getAtt, ref, type Template, TemplateBuilder } from "./template.ts";

/** Tags that may be moved. */
const movable = ["latest", "develop", "main", "pr-*", "fsd-*"];

export function synthesizeRepository(name: string, { images }: Pick<ResolvedEnvironment, "images">): Template {
  const template = new TemplateBuilder(`Images of ${name}`, name);
  const { keep, match } = images.lifecycle;
  const rule = (rulePriority: number, description: string, selection: object): object => ({
    rulePriority,
    description,
    selection,
    action: { type: "expire" },
  });
  const days = (count: number): object => ({ countType: "sinceImagePushed", countUnit: "days", countNumber: count });
  const lifecycle = {
    rules: [
      // An image that this rule takes is not looked at by the later ones; 9999 of them are never reached.
      rule(1, "What is live, and what a rollback goes to, stays", {
        tagStatus: "tagged",
        tagPatternList: ["fsd-*"],
        countType: "imageCountMoreThan",
        countNumber: 9999,
      }),
      rule(2, `The newest ${keep} of ${match} stay`, {
        tagStatus: "tagged",
        tagPatternList: [match],
        countType: "imageCountMoreThan",
        countNumber: keep,
      }),
      rule(3, "Pull requests go after 30 days", { tagStatus: "tagged", tagPatternList: ["pr-*"], ...days(30) }),
      rule(4, "Commits go after 30 days", { tagStatus: "tagged", tagPatternList: ["sha-*"], ...days(30) }),
      rule(5, "Untagged images go after 30 days", { tagStatus: "untagged", ...days(30) }),
    ],
  };
  template.resource("Repository", {
    Type: "AWS::ECR::Repository",
    DeletionPolicy: "Retain",
    UpdateReplacePolicy: "Retain",
    Properties: {
      RepositoryName: name,
      ImageScanningConfiguration: { ScanOnPush: true },
      ImageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
      ImageTagMutabilityExclusionFilters: movable.map((filter) => ({
        ImageTagMutabilityExclusionFilterType: "WILDCARD",
        ImageTagMutabilityExclusionFilterValue: filter,
      })),
      EncryptionConfiguration: { EncryptionType: "AES256" },
      LifecyclePolicy: { LifecyclePolicyText: JSON.stringify(lifecycle) },
      Tags: tagList({ "fsd:service": name }),
    },
  });
  template.output("RepositoryUri", "Where its images are pushed to", getAtt("Repository", "RepositoryUri"));
  template.output("RepositoryName", "The repository", ref("Repository"));
  return template.build();
}
