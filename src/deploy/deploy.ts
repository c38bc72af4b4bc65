/**
 * `deploy` as a function: the account is checked before anything else, the environment's stack and the images are made
 * side by side, then services and jobs in waves: what others depend on first. It yields events and prints nothing.
 */
import { dirname, resolve } from "node:path";
import type { Aws } from "../aws/aws.ts";
import type { CloudWatch } from "../aws/cloud-watch.ts";
import type { JobServices } from "../aws/job-services.ts";
import type { SecretStores } from "../aws/secret-stores.ts";
import type { Clock } from "../kit/clock.ts";
import { type Deployable, taskOf } from "../manifest/deployable.ts";
import type { ResolvedEnvironment } from "../manifest/resolved.ts";
import { failure } from "../model/failures.ts";
import { environmentStackName, serviceStackName } from "../synth/names.ts";
import { deployService, prepareImage, type ReadyImage, type ServiceDeployment } from "./deploy-service.ts";
import { deploymentWaves, waiting } from "./deployment-waves.ts";
import { ensureEnvironment } from "./environment-stack.ts";
import { eventStream } from "./event-stream.ts";
import type { DeployEvent, Outcome } from "./events.ts";
import { refuseFrozen } from "./freeze.ts";
import { givenImage } from "./image/given-image.ts";
import type { ImageWishes, Place } from "./image/image-choice.ts";
import { markLive } from "./image/live-tags.ts";
import { passScanGate, type ScanRequest } from "./image/scan-check.ts";
import { deployJob } from "./job/deploy-job.ts";
import { lookUpValues } from "./looked-up-values.ts";
import { rhythmOf } from "./polling.ts";
import type { Agreement } from "./protection/approval.ts";
import { approveDeploy, type GuardOf, refuseLastTasks, type ToApprove } from "./protection/approve-deploy.ts";
import { protectionOf } from "./protection/protection.ts";
import { withLocalSecrets } from "./secrets/local-form.ts";
import { hookStandIns, keepHookStandIns } from "./service/hook-stand-ins.ts";
import { ServiceRegistry } from "./service-registry.ts";
import { sourceRepository } from "./source-repository.ts";
import { SpareWork } from "./spare-work.ts";
import type { StackGuard } from "./stack/apply-stack.ts";
import { checkOwnership, stackTags } from "./stack/ownership.ts";
import type { StackTools, StackView } from "./stack/stack.ts";
import { findStack } from "./stack/stack.ts";
import { checkTemplateSizes } from "./stack/template-size.ts";

export interface DeployRequest {
  readonly aws: Aws;
  readonly secretStores: SecretStores;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly environment: ResolvedEnvironment;
  /** Services and jobs. */
  readonly documents: readonly Deployable[];
  /** Asked for when a job has schedules. */
  readonly jobServices: () => Promise<JobServices>;
  /** Asked for when a service is watched after its deployment. */
  readonly cloudWatch: () => Promise<CloudWatch>;
  readonly wishes: ImageWishes;
  /**
   * Asks a person whether an image with findings shall be deployed, or a protected environment changed; rejects when the
   * answer is no, or nobody can be asked.
   */
  readonly agree: (question: string) => Promise<Agreement>;
  /** ARN of who approves, where that is another than who calls, as with an assumed role. */
  readonly approver?: () => Promise<string>;
  /** What the manifests' own paths are relative to. */
  readonly cwd: string;
  /** How long each service's rollout may take before it is ended; computed from its manifest when absent. */
  readonly timeoutMs?: number | undefined;
  /** How many times faster than AWS the environment's waits are; absent: as on AWS. */
  readonly speed?: number | undefined;
  /** The local platform's; absent elsewhere. */
  readonly stateDir?: string | undefined;
  /** This program's version. */
  readonly fsdVersion: string;
  /** Deploys over a stack of another service or repository. */
  readonly takeOver: boolean;
  /** Lets a service of a protected environment be left without tasks. */
  readonly force?: boolean;
  /** Withdraws the protection of an environment whose document does not say `protect: true`. */
  readonly unprotect?: boolean;
}

/** What became of each service and job; one that is not in it was not begun. */
export type DeployResult = ReadonlyMap<string, Outcome>;

