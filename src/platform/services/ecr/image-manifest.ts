/**
 * The manifests a registry keeps: Docker image manifest v2 schema 2 and the OCI image manifest, and their lists for
 * several platforms (Docker manifest list, OCI image index). Their schemas are the OCI image specification's.
 */
export interface Descriptor {
  readonly mediaType: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

export interface ImageManifest {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
}

export interface ImageIndex {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly manifests: readonly (Descriptor & { readonly platform?: { readonly architecture: string; readonly os: string } })[];
}

/** The part of an image's configuration that a runtime acts on; the file may hold more. */
export interface ImageConfig {
  readonly architecture?: string;
  readonly os?: string;
  readonly created?: string;
  readonly config?: {
    readonly User?: string;
    readonly Env?: readonly string[];
    readonly Entrypoint?: readonly string[] | null;
    readonly Cmd?: readonly string[] | null;
    readonly WorkingDir?: string;
    readonly ExposedPorts?: Readonly<Record<string, unknown>>;
    readonly StopSignal?: string;
    readonly Labels?: Readonly<Record<string, string>> | null;
  };
}

const MediaType = {
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerManifestList: "application/vnd.docker.distribution.manifest.list.v2+json",
  ociManifest: "application/vnd.oci.image.manifest.v1+json",
  ociIndex: "application/vnd.oci.image.index.v1+json",
} as const;

const LISTS: readonly string[] = [MediaType.dockerManifestList, MediaType.ociIndex];
const IMAGES: readonly string[] = [MediaType.dockerManifest, MediaType.ociManifest];

export type Manifest =
  | { readonly kind: "image"; readonly manifest: ImageManifest }
  | { readonly kind: "index"; readonly index: ImageIndex };

/** Whether a manifest of that type lists others. */
export function isListType(mediaType: string): boolean {
  return LISTS.includes(mediaType);
}

/** Reads a manifest; undefined when the text is none of the four kinds. */
export function parseManifest(text: string): Manifest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || !("schemaVersion" in value) || value.schemaVersion !== 2) return undefined;
  const mediaType = "mediaType" in value ? value.mediaType : undefined;
  if (mediaType !== undefined && (typeof mediaType !== "string" || ![...LISTS, ...IMAGES].includes(mediaType))) return undefined;
  if ("manifests" in value && Array.isArray(value.manifests) && value.manifests.every(isDescriptor)) {
    return mediaType !== undefined && !LISTS.includes(mediaType) ? undefined : { kind: "index", index: value as ImageIndex };
  }
  if (
    "config" in value &&
    isDescriptor(value.config) &&
    "layers" in value &&
    Array.isArray(value.layers) &&
    value.layers.every(isDescriptor)
  ) {
    return mediaType !== undefined && !IMAGES.includes(mediaType) ? undefined : { kind: "image", manifest: value as ImageManifest };
  }
  return undefined;
}

/** The media type a manifest is served with: its own, else the one it was pushed with if that is of its kind, else OCI's. */
export function mediaTypeOf(manifest: Manifest, pushedAs?: string): string {
  const [own, kind, usual] =
    manifest.kind === "image"
      ? [manifest.manifest.mediaType, IMAGES, MediaType.ociManifest]
      : [manifest.index.mediaType, LISTS, MediaType.ociIndex];
  return own ?? (pushedAs !== undefined && kind.includes(pushedAs) ? pushedAs : usual);
}

function isDescriptor(value: unknown): value is Descriptor {
  return (
    typeof value === "object" &&
    value !== null &&
    "digest" in value &&
    typeof value.digest === "string" &&
    /^sha256:[0-9a-f]{64}$/.test(value.digest) &&
    "size" in value &&
    typeof value.size === "number" &&
    value.size >= 0 &&
    "mediaType" in value &&
    typeof value.mediaType === "string"
  );
}
