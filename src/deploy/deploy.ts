/**
 * `deploy` as a function: what could forbid it is asked before anything changes, the environment's stack and the images are made
 * side by side, then services and jobs in waves: what others depend on first. It yields events and prints nothing.
 */
import { type Admitted, admit } from "./admission/admit.ts";
import type { DeployRequest } from "./deploy-request.ts";
import { deployService } from "./deploy-service.ts";
import type { Deployment } from "./deployment.ts";
import { deploymentWaves, waiting } from "./deployment-waves.ts";
import { ensureEnvironment } from "./environment-stack.ts";
import { eventStream } from "./event-stream.ts";
import type { DeployEvent, Outcome } from "./events.ts";
import { markLive } from "./image/live-tags.ts";
import { type Prepared, type ReadyImage, readyImages } from "./image/ready-image.ts";
import { deployJob } from "./job/deploy-job.ts";
import { rhythmOf } from "./polling.ts";
import { approveDeploy, type GuardOf } from "./protection/approve-deploy.ts";
import { withLocalSecrets } from "./secrets/local-form.ts";
import { hookStandIns, keepHookStandIns } from "./service/hook-stand-ins.ts";
import { SpareWork } from "./spare-work.ts";
import type { StackTools } from "./stack/stack.ts";

/** What became of each service and job; one that is not in it was not begun. */
export type DeployResult = ReadonlyMap<string, Outcome>;

export function deploy(given: DeployRequest): AsyncGenerator<DeployEvent, DeployResult> {
  return eventStream(given.clock, async (tell) => {
    const { aws, clock, signal, environment } = given;
    const request = environment.local ? { ...given, documents: given.documents.map(withLocalSecrets) } : given;
    const tools: StackTools = { aws, clock, signal, tell, rhythm: rhythmOf(environment), spare: new SpareWork() };
    const admitted = await admit(request, tools);
    const prepared = environment.local ? await prepareHere(admitted, request, tools) : await prepareThere(admitted, request, tools);
    const outcomes = await deployInWaves(prepared, request, tools);
    await tools.spare.end();
    return outcomes;
  });
}

/** On this machine images are built while the environment is made: they are not known yet when the deployment is approved. */
async function prepareHere(admitted: Admitted, request: DeployRequest, tools: StackTools): Promise<readonly Prepared[]> {
  const guardOf = await approveDeploy(
    admitted.deployments.map((deployment) => ({ deployment })),
    { ...request, ...admitted },
    tools,
  );
  const deployments = await admitted.settle();
  const environment = environmentStands(admitted, request, guardOf, tools);
  return guarded(await readyImages({ ...admitted, deployments }, request, tools, environment), guardOf);
}

/** Elsewhere they are there already, so that one that is not let in leaves even the environment as it was. */
async function prepareThere(admitted: Admitted, request: DeployRequest, tools: StackTools): Promise<readonly Prepared[]> {
  const prepared = await readyImages({ ...admitted, deployments: await admitted.settle() }, request, tools);
  const guardOf = await approveDeploy(prepared, { ...request, ...admitted }, tools);
  await environmentStands(admitted, request, guardOf, tools);
  return guarded(prepared, guardOf);
}

function environmentStands(
  { environmentStack }: Admitted,
  { environment, fsdVersion }: DeployRequest,
  guardOf: GuardOf | undefined,
  tools: StackTools,
): Promise<void> {
  return ensureEnvironment(environment, environmentStack, guardOf?.(null), fsdVersion, tools);
}

function guarded(prepared: readonly Prepared[], guardOf: GuardOf | undefined): readonly Prepared[] {
  if (guardOf === undefined) return prepared;
  return prepared.map(({ deployment, image }) => ({
    deployment: { ...deployment, guard: guardOf(deployment.service.name, image) },
    image,
  }));
}

/** One wave after the other; none is begun after one in which something is not live. */
async function deployInWaves(prepared: readonly Prepared[], request: DeployRequest, tools: StackTools): Promise<DeployResult> {
  const { environment, signal } = request;
  const outcomes = new Map<string, Outcome>();
  for (const wave of deploymentWaves(prepared, ({ deployment }) => waiting(deployment.document, environment))) {
    if (signal.aborted) break;
    const settled = await Promise.allSettled(
      wave.map(async ({ deployment, image }) => {
        const outcome = await deployOne(deployment, image, request, tools);
        outcomes.set(deployment.document.name, outcome);
        // Images of this machine are promoted nowhere.
        if (!environment.local && isLive(outcome)) tools.spare.add(() => noteLive(deployment, image, tools));
      }),
    );
    const broken = settled.find((one) => one.status === "rejected");
    if (broken !== undefined) throw broken.reason;
    if (![...outcomes.values()].every(isLive)) break;
  }
  return outcomes;
}

function deployOne(deployment: Deployment, image: ReadyImage, request: DeployRequest, tools: StackTools): Promise<Outcome> {
  const { document } = deployment;
  if (document.kind === "Job") return deployJob(document, deployment, image, request.jobServices, tools);
  const { stateDir, environment, cwd } = request;
  if (stateDir !== undefined) keepHookStandIns(stateDir, document.name, hookStandIns(document, environment, cwd));
  return deployService(deployment, image, request, tools);
}

function isLive(outcome: Outcome): boolean {
  return outcome === "live" || outcome === "unchanged";
}

/** What is live is tagged so. That the registry does not permit it is no fault of the deployment, but what is promoted from here must know. */
async function noteLive({ service, environment, place }: Deployment, image: ReadyImage, { aws, tell }: StackTools): Promise<void> {
  if (image.reference === undefined) return;
  try {
    await markLive(aws, image.reference, environment.name, place);
  } catch (error) {
    const text = `its image could not be tagged as live in ${environment.name}, so that nothing is promoted from there: ${(error as Error).message}`;
    tell({ type: "note", subject: service.name, text });
  }
}