export function deploy(request: DeployRequest): AsyncGenerator<DeployEvent, DeployResult> {
  return eventStream(request.clock, async (tell) => {
    const { aws, secretStores: stores, clock, signal, environment, wishes, cwd, timeoutMs, speed = 1 } = request;
    const documents = environment.local ? request.documents.map(withLocalSecrets) : request.documents;
    const spare = new SpareWork();
    const tools: StackTools = { aws, clock, signal, tell, rhythm: rhythmOf(environment), spare };
    const registry = new ServiceRegistry(stores.ssm, environment, documents, tell);
    // Elsewhere nothing is asked before it is certain whose account it is.
    if (environment.local) registry.begin();
    const { caller, ...place } = await checkedPlace(aws, environment);
    // It takes as long as what is asked meanwhile.
    const standing = findStack(aws, environmentStackName(environment.name));
    standing.catch(() => undefined); // Thrown where it is awaited.
    const considered = documents.map((document) => {
      const service = taskOf(document);
      const existing = findStack(aws, serviceStackName(environment.name, document.name));
      const image = givenImage({ service, environment, wishes, place, cwd, existing }, tools);
      return { document, service, image, claim: claimed(document, existing, request) };
    });
    const imagesRun = Promise.all(considered.map(({ image }) => image.runs));
    imagesRun.catch(() => undefined); // Thrown where it is awaited.
    const admitted = Promise.all([
      registry.refuseCollisions(place),
      ...documents.map((one) => one.kind === "Service" && refuseFrozen(stores.ssm, one, environment)),
      ...considered.map(({ claim }) => claim),
    ]);
    // On `local` looking up puts secrets in place, elsewhere it changes nothing.
    if (environment.local) await Promise.all([admitted, imagesRun]);
    const [found] = await Promise.all([lookUpValues(documents, { aws, stores, registry, environment, cwd, tell }), admitted]);
    checkTemplateSizes(environment, documents);
    const deployments = await Promise.all(
      considered.map(
        async ({ document, service, image, claim }): Promise<ServiceDeployment & { document: Deployable }> => ({
          ...{ document, service, environment, place, cwd, timeoutMs, speed, parameters: stores.ssm },
          wishes: await image.wishes,
          lookedUp: found.get(document.name) ?? {},
          ...(await claim),
        }),
      ),
    );
    const environmentStack = await standing;
    const { force = false, unprotect = false, approver = async () => caller } = request;
    const protection = protectionOf(environment, environmentStack, unprotect);
    await refuseLastTasks(documents, { environment, protection, force }, tools);
    const environmentStands = (guard?: StackGuard) => ensureEnvironment(environment, environmentStack, guard, request.fsdVersion, tools);
    const guarded = { environment, protection, environmentStack, force, agree: request.agree, by: approver, parameters: stores.ssm };
    const approved = async (ready: readonly ToApprove[]) => (protection.isProtected ? approveDeploy(ready, guarded, tools) : undefined);
    const withImagesBeside = (beside?: Promise<void>) => withImages(deployments, environment, { beside, imagesRun }, request.agree, tools);
    let guardOf: GuardOf | undefined;
    let prepared: Awaited<ReturnType<typeof withImagesBeside>>;
    if (environment.local) {
      // Images are built while the environment is made: they are not known yet when it is approved.
      guardOf = await approved(deployments.map((deployment) => ({ deployment })));
      prepared = await withImagesBeside(environmentStands(guardOf?.(null)));
    } else {
      // They are there already, so that one that is not let in leaves even the environment as it was.
      prepared = await withImagesBeside();
      guardOf = await approved(prepared);
      await environmentStands(guardOf?.(null));
    }
    const outcomes = new Map<string, Outcome>();
    for (const wave of deploymentWaves(prepared, ({ deployment }) => waiting(deployment.document, environment))) {
      if (signal.aborted) break;
      const settled = await Promise.allSettled(
        wave.map(async ({ deployment: unguarded, image }) => {
          const { document } = unguarded;
          const deployment = guardOf === undefined ? unguarded : { ...unguarded, guard: guardOf(document.name, image) };
          if (request.stateDir !== undefined && document.kind === "Service")
            keepHookStandIns(request.stateDir, document.name, hookStandIns(document, environment, cwd));
          const done =
            document.kind === "Job"
              ? deployJob(document, deployment, image, request.jobServices, tools)
              : deployService(deployment, image, request.cloudWatch, tools);
          const outcome = await done;
          outcomes.set(document.name, outcome);
          // Images of this machine are promoted nowhere.
          if (!environment.local && (outcome === "live" || outcome === "unchanged")) spare.add(() => noteLive(deployment, image, tools));
        }),
      );
      const broken = settled.find((one) => one.status === "rejected");
      if (broken !== undefined) throw broken.reason;
      if ([...outcomes.values()].some((outcome) => outcome !== "live" && outcome !== "unchanged")) break;
    }
    await spare.end();
    return outcomes;
  });
}

