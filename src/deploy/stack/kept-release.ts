/** A stack as it is before an update, so that fsd can go back to it after the update has succeeded. */
import type { Aws } from "../../aws/aws.ts";
import type { Template } from "../../synth/template.ts";
import type { ParameterValues } from "./change-set.ts";
import { readiness, type StackView } from "./stack.ts";

export interface KeptRelease {
  /** As it was given to CloudFormation. */
  readonly text: string;
  readonly template: Template;
  /** As they were given: of a parameter that CloudFormation looks up, its name. */
  readonly parameters: ParameterValues;
  readonly tags: Readonly<Record<string, string>>;
}

/** Undefined when there is no stack, none in a state that one would go back to, or one that fsd did not write. */
export async function keepRelease(aws: Aws, stack: StackView | undefined): Promise<KeptRelease | undefined> {
  if (stack === undefined) return undefined;
  // What an update leaves to clean up is no part of the release any more.
  if (readiness(stack.status) !== "ready" && stack.status !== "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS") return undefined;
  const { TemplateBody = "" } = await aws.cloudFormation.getTemplate({ StackName: stack.id, TemplateStage: "Original" });
  // A stack that was taken over may be someone's YAML.
  if (!TemplateBody.startsWith("{")) return undefined;
  return { text: TemplateBody, template: JSON.parse(TemplateBody) as Template, parameters: stack.givenParameters, tags: stack.tags };
}
