/**
 * Promotion: an environment with `promoteFrom` takes only images that are live in the environment it names. What is live
 * there is read from the registry (see live-tags.ts); an image that is live here already, or was before it, may stay or
 * come back, so that a change of the manifest or a return to the former version needs nothing of the other environment.
 */
import type { Aws } from "../../aws/aws.ts";
import type { ResolvedEnvironment, ResolvedService } from "../../manifest/resolved.ts";
import { failure } from "../../model/failures.ts";
import type { Tell } from "../events.ts";
import {
  chooseImage,
  type EcrReference,
  filledIn,
  type ImageWishes,
  type Place,
  parseEcrReference,
  pinned,
  repositoryUri,
} from "./image-choice.ts";
import { digestTagged, liveTag, rollbackTag } from "./live-tags.ts";

export interface PromotionRequest {
  readonly service: ResolvedService;
  readonly environment: ResolvedEnvironment;
  readonly wishes: ImageWishes;
  /** Where the caller is. */
  readonly place: Place;
}

/**
 * The wishes with the image that is promoted, by digest; as they are where nothing is promoted. Without `--image` and
 * `--version`, and without a version in the manifest, it is the one that is live in the other environment. Fails as FSD8007.
 */
export async function promoted({ service, environment, wishes, place }: PromotionRequest, aws: Aws, tell: Tell): Promise<ImageWishes> {
  const { promoteFrom: source } = environment;
  if (source === undefined) return wishes;
  const { name: subject } = service;
  const registry = environment.images.registry ?? place;
  const choice = chooseImage(service, wishes, place, registry);
  const asked = choice.kind === "reference" ? await pinned(aws, choice.reference, place) : undefined;
  const image = parseEcrReference(asked ?? anyVersion(service, place, registry));
  if (image === undefined || image.region !== place.region) {
    throw failure(
      "FSD8007",
      `${environment.name} takes images from ${source} only, and what is live there is known of images in ECR in ${place.region}: ${asked ?? subject} is elsewhere`,
      {
        hint: `push it to ${repositoryUri(subject, registry)}, or leave promoteFrom out of ${environment.name}`,
      },
    );
  }
  const there = await digestTagged(aws, image, liveTag(source));
  if (asked === undefined) {
    if (there === undefined) throw nothingThere(subject, source, image);
    tell({ type: "note", subject, text: `promotes ${short(there)}, which is live in ${source}` });
    return { ...wishes, image: byDigest(image, there) };
  }
  const here = [liveTag(environment.name), rollbackTag(environment.name)].map((tag) => digestTagged(aws, image, tag));
  const allowed = [there, ...(await Promise.all(here))];
  if (image.digest !== undefined && allowed.includes(image.digest)) return { ...wishes, image: asked };
  if (there === undefined) throw nothingThere(subject, source, image);
  throw failure("FSD8007", `${environment.name} takes images from ${source} only, and ${asked} is not live there: ${short(there)} is`, {
    hint: `deploy it to ${source} first (fsd deploy --env ${source} --service ${subject} --image ${asked}), or leave --version and --image out to promote ${short(there)}`,
  });
}

/** A reference into the repository that the service's images are in, whatever its version. */
function anyVersion({ name, service }: ResolvedService, place: Place, registry: Place): string {
  const written = service.image === undefined ? undefined : filledIn(service.image, "any", place);
  return written ?? `${repositoryUri(name, registry)}:any`;
}

function nothingThere(subject: string, source: string, { account, repository }: EcrReference): Error {
  return failure(
    "FSD8007",
    `no image of ${subject} is live in ${source}: ${repository} in the registry of ${account} has none tagged ${liveTag(source)}`,
    {
      hint: `deploy it there first: fsd deploy --env ${source} --service ${subject}`,
    },
  );
}

function byDigest(image: EcrReference, digest: string): string {
  return `${repositoryUri(image.repository, image)}@${digest}`;
}

/** As people compare them: `sha256:` and twelve digits. */
function short(digest: string): string {
  return digest.slice(0, "sha256:".length + 12);
}
