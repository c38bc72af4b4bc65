/**
 * What a deployment is asked before anything changes, side by side where one answer does not need another: whose account it is,
 * whose stacks and requests, who deploys a service and where its traffic is, whether it is frozen, whether its image is there and runs there, whether what it refers to exists,
 * whether CloudFormation would take its template, and whether it may leave a protected environment without tasks.
 */
import { dirname, resolve } from "node:path";
import { type Deployable, taskOf } from "../../manifest/deployable.ts";
import { environmentStackName, serviceStackName } from "../../synth/names.ts";
import type { DeployRequest } from "../deploy-request.ts";
import type { Deployment } from "../deployment.ts";
import { refuseFrozen } from "../freeze.ts";
import { givenImage } from "../image/given-image.ts";
import { refuseLastTasks } from "../protection/last-task.ts";
import { type Protection, protectionOf } from "../protection/protection.ts";
import { sourceRepository } from "../source-repository.ts";
import { checkOwnership, stackTags } from "../stack/ownership.ts";
import { findStack, type StackTools, type StackView } from "../stack/stack.ts";
import { checkedCaller } from "./checked-caller.ts";
import { lookUpValues } from "./looked-up-values.ts";
import { ServiceRegistry } from "./service-registry.ts";
import { refuseByStandingService } from "./standing-service.ts";
import { checkTemplateSizes } from "./template-size.ts";

/** A deployment that may begin. */
export interface Admitted {
  /** As they are foreseen, which is what they are approved by. */
  readonly deployments: readonly Deployment[];
  /** Puts in place what they bring along besides their stacks (on `local` secrets), and answers with them as they are then. */
  readonly settle: () => Promise<readonly Deployment[]>;
  /** The environment's, when it stands. */
  readonly environmentStack: StackView | undefined;
  readonly protection: Protection;
  /** ARN of who calls. */
  readonly caller: string;
  /** Resolves when no image that is there already is known to be made for other processors; goes on meanwhile. */
  readonly imagesRun: Promise<unknown>;
}

/** Fails with what forbids the deployment; nothing is changed then. */
export async function admit(request: DeployRequest, tools: StackTools): Promise<Admitted> {
  const {
    aws,
    secretStores: stores,
    environment,
    documents,
    wishes,
    cwd,
    timeoutMs,
    speed = 1,
    force = false,
    unprotect = false,
  } = request;
  const { tell } = tools;
  const registry = new ServiceRegistry(stores.ssm, environment, documents, tell);
  // Elsewhere nothing is asked before it is certain whose account it is.
  if (environment.local) registry.begin();
  const { caller, ...place } = await checkedCaller(aws, environment);
  // It takes as long as what is asked meanwhile.
  const standing = findStack(aws, environmentStackName(environment.name));
  standing.catch(() => undefined); // Thrown where it is awaited.
  const considered = documents.map((document) => {
    const service = taskOf(document);
    const existing = findStack(aws, serviceStackName(environment.name, document.name));
    const image = givenImage({ service, environment, wishes, place, cwd, existing }, tools);
    const fits = refuseByStandingService(aws, document, environment, existing);
    return { document, service, image, claim: claimed(document, existing, request), fits };
  });
  const imagesRun = Promise.all(considered.map(({ image }) => image.runs));
  imagesRun.catch(() => undefined); // Thrown where it is awaited.
  const standsProtected = async (): Promise<boolean> => (await standing)?.terminationProtection === true;
  const permitted = Promise.all([
    registry.refuseCollisions(place),
    ...documents.map((one) => one.kind === "Service" && refuseFrozen(stores.ssm, one, environment, standsProtected)),
    ...considered.flatMap(({ claim, fits }) => [claim, fits]),
  ]);
  // Here nothing else takes long: what an image forbids is said before anyone is asked.
  if (environment.local) await Promise.all([permitted, imagesRun]);
  const [lookUps] = await Promise.all([lookUpValues(documents, { aws, stores, registry, environment, cwd, tell }), permitted]);
  checkTemplateSizes(environment, documents);
  const deployments = await Promise.all(
    considered.map(
      async ({ document, service, image, claim }): Promise<Deployment> => ({
        ...{ document, service, environment, place, cwd, timeoutMs, speed, parameters: stores.ssm },
        wishes: await image.wishes,
        lookedUp: lookUps.foreseen.get(document.name) ?? {},
        ...(await claim),
      }),
    ),
  );
  const environmentStack = await standing;
  const protection = protectionOf(environment, environmentStack, unprotect);
  await refuseLastTasks(documents, { environment, protection, force }, tools);
  const settle = async (): Promise<readonly Deployment[]> => {
    const found = await lookUps.settle();
    return deployments.map((deployment) => ({ ...deployment, lookedUp: found.get(deployment.document.name) ?? {} }));
  };
  return { deployments, settle, environmentStack, protection, caller, imagesRun };
}

/** Whether there is a stack of a service or job, and the tags it gets; refused when it is someone else's. */
async function claimed(
  document: Deployable,
  existing: Promise<StackView | undefined>,
  request: DeployRequest,
): Promise<Pick<Deployment, "isNew" | "tags">> {
  const { environment, cwd, fsdVersion, takeOver } = request;
  const [stack, repository] = await Promise.all([existing, sourceRepository(resolve(cwd, dirname(taskOf(document).file)))]);
  const claim = { service: document, environment, repository, fsdVersion };
  if (!takeOver) checkOwnership(claim, stack);
  return { isNew: stack === undefined, tags: stackTags(claim, stack) };
}