/** Who calls, and where: the caller's account must be the document's before any other call is made. */
async function checkedPlace(aws: Aws, environment: ResolvedEnvironment): Promise<Place & { readonly caller: string }> {
  const [{ Account: account = "", Arn: caller = "" }, region] = await Promise.all([aws.sts.getCallerIdentity({}), aws.region()]);
  if (environment.account !== undefined && !environment.local && account !== environment.account) {
    throw failure(
      "FSD7001",
      `these credentials are of account ${account}, the environment ${environment.name} is in ${environment.account}`,
      {
        hint: "choose another AWS_PROFILE, or correct environment.account",
      },
    );
  }
  return { account, region, caller };
}

/** Each deployment with its image, once that may be deployed. `beside`: what is done meanwhile; `imagesRun`: what is asked meanwhile. */
async function withImages<Given extends ServiceDeployment>(
  deployments: readonly Given[],
  environment: ResolvedEnvironment,
  { beside, imagesRun }: { readonly beside: Promise<void> | undefined; readonly imagesRun: Promise<unknown> },
  agree: ScanRequest["agree"],
  tools: StackTools,
): Promise<readonly { readonly deployment: Given; readonly image: ReadyImage }[]> {
  // A failed image must not leave the environment's stack unwatched.
  const [ready, ...images] = await Promise.allSettled([beside, ...deployments.map((deployment) => prepareImage(deployment, tools))]);
  if (ready.status === "rejected") throw ready.reason;
  const built = images.map((image) => {
    if (image.status === "rejected") throw image.reason;
    return image.value;
  });
  await imagesRun;
  const prepared: { deployment: Given; image: ReadyImage }[] = [];
  // One after the other: each may have a question.
  for (const [index, deployment] of deployments.entries()) {
    const image = built[index] as ReadyImage;
    const { service, place } = deployment;
    const { reference } = image;
    const findings =
      reference === undefined ? undefined : await passScanGate({ subject: service.name, reference, environment, place, agree }, tools);
    prepared.push({ deployment, image: findings === undefined ? image : { ...image, findings } });
  }
  return prepared;
}

/** What is live is tagged so. That the registry does not permit it is no fault of the deployment, but what is promoted from here must know. */
async function noteLive({ service, environment, place }: ServiceDeployment, image: ReadyImage, { aws, tell }: StackTools): Promise<void> {
  if (image.reference === undefined) return;
  try {
    await markLive(aws, image.reference, environment.name, place);
  } catch (error) {
    const text = `its image could not be tagged as live in ${environment.name}, so that nothing is promoted from there: ${(error as Error).message}`;
    tell({ type: "note", subject: service.name, text });
  }
}

/** Whether there is a stack of a service or job, and the tags it gets; refused when it is someone else's. */
async function claimed(
  document: Deployable,
  existing: Promise<StackView | undefined>,
  request: DeployRequest,
): Promise<Pick<ServiceDeployment, "isNew" | "tags">> {
  const { environment, cwd, fsdVersion, takeOver } = request;
  const [stack, repository] = await Promise.all([existing, sourceRepository(resolve(cwd, dirname(taskOf(document).file)))]);
  const claim = { service: document, environment, repository, fsdVersion };
  if (!takeOver) checkOwnership(claim, stack);
  return { isNew: stack === undefined, tags: stackTags(claim, stack) };
}
