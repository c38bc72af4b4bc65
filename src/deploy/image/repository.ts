/**
 * The image repository of a service: the stack `fsdrepo-<service>`, one an account and region, so that the same digest
 * goes from environment to environment. A repository that is there already, ours or not, is used as it is.
 */
import type { Aws } from "../../aws/aws.ts";
import type { ResolvedEnvironment } from "../../manifest/resolved.ts";
import { failure } from "../../model/failures.ts";
import { repositoryStackName } from "../../synth/names.ts";
import { synthesizeRepository } from "../../synth/synthesize-repository.ts";
import { applyStack } from "../stack/apply-stack.ts";
import type { StackTools } from "../stack/stack.ts";

/** Makes the repository when it is missing; answers whether it was. */
export async function ensureRepository(subject: string, environment: ResolvedEnvironment, tools: StackTools): Promise<boolean> {
  if (await exists(tools.aws, subject)) return false;
  tools.tell({ type: "step", subject, step: "repository", state: "running", text: `image repository ${subject}` });
  const template = JSON.stringify(synthesizeRepository(subject, environment));
  const outcome = await applyStack(
    { subject, name: repositoryStackName(subject), shared: true, template, parameters: () => ({}), tags: { "fsd:service": subject } },
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
  return true;
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
