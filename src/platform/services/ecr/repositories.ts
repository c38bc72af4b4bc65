/** Repositories: create, describe, delete, and the settings an update may change. */
import {
  type ImageTagMutabilityExclusionFilter,
  type Repository,
  RepositoryAlreadyExistsException,
  RepositoryNotEmptyException,
} from "@aws-sdk/client-ecr";
import { formatArn } from "../../../model/arn.ts";
import type { Operations } from "../../gateway/operations.ts";
import { pageOf } from "../page.ts";
import { invalidParameter, mergeTags, repositoryNotFound, requireRepository } from "./faults.ts";
import type { ImageRegistry, RepositoryRecord } from "./image-registry.ts";

function repositoryArn(account: string, { region, name }: Pick<RepositoryRecord, "region" | "name">): string {
  return formatArn("ecr", region, account, `repository/${name}`);
}

/** What an image of this repository is called; the local registry answers to AWS's own host names. */
function repositoryUri(account: string, { region, name }: Pick<RepositoryRecord, "region" | "name">): string {
  return `${account}.dkr.ecr.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}/${name}`;
}

export function repositoryOperations(registry: ImageRegistry, now: () => number): Operations<"ecr"> {
  const { account } = registry;

  const describe = (repository: RepositoryRecord): Repository => ({
    repositoryArn: repositoryArn(account, repository),
    registryId: account,
    repositoryName: repository.name,
    repositoryUri: repositoryUri(account, repository),
    createdAt: new Date(repository.createdAt),
    imageTagMutability: repository.tagMutability,
    ...(repository.exclusionFilters.length === 0 ? {} : { imageTagMutabilityExclusionFilters: filtersOf(repository) }),
    imageScanningConfiguration: { scanOnPush: repository.scanOnPush },
    encryptionConfiguration: {
      encryptionType: repository.encryptionType as "AES256" | "KMS" | "KMS_DSSE",
      ...(repository.kmsKey === undefined ? {} : { kmsKey: repository.kmsKey }),
    },
  });

  return {
    CreateRepository: (input, { region }) => {
      const name = input.repositoryName ?? "";
      if (registry.findRepository(name, region) !== undefined) {
        throw new RepositoryAlreadyExistsException({
          message: `The repository with name '${name}' already exists in the registry with id '${account}'`,
          $metadata: {},
        });
      }
      const tagMutability = input.imageTagMutability ?? "MUTABLE";
      const { kmsKey } = input.encryptionConfiguration ?? {};
      const repository: RepositoryRecord = {
        region,
        name,
        createdAt: now(),
        tagMutability,
        exclusionFilters: exclusionFilters(tagMutability, input.imageTagMutabilityExclusionFilters),
        scanOnPush: input.imageScanningConfiguration?.scanOnPush ?? false,
        encryptionType: input.encryptionConfiguration?.encryptionType ?? "AES256",
        ...(kmsKey === undefined ? {} : { kmsKey }),
        tags: mergeTags({}, input.tags),
      };
      registry.saveRepository(repository);
      return { repository: describe(repository) };
    },

    DescribeRepositories: (input, { region }) => {
      if (input.repositoryNames !== undefined) {
        const named = input.repositoryNames.map((name) => requireRepository(registry, region, name, input.registryId));
        return { repositories: named.map(describe) };
      }
      if (input.registryId !== undefined && input.registryId !== account) throw repositoryNotFound("", input.registryId);
      const { items, nextToken } = pageOf(
        registry.repositories.list(`${region}/`),
        ({ name }) => name,
        input.maxResults ?? 100,
        input.nextToken,
        () => {
          throw invalidParameter("nextToken", "Invalid token");
        },
      );
      return { repositories: items.map(describe), ...(nextToken === undefined ? {} : { nextToken }) };
    },

    DeleteRepository: (input, { region }) => {
      const repository = requireRepository(registry, region, input.repositoryName, input.registryId);
      if (input.force !== true && registry.images(repository).length > 0) {
        throw new RepositoryNotEmptyException({
          message: `The repository with name '${repository.name}' in registry with id '${account}' cannot be deleted because it still contains images`,
          $metadata: {},
        });
      }
      registry.deleteRepository(repository);
      return { repository: describe(repository) };
    },

    PutImageTagMutability: (input, { region }) => {
      const repository = requireRepository(registry, region, input.repositoryName, input.registryId);
      const tagMutability = input.imageTagMutability ?? "MUTABLE";
      const changed = {
        ...repository,
        tagMutability,
        exclusionFilters: exclusionFilters(tagMutability, input.imageTagMutabilityExclusionFilters),
      };
      registry.saveRepository(changed);
      return {
        registryId: account,
        repositoryName: repository.name,
        imageTagMutability: tagMutability,
        ...(changed.exclusionFilters.length === 0 ? {} : { imageTagMutabilityExclusionFilters: filtersOf(changed) }),
      };
    },

    PutImageScanningConfiguration: (input, { region }) => {
      const repository = requireRepository(registry, region, input.repositoryName, input.registryId);
      const scanOnPush = input.imageScanningConfiguration?.scanOnPush ?? false;
      registry.saveRepository({ ...repository, scanOnPush });
      return { registryId: account, repositoryName: repository.name, imageScanningConfiguration: { scanOnPush } };
    },
  };
}

function filtersOf({ exclusionFilters }: RepositoryRecord): ImageTagMutabilityExclusionFilter[] {
  return exclusionFilters.map((filter) => ({ filterType: "WILDCARD", filter }));
}

/** Filters belong to the two `…_WITH_EXCLUSION` kinds and only to them. */
function exclusionFilters(
  tagMutability: RepositoryRecord["tagMutability"],
  filters: readonly ImageTagMutabilityExclusionFilter[] | undefined,
): string[] {
  const given = (filters ?? []).map(({ filter = "" }) => filter);
  if (tagMutability.endsWith("_WITH_EXCLUSION") && given.length === 0) {
    throw invalidParameter(
      "imageTagMutabilityExclusionFilters",
      `imageTagMutabilityExclusionFilters must be provided when imageTagMutability is ${tagMutability}`,
    );
  }
  if (!tagMutability.endsWith("_WITH_EXCLUSION") && given.length > 0) {
    throw invalidParameter(
      "imageTagMutabilityExclusionFilters",
      `imageTagMutabilityExclusionFilters cannot be provided when imageTagMutability is ${tagMutability}`,
    );
  }
  return given;
}
