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

/** Names of the Parameter Store parameters that a template writes, for others to read. */
export function writtenParameters({ Resources }: Template): string[] {
  return Object.values(Resources).flatMap(({ Type, Properties }) =>
    Type === "AWS::SSM::Parameter" && typeof Properties?.Name === "string" ? [Properties.Name] : [],
  );
}

/**
 * Nothing of a stack that does not stand, or that has to be brought to rest first, nor of one that reads what this deployment has yet
 * to write: what is lost there shows before the change set is executed. Fails as FSD7002 where CloudFormation refuses the template.
 */
export async function foreseen(
  { template, parameters, ...wanted }: Wanted,
  stack: StackView | undefined,
  written: ReadonlySet<string>,
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
    const absent = absentParameters(error as Error);
    if (absent.length > 0 && absent.every((parameter) => written.has(parameter))) return nothing;
    throw error;
  }
}

/** Those that CreateChangeSet refuses a template for: `Unable to fetch parameters [/fsd/prod/cluster/name] from parameter store for this account.` */
function absentParameters({ name, message }: Error): readonly string[] {
  const names = name === "ValidationError" ? /^Unable to fetch parameters \[([^\]]+)\]/.exec(message)?.[1] : undefined;
  return names?.split(",").map((one) => one.trim()) ?? [];
}

/** Fails as FSD8013 where something is lost, without `--force`: once, with the losses of each service, or of the environment's own stack. */
export function refuseLosses(
  changes: readonly { readonly subject: string; readonly losses: readonly Loss[] }[],
  { environment, force }: { readonly environment: Pick<ResolvedEnvironment, "name">; readonly force: boolean },
): void {
  const [first, ...others] = changes.filter(({ losses }) => losses.length > 0);
  if (force || first === undefined) return;
  const lost = ({ losses }: typeof first): string => losses.map(lossText).join("; ");
  const message = [
    `the change of ${first.subject} on ${environment.name}, which is protected, ${lost(first)}`,
    ...others.map((one) => `that of ${one.subject} ${lost(one)}`),
  ].join("; ");
  throw failure("FSD8013", message, { hint: "if that is what you want, deploy with --force; nothing of it was changed" });
}
