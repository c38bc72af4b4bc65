/** Images: put, get, list, describe, delete. */

import { createHash } from "node:crypto";
import {
  ImageAlreadyExistsException,
  ImageDigestDoesNotMatchException,
  type ImageFailureCode,
  type ImageIdentifier,
  ImageNotFoundException,
  ImageTagAlreadyExistsException,
  LayersNotFoundException,
  ReferencedImagesNotFoundException,
} from "@aws-sdk/client-ecr";
import type { Operations } from "../../gateway/operations.ts";
import { pageOf } from "../page.ts";
import { invalidParameter, requireRepository } from "./faults.ts";
import { isDigest } from "./image-reference.ts";
import type { ImageRecord, ImageRegistry, PutRefusal, RepositoryRecord } from "./image-registry.ts";

interface ImageFailure {
  readonly imageId: ImageIdentifier;
  readonly failureCode: ImageFailureCode;
  readonly failureReason: string;
}

export function imageOperations(registry: ImageRegistry): Operations<"ecr"> {
  const { account } = registry;

  const imageOf = (repository: RepositoryRecord, image: ImageRecord, imageTag: string | undefined) => ({
    registryId: account,
    repositoryName: repository.name,
    imageId: { imageDigest: image.digest, ...(imageTag === undefined ? {} : { imageTag }) },
    imageManifest: registry.manifestText(image.digest),
    imageManifestMediaType: image.mediaType,
  });

  const invalidToken = (): never => {
    throw invalidParameter("nextToken", "Invalid token");
  };

  return {
    PutImage: (input, { region }) => {
      const repository = requireRepository(registry, region, input.repositoryName, input.registryId);
      const bytes = Buffer.from(input.imageManifest ?? "", "utf8");
      const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
      if (input.imageDigest !== undefined && input.imageDigest !== digest) {
        throw new ImageDigestDoesNotMatchException({
          message: `The specified image digest '${input.imageDigest}' does not match the digest calculated from the manifest: '${digest}'`,
          $metadata: {},
        });
      }
      const outcome = registry.putImage(repository, bytes, input.imageTag, input.imageManifestMediaType);
      if ("refused" in outcome) throw refusal(outcome, repository, digest, input.imageTag, account);
      return { image: imageOf(repository, outcome, input.imageTag) };
    },

    BatchGetImage: (input, { region }) => {
      const repository = requireRepository(registry, region, input.repositoryName, input.registryId);
      const images = [];
      const failures = [];
      for (const imageId of input.imageIds ?? []) {
        const found = find(registry, repository, imageId);
        if ("failureCode" in found) failures.push(found);
        else images.push(imageOf(repository, found, imageId.imageTag));
      }
      return { images, failures };
    },

    ListImages: (input, { region }) => {
      const repository = requireRepository(registry, region, input.repositoryName, input.registryId);
      const tagged = registry.tags(repository);
      const withTag = new Set(tagged.map(({ digest }) => digest));
      const ids: ImageIdentifier[] = [
        ...tagged.map(({ tag, digest }) => ({ imageDigest: digest, imageTag: tag })),
        ...registry
          .images(repository)
          .filter(({ digest }) => !withTag.has(digest))
          .map(({ digest }) => ({ imageDigest: digest })),
      ].filter((id) => matchesTagStatus("imageTag" in id, input.filter?.tagStatus));
      const keyOf = ({ imageDigest = "", imageTag = "" }: ImageIdentifier): string => `${imageDigest}:${imageTag}`;
      ids.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
      const { items, nextToken } = pageOf(ids, keyOf, input.maxResults ?? 100, input.nextToken, invalidToken);
      return { imageIds: items, ...(nextToken === undefined ? {} : { nextToken }) };
    },

    DescribeImages: (input, { region }) => {
      const repository = requireRepository(registry, region, input.repositoryName, input.registryId);
      const tags = new Map<string, string[]>();
      for (const { tag, digest } of registry.tags(repository)) tags.set(digest, [...(tags.get(digest) ?? []), tag]);
      const describe = (image: ImageRecord) => ({
        registryId: account,
        repositoryName: repository.name,
        imageDigest: image.digest,
        ...(tags.has(image.digest) ? { imageTags: tags.get(image.digest) ?? [] } : {}),
        imageSizeInBytes: image.size,
        imagePushedAt: new Date(image.pushedAt),
        imageManifestMediaType: image.mediaType,
        ...(image.artifactType === undefined ? {} : { artifactMediaType: image.artifactType }),
        ...(image.subject === undefined ? {} : { subjectManifestDigest: image.subject }),
        ...(image.pulledAt === undefined ? {} : { lastRecordedPullTime: new Date(image.pulledAt) }),
        imageStatus: "ACTIVE" as const,
      });
      if (input.imageIds !== undefined) {
        const images = input.imageIds.map((imageId) => {
          const found = find(registry, repository, imageId);
          if ("failureCode" in found) {
            throw new ImageNotFoundException({
              message: `The image with imageId {${describeId(imageId)}} does not exist within the repository with name '${repository.name}' in the registry with id '${account}'`,
              $metadata: {},
            });
          }
          return found;
        });
        return { imageDetails: [...new Map(images.map((image) => [image.digest, image])).values()].map(describe) };
      }
      const images = registry.images(repository).filter(({ digest }) => matchesTagStatus(tags.has(digest), input.filter?.tagStatus));
      const { items, nextToken } = pageOf(images, ({ digest }) => digest, input.maxResults ?? 100, input.nextToken, invalidToken);
      return { imageDetails: items.map(describe), ...(nextToken === undefined ? {} : { nextToken }) };
    },

    BatchDeleteImage: (input, { region }) => {
      const repository = requireRepository(registry, region, input.repositoryName, input.registryId);
      const imageIds: ImageIdentifier[] = [];
      const failures: ImageFailure[] = [];
      for (const imageId of input.imageIds ?? []) {
        const found = find(registry, repository, imageId);
        if ("failureCode" in found) {
          failures.push(found);
          continue;
        }
        const tags = registry.tagsOf(repository, found.digest);
        const goes = imageId.imageTag === undefined || tags.length === 1;
        if (goes && registry.referenced(repository).has(found.digest)) {
          failures.push({
            imageId,
            failureCode: "ImageReferencedByManifestList",
            failureReason: "Requested image referenced by manifest list",
          });
          continue;
        }
        if (imageId.imageTag === undefined) {
          registry.removeImage(repository, found.digest);
          for (const imageTag of tags) imageIds.push({ imageDigest: found.digest, imageTag });
          if (tags.length === 0) imageIds.push({ imageDigest: found.digest });
        } else {
          registry.removeTag(repository, imageId.imageTag);
          imageIds.push({ imageDigest: found.digest, imageTag: imageId.imageTag });
        }
      }
      return { imageIds, failures };
    },
  };
}

