/**
 * The image repository of a service: the stack `fsdrepo-<service>`, one an account and region, so that the same digest
 * goes from environment to environment. A repository that is there already, ours or not, is used as it is.
 */
import type { Aws } from "../../aws/aws.ts";
import { failure } from "../../model/failures.ts";
import { repositoryStackName } from "../../synth/names.ts";
import { applyStack } from "../stack/apply-stack.ts";
import type { StackTools } from "../stack/stack.ts";

export interface RepositoryWish {
  readonly service: string;
  /** How many tagged images to keep, of those whose tags match. */
  readonly lifecycle: { readonly keep: number; readonly match: string };
}

/** Makes the repository when it is missing. */
export async function ensureRepository(wish: RepositoryWish, tools: StackTools): Promise<void> {
  if (await exists(tools.aws, wish.service)) return;
  const { service: subject } = wish;
  tools.tell({ type: "step", subject, step: "repository", state: "running", text: `image repository ${subject}` });
  const outcome = await applyStack(
    {
      subject,
      name: repositoryStackName(subject),
      shared: true,
      template: template(wish),
      parameters: () => ({}),
      tags: { "fsd:service": subject },
    },
    tools,
  );
  if (outcome.kind === "failed" || outcome.kind === "interrupted") {
    const { status, reason } = outcome.stack;
    throw failure(
      outcome.kind === "failed" ? "FSD7002" : "FSD5130",
      `the image repository's stack fsdrepo-${subject} is ${status}: ${reason ?? ""}`,
    );
  }
  tools.tell({ type: "step", subject, step: "repository", state: "done", text: `image repository ${subject}` });
}

async function exists(aws: Aws, name: string): Promise<boolean> {
  try {
    await aws.ecr.describeRepositories({ repositoryNames: [name] });
    return true;
  } catch (error) {
    if ((error as Error).name === "RepositoryNotFoundException") return false;
    throw error;
  }
}

function template({ service, lifecycle }: RepositoryWish): string {
  const rule = {
    rulePriority: 1,
    description: `keep the newest ${lifecycle.keep} of ${lifecycle.match}`,
    selection: { tagStatus: "tagged", tagPatternList: [lifecycle.match], countType: "imageCountMoreThan", countNumber: lifecycle.keep },
    action: { type: "expire" },
  };
  return JSON.stringify({
    AWSTemplateFormatVersion: "2010-09-09",
    Description: `Images of ${service}, made by fsd`,
    Resources: {
      Repository: {
        Type: "AWS::ECR::Repository",
        // Images outlive environments: other stacks may run them.
        DeletionPolicy: "Retain",
        UpdateReplacePolicy: "Retain",
        Properties: {
          RepositoryName: service,
          ImageScanningConfiguration: { ScanOnPush: true },
          EncryptionConfiguration: { EncryptionType: "AES256" },
          LifecyclePolicy: { LifecyclePolicyText: JSON.stringify({ rules: [rule] }) },
        },
      },
    },
    Outputs: { RepositoryUri: { Value: { "Fn::GetAtt": ["Repository", "RepositoryUri"] } } },
  });
}
