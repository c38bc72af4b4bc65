/** A deployment to a protected environment: what it will change is told, someone approves it, and each change is recorded before it begins. */
import { dirname, resolve } from "node:path";
import type { ResolvedEnvironment } from "../../manifest/resolved.ts";
import { synthesizeEnvironment } from "../../synth/environment/synthesize-environment.ts";
import { environmentStackName, serviceStackName } from "../../synth/names.ts";
import { synthesizeService } from "../../synth/service/synthesize-service.ts";
import { synthesizeStack } from "../../synth/synthesize-stack.ts";
import type { Template } from "../../synth/template.ts";
import type { Admitted } from "../admission/admit.ts";
import type { DeployRequest } from "../deploy-request.ts";
import type { Deployment } from "../deployment.ts";
import { chooseImage } from "../image/image-choice.ts";
import { standInContext, withStandIns } from "../image/image-stand-ins.ts";
import type { ReadyImage } from "../image/ready-image.ts";
import type { StackGuard } from "../stack/apply-stack.ts";
import { lossText } from "../stack/losses.ts";
import { listStacks, readiness, type StackTools } from "../stack/stack.ts";
import { protectStack, unprotectStack } from "../stack/termination-protection.ts";
import { parametersFor } from "../stack-parameters.ts";
import { type Approval, recordApproval } from "./approval.ts";
import { foreseen, refuseLosses, writtenParameters } from "./foreseen-losses.ts";
import { plannedChanges, plannedText, withReplacements } from "./planned-changes.ts";
import { standing } from "./standing.ts";

/** The deployment, and what was found when it was let in. */
export type GuardedDeploy = Pick<DeployRequest, "environment" | "force" | "agree" | "approver" | "secretStores"> &
  Pick<Admitted, "protection" | "environmentStack" | "caller">;

export interface ToApprove {
  readonly deployment: Deployment;
  /** Undefined where it is built, or looked for, once the deployment is approved. */
  readonly image?: ReadyImage;
}

/** How the change of a service's stack, or of the environment's own (null), is guarded; with the image that was made ready. */
export type GuardOf = (service: string | null, image?: ReadyImage) => StackGuard;

/** Tells what will change, and has it approved; undefined where the environment is not protected, and nothing is asked. */
export async function approveDeploy(
  prepared: readonly ToApprove[],
  guarded: GuardedDeploy,
  tools: StackTools,
): Promise<GuardOf | undefined> {
  const { environment, protection, environmentStack, force = false } = guarded;
  if (!protection.isProtected) return undefined;
  const own = environmentStackName(environment.name);
  const { cloudFormationRoleArn: roleArn } = environment.roles;
  // Elsewhere than on this machine the environment's stack is left as it is when it stands.
  const changesOwn = environment.local || readiness(environmentStack?.status) !== "ready";
  const changed = [
    ...(changesOwn ? [{ service: null, stack: own, template: synthesizeEnvironment(environment) }] : []),
    ...prepared.map(({ deployment, image = expectedImage(deployment) }) => ({
      service: deployment.document.name,
      stack: serviceStackName(environment.name, deployment.document.name),
      template: templateOf(deployment, image),
      deployed: { deployment, image },
    })),
  ];
  const written = new Set(changed.flatMap(({ template }) => writtenParameters(template)));
  const plan = async ({ service, stack, template, deployed }: Changed) => {
    const live = await standing(stack, tools);
    const parameters = deployed === undefined ? {} : parametersFor(deployed.deployment, deployed.image, template, live.stack);
    const tags = deployed === undefined ? (environmentStack?.tags ?? {}) : deployed.deployment.tags;
    const compared = plannedChanges(live.release, { template, parameters });
    const { replaced, losses } = await foreseen({ name: stack, template, parameters, tags, roleArn }, live.stack, written, tools);
    return { service, subject: service ?? stack, stack, losses, planned: withReplacements(compared, replaced, losses) };
  };
  // Side by side, and told in their order; the first that CloudFormation refuses is waited for with the others, whose change sets go too.
  const settled = await Promise.allSettled(changed.map(plan));
  const planned = settled.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
  for (const { subject, stack, planned: changes } of planned) tools.tell({ type: "planned", subject, stack, ...changes });
  const plans = new Map(planned.map(({ service, stack, planned: changes }) => [service, plannedText(stack, changes)]));
  refuseLosses(planned, { environment, force });
  if (protection.remark !== undefined) tools.tell({ type: "note", subject: own, text: protection.remark });
  const names = prepared.map(({ deployment }) => deployment.service.name).join(", ");
  const how = await guarded.agree(
    `Deploy ${names} to ${environment.name}, which is protected${protection.withdraws ? ", and withdraw its protection" : ""}?`,
  );
  const by = (await guarded.approver?.()) ?? guarded.caller;
  const record = (service: string | null, about: string, more: Pick<Approval, "image" | "changeSet"> = {}): Promise<void> =>
    recordApproval(guarded.secretStores.ssm, environment.name, service, {
      ...{ at: new Date(tools.clock.now()).toISOString(), by, how, verb: "deploy", about },
      ...more,
      ...(force ? { force } : {}),
    });
  if (protection.withdraws) await withdraw(environment, record, tools);
  else if (!changesOwn && environmentStack !== undefined && !environmentStack.terminationProtection) {
    // Its template is not this deployment's to change; that it cannot be deleted changes nothing of it.
    await record(null, protects(own));
    await protectStack(environmentStack, tools.aws);
  }
  return (service, { reference, findings } = unknownImage) => ({
    protect: protection.protects,
    beforeProtection: () => record(service, protects(service === null ? own : serviceStackName(environment.name, service))),
    beforeExecution: async (changeSet, losses) => {
      // What could not be foreseen, as a stack that was changed meanwhile, is not what was approved.
      refuseLosses([{ subject: service ?? own, losses }], { environment, force });
      const about = [
        plans.get(service) ?? `deploys ${service ?? own}`,
        ...losses.map(lossText),
        ...(findings === undefined ? [] : [`its image's findings agreed to: ${findings}`]),
      ].join("; ");
      return record(service, about, { changeSet, ...(reference === undefined ? {} : { image: reference }) });
    },
  });
}

