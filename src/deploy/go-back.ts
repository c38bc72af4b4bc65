/** Back to the release before: a stack whose update succeeded, and turned out to be wrong afterwards, gets its former template. */
import type { ResolvedEnvironment } from "../manifest/resolved.ts";
import type { Outcome, OutcomeEvent } from "./events.ts";
import { liveDeployment, observeService } from "./service/service-view.ts";
import { liveWeights } from "./service/traffic-weights.ts";
import { applyStack } from "./stack/apply-stack.ts";
import type { KeptRelease } from "./stack/kept-release.ts";
import type { StackTools, StackView } from "./stack/stack.ts";

export interface WayBack {
  readonly subject: string;
  readonly stackName: string;
  readonly release: KeptRelease;
  readonly environment: ResolvedEnvironment;
}

export interface WentBack {
  readonly outcome: Outcome;
  readonly stack: StackView;
  readonly seen: Pick<OutcomeEvent, "liveRevision" | "running">;
}

/** `rolled-back` when the release before is the one that serves. */
export async function goBack({ subject, stackName, release, environment }: WayBack, tools: StackTools): Promise<WentBack> {
  const { aws, tell } = tools;
  tell({ type: "step", subject, step: "stack", state: "running", text: `stack ${stackName} goes back to the release before` });
  const result = await applyStack(
    {
      subject,
      name: stackName,
      template: release.text,
      // What scaling chose, and where traffic goes by now, hold on.
      parameters: async (existing) => ({
        ...release.parameters,
        ...("DesiredCount" in release.parameters ? { DesiredCount: "" } : {}),
        ...(await liveWeights(aws, release.template, existing)),
      }),
      tags: release.tags,
      roleArn: environment.roles.cloudFormationRoleArn,
      // Its resources are told before the outcome, which is the last word.
      watch: async () => false,
    },
    tools,
  );
  if (result.kind === "interrupted") return { outcome: "interrupted", stack: result.stack, seen: {} };
  const { ClusterName = environment.cluster.name, ServiceName = subject } = result.stack.outputs;
  const view = await observeService(aws, ClusterName, ServiceName);
  const live = view === undefined ? undefined : liveDeployment(view);
  const { TaskDefinitionArn = live?.taskDefinition } = result.stack.outputs;
  const back = result.kind !== "failed" && live !== undefined && live.taskDefinition === TaskDefinitionArn;
  const text = back
    ? `stack ${stackName} is as before: ${live.revision} is the release before`
    : `stack ${stackName} could not go back: it is ${result.stack.status}`;
  tell({ type: "step", subject, step: "stack", state: back ? "done" : "failed", text });
  const seen = live === undefined ? {} : { liveRevision: live.revision, running: live.running };
  return { outcome: back ? "rolled-back" : "failed", stack: result.stack, seen };
}
