/** The stack of an environment, which every deployment to it stands on. */
import type { ResolvedEnvironment } from "../manifest/resolved.ts";
import { failure } from "../model/failures.ts";
import { synthesizeEnvironment } from "../synth/environment/synthesize-environment.ts";
import { environmentStackName } from "../synth/names.ts";
import { applyStack, type StackGuard } from "./stack/apply-stack.ts";
import { readiness, type StackTools, type StackView } from "./stack/stack.ts";
import { failedResources } from "./stack/stack-events.ts";

/** Creates the environment's stack when it is missing; updates an existing one only on `local`. */
export async function ensureEnvironment(
  environment: ResolvedEnvironment,
  existing: StackView | undefined,
  guard: StackGuard | undefined,
  fsdVersion: string,
  tools: StackTools,
): Promise<void> {
  const { tell, aws } = tools;
  const subject = environmentStackName(environment.name);
  if (!environment.local && readiness(existing?.status) === "ready") return;
  tell({ type: "step", subject, step: "environment", state: "running", text: `environment ${environment.name}` });
  const outcome = await applyStack(
    {
      subject,
      name: subject,
      shared: true,
      template: JSON.stringify(synthesizeEnvironment(environment)),
      parameters: () => ({}),
      tags: { ...environment.tags, "fsd:environment": environment.name, "fsd:version": fsdVersion },
      roleArn: environment.roles.cloudFormationRoleArn,
      ...guard,
    },
    tools,
  );
  switch (outcome.kind) {
    case "unchanged":
      return tell({ type: "step", subject, step: "environment", state: "done", text: `environment ${environment.name}` });
    case "applied":
      return tell({
        type: "step",
        subject,
        step: "environment",
        state: "done",
        text: `environment ${environment.name} ${outcome.created ? "created" : "updated"}`,
      });
    case "interrupted":
      throw failure("FSD5130", `interrupted while the stack ${subject} is ${outcome.stack.status}; it goes on without fsd`);
    case "failed": {
      tell({ type: "step", subject, step: "environment", state: "failed", text: `environment ${environment.name}` });
      const failed = failedResources(outcome.events).find(({ reason }) => !/cancelled/i.test(reason));
      const why = failed === undefined ? outcome.stack.reason : `${failed.logicalId} (${failed.resourceType}): ${failed.reason}`;
      throw failure("FSD8001", `the environment's stack ${subject} is ${outcome.stack.status}: ${why ?? "no reason given"}`, {
        hint: `aws cloudformation describe-stack-events --stack-name ${subject}${aws.cliFlags}`,
      });
    }
  }
}
