/**
 * What a deployment to a protected environment takes away, from a change set that is made before anyone is asked, and removed
 * again: only CloudFormation says that it replaces a resource.
 */
import type { ResolvedEnvironment } from "../../manifest/resolved.ts";
import { failure } from "../../model/failures.ts";
import type { Template } from "../../synth/template.ts";
import { liveWeights } from "../service/traffic-weights.ts";
import { discard, newChangeSet, type ParameterValues, type ProposedStack, proposeChanges } from "../stack/change-set.ts";
import { type Loss, lossesOf, lossText, type ReplacedResource, replacedResources } from "../stack/losses.ts";
import { readiness, type StackTools, type StackView } from "../stack/stack.ts";

interface Foreseen {
  readonly replaced: readonly ReplacedResource[];
  readonly losses: readonly Loss[];
}

const nothing: Foreseen = { replaced: [], losses: [] };

/** How a stack is to be. */
export interface Wanted extends Omit<ProposedStack, "template"> {
  readonly template: Template;
  readonly parameters: ParameterValues;
}

/**
 * Nothing of a stack that does not stand, or that has to be brought to rest first: what is lost there shows before the change set is
 * executed. Fails as FSD7002 where CloudFormation refuses the template.
 */
export async function foreseen(
  { template, parameters, ...wanted }: Wanted,
  stack: StackView | undefined,
  environment: ResolvedEnvironment,
  tools: StackTools,
): Promise<Foreseen> {
  if (stack === undefined || readiness(stack.status) !== "ready") return nothing;
  const { aws, clock } = tools;
  const name = `${newChangeSet(clock.now())}-plan`;
  try {
    const values = { ...parameters, ...(await liveWeights(aws, template, stack)) };
    const proposal = await proposeChanges({ ...wanted, template: JSON.stringify(template) }, values, stack, name, tools);
    if (proposal === "none") return nothing;
    await discard(aws, proposal.stackId, name, false);
    return { replaced: replacedResources(proposal.changes), losses: lossesOf(proposal.changes) };
  } catch (error) {
    // On this machine the environment is changed first, and may have to be.
    if (environment.local && (error as { code?: string }).code === "FSD7002") return nothing;
    throw error;
  }
}

/** Fails as FSD8013 where something is lost, without `--force`. */
export function refuseLosses(
  subject: string,
  losses: readonly Loss[],
  { environment, force }: { readonly environment: ResolvedEnvironment; readonly force: boolean },
): void {
  if (force || losses.length === 0) return;
  throw failure("FSD8013", `the change of ${subject} on ${environment.name}, which is protected, ${losses.map(lossText).join("; ")}`, {
    hint: "if that is what you want, deploy with --force; nothing of it was changed",
  });
}
