/** The images of a deployment, ready before any stack of theirs is touched: built, pushed or resolved, and let in by the environment's scan gate. */
import { dirname, resolve } from "node:path";
import { failure } from "../../model/failures.ts";
import type { Admitted } from "../admission/admit.ts";
import type { DeployRequest } from "../deploy-request.ts";
import type { Deployment } from "../deployment.ts";
import type { StackTools } from "../stack/stack.ts";
import { buildImage } from "./build-image.ts";
import { chooseImage, pinned, repositoryUri } from "./image-choice.ts";
import { type StandIns, sidecarStandIns, standInContext } from "./image-stand-ins.ts";
import { passScanGate } from "./scan-check.ts";

/** The image of a service, ready before its stack is touched; undefined keeps the live one. */
export interface ReadyImage {
  readonly reference: string | undefined;
  readonly packed: boolean;
  /** What `.dockerignore` kept out of a packed image. */
  readonly leftOut?: readonly string[];
  /** What runs in the place of sidecars' images on local. */
  readonly standIns: StandIns;
  /** What a scan found of it, and a person agreed to. */
  readonly findings?: string;
}

/** Builds, pushes and resolves. Needs no environment, so it can go on while that one is made. */
async function prepareImage(deployment: Deployment, tools: StackTools): Promise<ReadyImage> {
  const standIns = await sidecarStandIns(deployment, tools);
  return { ...(await ownImage(deployment, tools)), standIns };
}

async function ownImage(
  { service, environment, place, wishes, cwd }: Deployment,
  tools: StackTools,
): Promise<Omit<ReadyImage, "standIns">> {
  const { aws, tell } = tools;
  const { name: subject } = service;
  const { image, build, resources } = service.service;
  const packed = async ({ context, ...given }: NonNullable<typeof build>): Promise<Omit<ReadyImage, "standIns">> => {
    const folder = resolve(cwd, dirname(service.file), context);
    tell({ type: "step", subject, step: "image", state: "running", text: `packing ${context === "." ? folder : context}` });
    const all = { ...given, folder, architecture: resources.architecture };
    const { reference, leftOut, text } = await buildImage(subject, all, environment, place, tools);
    tell({ type: "step", subject, step: "image", state: "done", text });
    return { reference, packed: true, leftOut };
  };
  const registry = environment.images.registry ?? place;
  const named = wishes.image ?? image;
  const standIn = named === undefined ? undefined : standInContext(named, service, environment, cwd);
  if (standIn !== undefined) return packed({ ...standIn, context: standIn.folder });
  const choice = chooseImage(service, wishes, place, registry);
  if (choice.kind === "live") return { reference: undefined, packed: false };
  if (choice.kind === "reference") {
    tell({ type: "step", subject, step: "image", state: "running", text: choice.reference });
    const reference = await pinned(aws, choice.reference, place);
    tell({ type: "step", subject, step: "image", state: "done", text: reference });
    return { reference, packed: false };
  }
  if (!environment.local || build === undefined) {
    throw failure("FSD8002", `${subject} is built from source, which deploy does for the environment local only`, {
      hint: `build and push the image, then: fsd deploy --env ${environment.name} --service ${subject} --image ${repositoryUri(subject, registry)}:<tag>`,
    });
  }
  return packed(build);
}

/** A deployment with its image. */
export interface Prepared {
  readonly deployment: Deployment;
  readonly image: ReadyImage;
}

/** Each deployment with its image, once that may be deployed. `beside`: what is done meanwhile. */
export async function readyImages(
  { deployments, imagesRun }: Pick<Admitted, "deployments" | "imagesRun">,
  { environment, agree }: Pick<DeployRequest, "environment" | "agree">,
  tools: StackTools,
  beside?: Promise<void>,
): Promise<readonly Prepared[]> {
  // A failed image must not leave the environment's stack unwatched.
  const [ready, ...images] = await Promise.allSettled([beside, ...deployments.map((deployment) => prepareImage(deployment, tools))]);
  if (ready.status === "rejected") throw ready.reason;
  const built = images.map((image) => {
    if (image.status === "rejected") throw image.reason;
    return image.value;
  });
  await imagesRun;
  const prepared: Prepared[] = [];
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