/** A stack that the deployment brings to a template. */
interface Changed {
  /** Null for the environment's own. */
  readonly service: string | null;
  readonly stack: string;
  readonly template: Template;
  /** Absent for the environment's own. */
  readonly deployed?: Required<ToApprove>;
}

function templateOf({ document, service, environment }: Deployment, { standIns }: ReadyImage): Template {
  return document.kind === "Job" ? synthesizeStack(document, environment) : synthesizeService(withStandIns(service, standIns), environment);
}

const protects = (stack: string): string => `protects ${stack} from deletion`;

const unknownImage: ReadyImage = { reference: undefined, packed: false, standIns: new Map() };

/** What the image will be, in words where it has no reference yet. The stand-ins of sidecars are not known, so their task definition counts as changed. */
function expectedImage({ service, environment, place, wishes, cwd }: Deployment): ReadyImage {
  const { image, build } = service.service;
  const built = (folder: string): ReadyImage => ({ ...unknownImage, reference: `built from ${folder}`, packed: true });
  const standIn = image === undefined || wishes.image !== undefined ? undefined : standInContext(image, service, environment, cwd);
  if (standIn !== undefined) return built(standIn.folder);
  const choice = chooseImage(service, wishes, place, environment.images.registry ?? place);
  if (choice.kind === "build" && build !== undefined) return built(resolve(cwd, dirname(service.file), build.context));
  return choice.kind === "reference" ? { ...unknownImage, reference: choice.reference } : unknownImage;
}

/** The environment's own stack last: as long as it is protected, this can be begun again. */
async function withdraw(
  { name }: ResolvedEnvironment,
  record: (service: null, about: string) => Promise<void>,
  { aws, tell }: StackTools,
): Promise<void> {
  const own = environmentStackName(name);
  const stacks = (await listStacks(aws, own)).filter(
    (stack) => stack.terminationProtection && (stack.name === own || stack.name.startsWith(`${own}-`)),
  );
  stacks.sort((a, b) => Number(a.name === own) - Number(b.name === own));
  const text = `withdraws the termination protection of ${stacks.map((stack) => stack.name).join(", ")}`;
  await record(null, text);
  for (const stack of stacks) await unprotectStack(stack, aws);
  tell({ type: "note", subject: own, text });
}
