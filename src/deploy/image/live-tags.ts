/**
 * What runs where, kept with the images themselves: after a deployment the image's digest is tagged `fsd-<env>-live`, and the
 * one that was live before `fsd-<env>-rollback`. The repository's lifecycle keeps what has such a tag for ever, and its
 * tags stay movable. As a registry is shared between accounts where environments are not, promotion is judged by them.
 */
import type { Aws } from "../../aws/aws.ts";
import { type EcrReference, type Place, parseEcrReference } from "./image-choice.ts";

export const liveTag = (environment: string): string => `fsd-${environment}-live`;
export const rollbackTag = (environment: string): string => `fsd-${environment}-rollback`;

type Repository = Pick<EcrReference, "account" | "repository">;

/** The digest (`sha256:…`) that has the tag; undefined when the repository is not there, or has no such tag. */
export async function digestTagged(aws: Aws, { account, repository }: Repository, imageTag: string): Promise<string | undefined> {
  try {
    const { imageDetails = [] } = await aws.ecr.describeImages({
      registryId: account,
      repositoryName: repository,
      imageIds: [{ imageTag }],
    });
    return imageDetails[0]?.imageDigest;
  } catch (error) {
    if (["ImageNotFoundException", "RepositoryNotFoundException"].includes((error as Error).name)) return undefined;
    throw error;
  }
}

/**
 * Tags the image as what is live in the environment. Images outside ECR, or in ECR elsewhere, cannot be tagged from here and are left alone.
 * @param reference by digest
 */
export async function markLive(aws: Aws, reference: string, environment: string, place: Place): Promise<void> {
  const image = parseEcrReference(reference);
  if (image?.digest === undefined || image.region !== place.region) return;
  const before = await digestTagged(aws, image, liveTag(environment));
  if (before === image.digest) return;
  // First the way back: were this the last that is done, nothing would be lost.
  if (before !== undefined) await tag(aws, image, before, rollbackTag(environment));
  await tag(aws, image, image.digest, liveTag(environment));
}

async function tag(aws: Aws, { account, repository }: Repository, imageDigest: string, imageTag: string): Promise<void> {
  const place = { registryId: account, repositoryName: repository };
  const { images = [] } = await aws.ecr.batchGetImage({ ...place, imageIds: [{ imageDigest }] });
  const { imageManifest, imageManifestMediaType } = images[0] ?? {};
  // It expired while it ran.
  if (imageManifest === undefined) return;
  try {
    await aws.ecr.putImage({ ...place, imageManifest, imageManifestMediaType, imageDigest, imageTag });
  } catch (error) {
    // It has the tag already.
    if ((error as Error).name !== "ImageAlreadyExistsException") throw error;
  }
}
