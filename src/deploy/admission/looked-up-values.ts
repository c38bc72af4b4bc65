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
import { type ServiceReference, serviceReferences } from "../../synth/service-references.ts";
import { synthesizeStack } from "../../synth/synthesize-stack.ts";
import type { Tell } from "../events.ts";
import { prepareLocalSecrets } from "../secrets/local-secrets.ts";
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

/** By service or job. */
type Found = ReadonlyMap<string, LookedUp>;

export interface LookUps {
  /** As they are known before anything changes: of a secret that is yet to be put in place, in words. */
  readonly foreseen: Found;
  /** Puts secrets of this machine's files in place, which is all that it changes, and answers with what is there then. */
  readonly settle: () => Promise<Found>;
}

/** Fails as FSD7008 where something is not there, and as FSD8005 where a secret of `local` is in no file either. */
export async function lookUpValues(documents: readonly Deployable[], tools: LookupTools): Promise<LookUps> {
  const { environment, stores, cwd, tell } = tools;
  const asked = documents.map((document): Asked => {
    const template = synthesizeStack(document, environment);
    return { service: taskOf(document), lookups: lookupsOf(template), references: serviceReferences(template, environment.name) };
  });
  const others = await lookUp(asked, (lookup) => !environment.local || !("secret" in lookup), tools);
  if (!environment.local) return { foreseen: others, settle: async () => others };
  // A secret can be put in place here; the rest must be there before that.
  const users = asked.map(({ service, lookups }) => ({ service, lookedUp: lookups.flatMap((by) => ("secret" in by ? [by.secret] : [])) }));
  const putInPlace = await prepareLocalSecrets(users, cwd, stores, tell);
  const secrets = asked.map((one) => ({ ...one, references: [] }));
  const absent = new Set<string>();
  const known = joined(
    others,
    await lookUp(
      secrets,
      (lookup) => "secret" in lookup,
      tools,
      (answer) => {
        if (!("missing" in answer) || answer.absentSecret === undefined) return answer;
        absent.add(answer.absentSecret);
        return { value: `a new secret ${answer.absentSecret}` };
      },
    ),
  );
  return {
    foreseen: known,
    settle: async () => {
      await putInPlace();
      return joined(known, await lookUp(secrets, (lookup) => "secret" in lookup && absent.has(lookup.secret), tools));
    },
  };
}

function joined(one: Found, other: Found): Found {
  return new Map([...one].map(([name, values]) => [name, { ...values, ...other.get(name) }]));
}

interface Asked {
  readonly service: ResolvedService;
  readonly lookups: readonly Lookup[];
  readonly references: readonly ServiceReference[];
}

async function lookUp(
  asked: readonly Asked[],
  wanted: (lookup: Lookup) => boolean,
  tools: LookupTools,
  taken: (answer: Answer) => Answer = (answer) => answer,
): Promise<Found> {
  const { registry, environment } = tools;
  const missing: string[] = [];
  const found = new Map<string, LookedUp>();
  for (const { service, references } of asked) {
    for (const reference of references) {
      const wrong = await registry.missing(reference);
      if (wrong !== undefined) missing.push(`${wrong} (${service.name})`);
    }
  }
  for (const { service, lookups } of asked) {
    const values: Record<string, string | undefined> = {};
    for (const lookup of lookups.filter(wanted)) {
      const answer = taken(await answerTo(lookup, service, tools));
      if ("missing" in answer) missing.push(`${answer.missing} (${service.name})`);
      else values[lookup.parameter] = answer.value;
    }
    found.set(service.name, values);
  }
  if (missing.length === 0) return found;
  throw failure("FSD7008", `not found in ${environment.name}: ${[...new Set(missing)].join(", ")}`, {
    hint: "create what is missing, or correct its name; nothing was changed",
  });
}

/** `absentSecret`: the name of a secret that is not there at all. */
type Answer = { readonly value: string | undefined } | { readonly missing: string; readonly absentSecret?: string };

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
  const absent: Answer = { missing: `the secret ${name}`, absentSecret: name };
  try {
    const { ARN, DeletedDate } = await secretsManager.describeSecret({ SecretId: name });
    if (DeletedDate !== undefined) return { missing: `the secret ${name}, which is being deleted` };
    return ARN === undefined ? absent : { value: ARN };
  } catch (error) {
    if ((error as Error).name === "ResourceNotFoundException") return absent;
    throw error;
  }
}
