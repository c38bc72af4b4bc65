/**
 * One job, from its stack to the proof that the requested revision is what the next run takes. A job has no rollout to
 * watch: what CloudFormation says, and that ECS has the revision with the image that was asked for, is all there is.
 */
import type { JobServices } from "../../aws/job-services.ts";
import type { ResolvedJob } from "../../manifest/resolved.ts";
import { serviceStackName } from "../../synth/names.ts";
import { synthesizeStack } from "../../synth/synthesize-stack.ts";
import type { Deployment } from "../deployment.ts";
import { diagnose } from "../diagnosis/diagnosis.ts";
import type { Outcome, OutcomeEvent } from "../events.ts";
import type { ReadyImage } from "../image/ready-image.ts";
import { revisionOf } from "../service/service-view.ts";
import { applyStack } from "../stack/apply-stack.ts";
import type { StackTools, StackView } from "../stack/stack.ts";
import { failedResources } from "../stack/stack-events.ts";
import { parametersFor } from "../stack-parameters.ts";
import { kindTag } from "./job-stack.ts";
import { observeSchedules } from "./schedules.ts";

/** Applies the job's stack and tells its outcome with its schedules; nothing of a job has to become steady. */
export async function deployJob(
  job: ResolvedJob,
  deployment: Deployment,
  image: ReadyImage,
  services: () => Promise<JobServices>,
  tools: StackTools,
): Promise<Outcome> {
  const { environment } = deployment;
  const { clock, tell } = tools;
  const { name: subject } = job;
  const began = clock.now();
  const stackName = serviceStackName(environment.name, subject);
  tell({ type: "step", subject, step: "stack", state: "running", text: `stack ${stackName}` });
  const template = synthesizeStack(job, environment);
  const result = await applyStack(
    {
      subject,
      name: stackName,
      template: JSON.stringify(template),
      parameters: (existing) => parametersFor(deployment, image, template, existing),
      tags: { ...deployment.tags, ...kindTag },
      roleArn: environment.roles.cloudFormationRoleArn,
      ...deployment.guard,
    },
    tools,
  );
  const finish = (outcome: Outcome, stack: StackView, more: Partial<OutcomeEvent> = {}): Outcome => {
    const seconds = Math.round((clock.now() - began) / 100) / 10;
    const live = stack.outputs.TaskDefinitionArn === undefined ? {} : { liveRevision: revisionOf(stack.outputs.TaskDefinitionArn) };
    tell({
      type: "outcome",
      subject,
      outcome,
      stack: stackName,
      stackStatus: stack.status,
      seconds,
      ...live,
      job: { schedules: [], machine: false },
      ...more,
    });
    return outcome;
  };
  if (result.kind === "interrupted") return finish("interrupted", result.stack);
  if (result.kind === "failed") {
    const { stack, events, created } = result;
    tell({ type: "step", subject, step: "stack", state: "failed", text: `stack ${stackName} is ${stack.status}` });
    const seen = { stoppedTasks: [], targets: [], serviceEvents: [], failedResources: failedResources(events) };
    const asked = { memory: job.task.service.resources.memory, image: image.reference, file: job.file, packed: image.packed };
    tell({
      type: "diagnosis",
      subject,
      diagnosis: diagnose({ service: subject, env: environment.name, cliFlags: tools.aws.cliFlags, ...seen, asked }),
    });
    return finish(created ? "failed" : "rolled-back", stack);
  }
  const change = result.kind === "unchanged" ? "is as the manifest says" : result.created ? "created" : "updated";
  tell({ type: "step", subject, step: "stack", state: "done", text: `stack ${stackName} ${change}` });
  const { stack } = result;
  const problem = await notLive(stack, image, tools);
  if (problem !== undefined) {
    tell({ type: "step", subject, step: "verify", state: "failed", text: problem });
    return finish("failed", stack);
  }
  const { ScheduleGroup, TaskDefinitionArn = "", StateMachineArn } = stack.outputs;
  const schedules = ScheduleGroup === undefined ? [] : await observeSchedules(await services(), ScheduleGroup, clock.now());
  tell({ type: "step", subject, step: "verify", state: "done", text: `${revisionOf(TaskDefinitionArn)} is what the next run takes` });
  return finish(result.kind === "unchanged" ? "unchanged" : "live", stack, { job: { schedules, machine: StateMachineArn !== undefined } });
}

/** Why the stack's revision is not what was asked for; undefined when it is. */
async function notLive({ outputs, name }: StackView, { reference }: ReadyImage, { aws }: StackTools): Promise<string | undefined> {
  const { TaskDefinitionArn } = outputs;
  if (TaskDefinitionArn === undefined) return `the stack ${name} names no task definition`;
  const { taskDefinition } = await aws.ecs.describeTaskDefinition({ taskDefinition: TaskDefinitionArn });
  const revision = revisionOf(TaskDefinitionArn);
  if (taskDefinition?.status !== "ACTIVE") return `${revision} is ${taskDefinition?.status ?? "not there"}`;
  const images = (taskDefinition.containerDefinitions ?? []).map(({ image }) => image);
  return reference === undefined || images.includes(reference) ? undefined : `${revision} runs ${images.join(", ")}, not ${reference}`;
}
