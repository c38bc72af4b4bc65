/** What is attached to a repository: its resource policy, its lifecycle policy, its tags. The lifecycle policy is acted on elsewhere (`image-lifecycle.ts`), the resource policy is only kept. */
import {
  InvalidParameterException,
  InvalidTagParameterException,
  LifecyclePolicyNotFoundException,
  RepositoryPolicyNotFoundException,
} from "@aws-sdk/client-ecr";
import { parseJsonObject } from "../../../kit/json.ts";
import { parseArn } from "../../../model/arn.ts";
import type { Operations } from "../../gateway/operations.ts";
import { invalidParameter, mergeTags, requireRepository } from "./faults.ts";
import type { ImageRegistry, RepositoryRecord } from "./image-registry.ts";
import { lifecyclePolicyProblem } from "./lifecycle-policy.ts";

export function policyOperations(registry: ImageRegistry): Operations<"ecr"> {
  const { account } = registry;
  const about = (repository: RepositoryRecord) => ({ registryId: account, repositoryName: repository.name });

  const byArn = (arn: string | undefined, region: string): RepositoryRecord => {
    const parsed = parseArn(arn ?? "");
    const name =
      parsed?.service === "ecr" && parsed.resource.startsWith("repository/") ? parsed.resource.slice("repository/".length) : undefined;
    if (parsed === undefined || name === undefined || parsed.region !== region) throw invalidParameter("resourceArn", "Invalid ARN");
    return requireRepository(registry, region, name, parsed.account);
  };

  const requirePolicy = (repository: RepositoryRecord): string => {
    if (repository.policyText === undefined) {
      throw new RepositoryPolicyNotFoundException({
        message: `Repository policy does not exist for the repository with name '${repository.name}' in the registry with id '${account}'`,
        $metadata: {},
      });
    }
    return repository.policyText;
  };

  const requireLifecycle = (repository: RepositoryRecord): string => {
    if (repository.lifecyclePolicyText === undefined) {
      throw new LifecyclePolicyNotFoundException({
        message: `Lifecycle policy does not exist for the repository with name '${repository.name}' in the registry with id '${account}'`,
        $metadata: {},
      });
    }
    return repository.lifecyclePolicyText;
  };

  return {
    SetRepositoryPolicy: (input, { region }) => {
      const repository = requireRepository(registry, region, input.repositoryName, input.registryId);
      const { policyText = "" } = input;
      if (!isPolicyDocument(policyText)) throw invalidParameter("PolicyText", "Invalid repository policy provided");
      registry.saveRepository({ ...repository, policyText });
      return { ...about(repository), policyText };
    },

    GetRepositoryPolicy: (input, { region }) => {
      const repository = requireRepository(registry, region, input.repositoryName, input.registryId);
      return { ...about(repository), policyText: requirePolicy(repository) };
    },

    DeleteRepositoryPolicy: (input, { region }) => {
      const repository = requireRepository(registry, region, input.repositoryName, input.registryId);
      const policyText = requirePolicy(repository);
      const { policyText: _, ...rest } = repository;
      registry.saveRepository(rest);
      return { ...about(repository), policyText };
    },

    PutLifecyclePolicy: (input, { region }) => {
      const repository = requireRepository(registry, region, input.repositoryName, input.registryId);
      const { lifecyclePolicyText = "" } = input;
      const problem = lifecyclePolicyProblem(lifecyclePolicyText);
      if (problem !== undefined) {
        throw new InvalidParameterException({
          message: `Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: ${problem}'`,
          $metadata: {},
        });
      }
      registry.saveRepository({ ...repository, lifecyclePolicyText });
      return { ...about(repository), lifecyclePolicyText };
    },

    GetLifecyclePolicy: (input, { region }) => {
      const repository = requireRepository(registry, region, input.repositoryName, input.registryId);
      return { ...about(repository), lifecyclePolicyText: requireLifecycle(repository) };
    },

    DeleteLifecyclePolicy: (input, { region }) => {
      const repository = requireRepository(registry, region, input.repositoryName, input.registryId);
      const lifecyclePolicyText = requireLifecycle(repository);
      const { lifecyclePolicyText: _, ...rest } = repository;
      registry.saveRepository(rest);
      return { ...about(repository), lifecyclePolicyText };
    },

    TagResource: (input, { region }) => {
      const repository = byArn(input.resourceArn, region);
      if ((input.tags ?? []).some(({ Key = "" }) => Key.startsWith("aws:"))) {
        throw new InvalidTagParameterException({ message: "Tag keys that begin with 'aws:' are reserved.", $metadata: {} });
      }
      registry.saveRepository({ ...repository, tags: mergeTags(repository.tags, input.tags) });
      return {};
    },

    UntagResource: (input, { region }) => {
      const repository = byArn(input.resourceArn, region);
      const gone = new Set(input.tagKeys ?? []);
      const tags = Object.fromEntries(Object.entries(repository.tags).filter(([key]) => !gone.has(key)));
      registry.saveRepository({ ...repository, tags });
      return {};
    },

    ListTagsForResource: (input, { region }) => ({
      tags: Object.entries(byArn(input.resourceArn, region).tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  };
}

function isPolicyDocument(text: string): boolean {
  return parseJsonObject(text)?.Statement !== undefined;
}
