/**
 * Which processors an image is made for, as its registry says: an index names them all, a single image has its own in its
 * configuration (both by the OCI image specification). An image for another processor than the task's never starts: ECS finds no
 * match in an index, and the programs of a single image end with "exec format error".
 */

import type { Aws } from "../../aws/aws.ts";
import { parseJson } from "../../kit/json.ts";
import { failure } from "../../model/failures.ts";
import type { StackTools } from "../stack/stack.ts";
import { type EcrReference, type Place, parseEcrReference, repositoryUri } from "./image-choice.ts";

export interface ImageRequest {
  /** The service or job. */
  readonly subject: string;
  /** The side container whose image it is; absent: the service's own. */
  readonly sidecar?: string | undefined;
  readonly reference: string;
  /** What the task runs on. */
  readonly architecture: "x86_64" | "arm64";
  /** Where the caller is. */
  readonly place: Place;
}

/**
 * Fails as FSD8012 when the registry says that the image is for other processors. Of registries other than ECR in the caller's
 * region nothing is known, and nothing said; that ECR could not be asked is told as a note.
 */
export async function refuseOtherArchitecture(request: ImageRequest, { aws, tell, signal }: Pick<StackTools, "aws" | "tell" | "signal">) {
  const { subject, sidecar, reference, architecture, place } = request;
  const image = parseEcrReference(reference);
  if (image === undefined || image.region !== place.region) return;
  const whose = sidecar === undefined ? `the image of ${subject}` : `the image of ${sidecar} beside ${subject}`;
  let known: readonly string[] | undefined;
  try {
    known = await architecturesOf(image, aws, signal);
  } catch (error) {
    tell({ type: "note", subject, text: `whether ${whose} is made for ${architecture} could not be asked: ${(error as Error).message}` });
    return;
  }
  if (known === undefined || known.includes(architecture)) return;
  const repository = repositoryUri(image.repository, image);
  const platform = architecture === "arm64" ? "linux/arm64" : "linux/amd64";
  const other = known.find((one) => one === "x86_64" || one === "arm64");
  throw failure("FSD8012", `${whose} is made for ${known.join(" and ")}, and the task runs on ${architecture}: ${reference}`, {
    hint: `build it with docker build --platform ${platform} and push it to ${repository}${other === undefined ? "" : `, or write architecture: ${other} under resources`}; nothing was changed`,
  });
}

/** Undefined: the image is not there, or does not say. */
async function architecturesOf(image: EcrReference, aws: Aws, signal: AbortSignal): Promise<readonly string[] | undefined> {
  const place = { registryId: image.account, repositoryName: image.repository };
  const { digest: imageDigest, tag: imageTag = "latest" } = image;
  try {
    const { images = [] } = await aws.ecr.batchGetImage({
      ...place,
      imageIds: [imageDigest === undefined ? { imageTag } : { imageDigest }],
      acceptedMediaTypes: [...mediaTypes],
    });
    const said = inManifest(images[0]?.imageManifest ?? "");
    if (said === undefined || "architectures" in said) return said?.architectures;
    const { downloadUrl } = await aws.ecr.getDownloadUrlForLayer({ ...place, layerDigest: said.config });
    const own = downloadUrl === undefined ? undefined : inConfiguration(await downloaded(downloadUrl, signal));
    return own === undefined ? undefined : [own];
  } catch (error) {
    if (["RepositoryNotFoundException", "LayersNotFoundException"].includes((error as Error).name)) return undefined;
    throw error;
  }
}

/** Without these ECR may give a manifest in another form than the one that was pushed. */
const mediaTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
] as const;

/** A configuration has a few kilobytes; what takes longer is not worth waiting for. */
const downloadLimitMs = 10_000;

async function downloaded(url: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(downloadLimitMs)]) });
  if (!response.ok) throw new Error(`its configuration cannot be downloaded: HTTP ${response.status}`);
  return response.text();
}

/** What a manifest says: the architectures of an index, or where a single image's configuration is (`sha256:…`). Undefined: neither. */
export function inManifest(text: string): { readonly architectures: readonly string[] } | { readonly config: string } | undefined {
  const manifest = parseJson(text) as {
    readonly manifests?: readonly { readonly platform?: { readonly os?: unknown; readonly architecture?: unknown } }[];
    readonly config?: { readonly digest?: unknown };
  };
  if (Array.isArray(manifest?.manifests)) {
    const platforms = manifest.manifests.map((one) => one?.platform);
    // An entry without a platform may be for any; attestations are for the platform "unknown".
    if (platforms.some((platform) => typeof platform?.architecture !== "string")) return undefined;
    const names = platforms.filter((platform) => platform?.os === "linux").map((platform) => fargateName(String(platform?.architecture)));
    return names.length === 0 ? undefined : { architectures: [...new Set(names)].sort() };
  }
  const digest = manifest?.config?.digest;
  return typeof digest === "string" ? { config: digest } : undefined;
}

/** The architecture in a single image's configuration. Undefined: it does not say. */
export function inConfiguration(text: string): string | undefined {
  const { architecture } = (parseJson(text) ?? {}) as { readonly architecture?: unknown };
  return typeof architecture === "string" && architecture !== "" ? fargateName(architecture) : undefined;
}

/** Images name processors as Go does, Fargate as Linux does: `amd64` is `x86_64`. */
function fargateName(architecture: string): string {
  return architecture === "amd64" ? "x86_64" : architecture;
}
