/** ECR's exceptions with ECR's words, for what several operations refuse alike. */
import { InvalidParameterException, RepositoryNotFoundException, TooManyTagsException, UploadNotFoundException } from "@aws-sdk/client-ecr";
import type { ImageRegistry, RepositoryRecord } from "./image-registry.ts";

/** The repository a request names, or ECR's exception. */
export function requireRepository(
  registry: ImageRegistry,
  region: string,
  name: string | undefined,
  registryId: string | undefined,
): RepositoryRecord {
  const repository = registryId === undefined || registryId === registry.account ? registry.findRepository(name ?? "", region) : undefined;
  if (repository === undefined) throw repositoryNotFound(name ?? "", registryId ?? registry.account);
  return repository;
}

export function repositoryNotFound(name: string, account: string): RepositoryNotFoundException {
  return new RepositoryNotFoundException({
    message: `The repository with name '${name}' does not exist in the registry with id '${account}'`,
    $metadata: {},
  });
}

export function invalidParameter(parameter: string, constraint: string): InvalidParameterException {
  return new InvalidParameterException({
    message: `Invalid parameter at '${parameter}' failed to satisfy constraint: '${constraint}'`,
    $metadata: {},
  });
}

export function uploadNotFound(uploadId: string, repository: RepositoryRecord, account: string): UploadNotFoundException {
  return new UploadNotFoundException({
    message: `The upload with id '${uploadId}' in repository with name '${repository.name}' in registry with id '${account}' does not exist`,
    $metadata: {},
  });
}

const MOST_TAGS = 50;

/** Tags as ECR takes them, merged over `present`. */
export function mergeTags(
  present: Readonly<Record<string, string>>,
  added: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined,
): Record<string, string> {
  const tags = { ...present, ...Object.fromEntries((added ?? []).map(({ Key = "", Value = "" }) => [Key, Value])) };
  if (Object.keys(tags).length > MOST_TAGS) {
    throw new TooManyTagsException({ message: `The repository cannot have more than ${MOST_TAGS} tags.`, $metadata: {} });
  }
  return tags;
}