function find(registry: ImageRegistry, repository: RepositoryRecord, imageId: ImageIdentifier): ImageRecord | ImageFailure {
  const { imageDigest, imageTag } = imageId;
  const fail = (failureCode: ImageFailureCode, failureReason: string): ImageFailure => ({ imageId, failureCode, failureReason });
  if (imageDigest === undefined && imageTag === undefined) {
    return fail("MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null");
  }
  if (imageDigest !== undefined && !isDigest(imageDigest)) {
    return fail("InvalidImageDigest", "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'");
  }
  const tagged = imageTag === undefined ? undefined : registry.digestOfTag(repository, imageTag);
  if (imageTag !== undefined && tagged === undefined) return fail("ImageNotFound", "Requested image not found");
  if (imageDigest !== undefined && tagged !== undefined && tagged !== imageDigest) {
    return fail("ImageTagDoesNotMatchDigest", "Requested image tag does not match the image digest");
  }
  const image = registry.image(repository, imageDigest ?? tagged ?? "");
  return image ?? fail("ImageNotFound", "Requested image not found");
}

function describeId({ imageDigest, imageTag }: ImageIdentifier): string {
  return `imageDigest:'${imageDigest ?? "null"}', imageTag:'${imageTag ?? "null"}'`;
}

function matchesTagStatus(tagged: boolean, status: string | undefined): boolean {
  if (status === "TAGGED") return tagged;
  if (status === "UNTAGGED") return !tagged;
  return true;
}

function refusal(outcome: PutRefusal, repository: RepositoryRecord, digest: string, tag: string | undefined, account: string): Error {
  const where = `the repository with name '${repository.name}' in registry with id '${account}'`;
  switch (outcome.refused) {
    case "malformed":
      return invalidParameter("ImageManifest", "Invalid JSON syntax or unsupported manifest");
    case "missing-layers":
      return new LayersNotFoundException({
        message: `Layers with digests '[${outcome.digests.join(", ")}]' required for pushing image into repository with name '${repository.name}' in the registry with id '${account}' do not exist`,
        $metadata: {},
      });
    case "missing-images":
      return new ReferencedImagesNotFoundException({
        message: `Images with digests '[${outcome.digests.join(", ")}]' required for pushing image into repository with name '${repository.name}' in the registry with id '${account}' do not exist`,
        $metadata: {},
      });
    case "tag-immutable":
      return new ImageTagAlreadyExistsException({
        message: `The image tag '${tag}' already exists in the '${repository.name}' repository and cannot be overwritten because the tag is immutable.`,
        $metadata: {},
      });
    case "exists":
      return new ImageAlreadyExistsException({
        message: `Image with digest '${digest}'${tag === undefined ? "" : ` and tag '${tag}'`} already exists in ${where}`,
        $metadata: {},
      });
  }
}
