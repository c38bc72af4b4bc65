/**
 * What synthesis leaves open in a template, found before anything is changed: the full ARN of a secret, and whether the
 * services that it refers to are there. What cannot be found is said at once, all of it.
 */
import type { Aws } from "../../aws/aws.ts";
import type { SecretStores } from "../../aws/secret-stores.ts";
import { type Deployable, taskOf } from "../../manifest/deployable.ts";
import type { ResolvedEnvironment, ResolvedService } from "../../manifest/resolved.ts";
import { failure } from "../../model/failures.ts";
import { type Lookup, lookupsOf } from "../../synth/lookups.ts";
import { serviceStackName } from "../../synth/names.ts";
import { serviceReferences } from "../../synth/service-references.ts";
import { synthesizeStack } from "../../synth/synthesize-stack.ts";
import type { Tell } from "../events.ts";
import { storeLocalSecrets } from "../secrets/local-secrets.ts";
import { findStack } from "../stack/stack.ts";
import type { ServiceRegistry } from "./service-registry.ts";

/** Values of template parameters; undefined keeps the one the stack has. */
export type LookedUp = Readonly<Record<string, string | undefined>>;

export interface LookupTools {
  readonly aws: Aws;
  readonly stores: SecretStores;
  readonly registry: ServiceRegistry;
  readonly environment: ResolvedEnvironment;
  readonly cwd: string;
  readonly tell: Tell;
}

/** By service or job. On `local` the secrets are put in place first. */
export async function lookUpValues(documents: readonly Deployable[], tools: LookupTools): Promise<ReadonlyMap<string, LookedUp>> {
  const { environment, stores, registry, cwd, tell } = tools;
  const asked = documents.map((document) => {
    const template = synthesizeStack(document, environment);
    return { service: taskOf(document), lookups: lookupsOf(template), references: serviceReferences(template, environment.name) };
  });
  const missing: string[] = [];
  const found = new Map(asked.map(({ service }): [string, Record<string, string | undefined>] => [service.name, {}]));
  const lookUp = async (wanted: (lookup: Lookup) => boolean): Promise<void> => {
    for (const { service, lookups } of asked) {
      for (const lookup of lookups.filter(wanted)) {
        const answer = await answerTo(lookup, service, tools);
        if ("missing" in answer) missing.push(`${answer.missing} (${service.name})`);
        else Object.assign(found.get(service.name) ?? {}, { [lookup.parameter]: answer.value });
      }
    }
    if (missing.length > 0) {
      throw failure("FSD7008", `not found in ${environment.name}: ${[...new Set(missing)].join(", ")}`, {
        hint: "create what is missing, or correct its name; nothing was changed",
      });
    }
  };
  for (const { service, references } of asked) {
    for (const reference of references) {
      const wrong = await registry.missing(reference);
      if (wrong !== undefined) missing.push(`${wrong} (${service.name})`);
    }
  }
  const isSecret = (lookup: Lookup): boolean => "secret" in lookup;
  if (environment.local) {
    // A secret can be put in place here; the rest must be there before that.
    await lookUp((lookup) => !isSecret(lookup));
    const users = asked.map(({ service, lookups }) => ({
      service,
      lookedUp: lookups.flatMap((by) => ("secret" in by ? [by.secret] : [])),
    }));
    await storeLocalSecrets(users, cwd, stores, tell);
    await lookUp(isSecret);
  } else {
    await lookUp(() => true);
  }
  return found;
}

type Answer = { readonly value: string | undefined } | { readonly missing: string };

async function answerTo(lookup: Lookup, service: ResolvedService, { aws, stores, environment }: LookupTools): Promise<Answer> {
  if ("secret" in lookup) return secretArn(lookup.secret, stores);
  // fsd does not ask these services: the manifest says where they are, or the stack knows it already.
  const stack = await findStack(aws, serviceStackName(environment.name, service.name));
  if (stack?.parameters[lookup.parameter] !== undefined) return { value: undefined };
  return "mskCluster" in lookup
    ? { missing: `the MSK cluster ${lookup.mskCluster}: give the dependency its arn` }
    : { missing: `the address of ${lookup.endpoint} (${lookup.type}): give the dependency its endpoint` };
}

async function secretArn(name: string, { secretsManager }: SecretStores): Promise<Answer> {
  try {
    const { ARN, DeletedDate } = await secretsManager.describeSecret({ SecretId: name });
    if (DeletedDate !== undefined) return { missing: `the secret ${name}, which is being deleted` };
    return ARN === undefined ? { missing: `the secret ${name}` } : { value: ARN };
  } catch (error) {
    if ((error as Error).name === "ResourceNotFoundException") return { missing: `the secret ${name}` };
    throw error;
  }
}
