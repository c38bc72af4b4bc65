/**
 * Which image a deployment runs, always by digest, so that a tag that moves later changes nothing that runs and a
 * new digest under an old tag is deployed: `--image`, else a build, else the manifest's `image` with its version, else
 * the one that is live.
 */
import type { Aws } from "../../aws/aws.ts";
import type { ResolvedService } from "../../manifest/resolved.ts";
import { partsOf } from "../../manifest/text.ts";
import { failure } from "../../model/failures.ts";

export type ImageChoice =
  | { readonly kind: "reference"; readonly reference: string }
  | { readonly kind: "build" }
  /** What the stack has. */
  | { readonly kind: "live" };

export interface ImageWishes {
  /** `--image` */
  readonly image?: string | undefined;
  /** `--version` */
  readonly version?: string | undefined;
}

/** `registry` is where the environment keeps its images, when that is not where it is itself. */
export function chooseImage({ name, service }: ResolvedService, wishes: ImageWishes, place: Place, registry = place): ImageChoice {
  if (wishes.image !== undefined) return { kind: "reference", reference: wishes.image };
  if (service.image === undefined) {
    if (service.build !== undefined && wishes.version === undefined) return { kind: "build" };
    return wishes.version === undefined
      ? { kind: "live" }
      : { kind: "reference", reference: `${repositoryUri(name, registry)}:${wishes.version}` };
  }
  const reference = filledIn(service.image, wishes.version, place);
  return reference === undefined ? { kind: "live" } : { kind: "reference", reference };
}

/** An account and a region; with images, those of the registry they are in. */
export interface Place {
  readonly account: string;
  readonly region: string;
}

export function repositoryUri(name: string, { account, region }: Place): string {
  return `${account}.dkr.ecr.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}/${name}`;
}

/** The reference with account, region and version filled in; undefined when it needs a version and there is none. */
export function filledIn(image: string, version: string | undefined, place: Place): string | undefined {
  const known: Readonly<Record<string, string | undefined>> = {
    "AWS::AccountId": place.account,
    "AWS::Region": place.region,
    "AWS::URLSuffix": `amazonaws.com${place.region.startsWith("cn-") ? ".cn" : ""}`,
    Version: version,
    VERSION: version,
  };
  const parts = partsOf(image).map((part) => ("plain" in part ? part.plain : known[part.mark]));
  const text = parts.includes(undefined) ? undefined : parts.join("");
  return text?.includes("${VERSION}") === true ? (version === undefined ? undefined : text.replaceAll("${VERSION}", version)) : text;
}

/** An ECR reference taken apart; undefined for another registry's. */
export interface EcrReference extends Place {
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

export function parseEcrReference(reference: string): EcrReference | undefined {
  const match = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^:@]+)(?::([^@]+))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(
    reference,
  );
  if (match === null) return undefined;
  const [, account = "", region = "", repository = "", tag, digest] = match;
  return { account, region, repository, tag, digest };
}

/**
 * The reference by digest where its registry is ECR in the caller's region; any other reference is given back as it
 * is, for ECS to resolve. A tag that ECR does not have fails here, before anything is changed.
 */
export async function pinned(aws: Aws, reference: string, { account, region }: Place): Promise<string> {
  const parsed = parseEcrReference(reference);
  if (parsed === undefined || parsed.digest !== undefined || parsed.region !== region) return reference;
  const imageTag = parsed.tag ?? "latest";
  const name = `${parsed.repository}:${imageTag}`;
  try {
    const { imageDetails = [] } = await aws.ecr.describeImages({
      repositoryName: parsed.repository,
      imageIds: [{ imageTag }],
      ...(parsed.account === account ? {} : { registryId: parsed.account }),
    });
    const digest = imageDetails[0]?.imageDigest;
    if (digest !== undefined) return `${repositoryUri(parsed.repository, parsed)}@${digest}`;
  } catch (error) {
    if (!["ImageNotFoundException", "RepositoryNotFoundException"].includes((error as Error).name)) throw error;
    throw failure("FSD8002", `there is no image ${name} in the registry of ${parsed.account} in ${region}`, {
      hint: "push it first, or choose another --version",
      cause: error,
    });
  }
  throw failure("FSD8002", `ECR gives no digest for ${name}`);
}
