/**
 * Images as a runtime sees them: a reference becomes a manifest, a configuration and the files of its layers.
 * The registry resolves only what was pushed to it; it never reaches for another registry.
 */
import type { BlobStore } from "./blob-store.ts";
import type { ImageConfig, ImageManifest } from "./image-manifest.ts";
import { parseManifest } from "./image-manifest.ts";
import { parseImageReference } from "./image-reference.ts";
import type { ImageRegistry, RepositoryRecord } from "./image-registry.ts";

export interface ResolvedLayer {
  readonly digest: string;
  /** As the manifest says: `…tar`, `…tar+gzip`, `…tar+zstd`. */
  readonly mediaType: string;
  /** Bytes, as stored. */
  readonly size: number;
  /** The file that holds the layer. Treat as read-only: other images share it. */
  readonly path: string;
}

export interface ResolvedImage {
  /** Digest of what the reference named: `sha256:…`. The same digest always means the same bytes. */
  readonly digest: string;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
  /** From the lowest to the topmost. */
  readonly layers: readonly ResolvedLayer[];
}

export interface ImageStore {
  /**
   * `imageReference`: `<account>.dkr.ecr.<region>.amazonaws.com/<repository>` with `:<tag>` and/or `@sha256:…`, or the
   * same behind the gateway's own address (`127.0.0.1:4566/…`). With tag and digest the digest decides. Answers undefined
   * when this registry has no such image. Throws `PlatformMismatch` when the image exists, but for other processors.
   * The image counts as pulled.
   * @param architecture as Go names it, of a list of manifests: `amd64` (default) or `arm64`
   */
  resolve(imageReference: string, architecture?: string): ResolvedImage | undefined;
  /** The same look, which does not count as a pull. */
  find(imageReference: string, architecture?: string): ResolvedImage | undefined;
  /** Whether the reference names this registry at all: an image of another registry is not missing, it is elsewhere. */
  serves(imageReference: string): boolean;
}

/** A list of manifests without one for this machine; the message is containerd's. */
export class PlatformMismatch extends Error {
  constructor(architecture: string) {
    super(`image Manifest does not contain descriptor matching platform 'linux/${architecture}'`);
    this.name = "PlatformMismatch";
  }
}

/** The image store of the local ECR: metadata from its registry, bytes from its blob files. */
export class RegistryImageStore implements ImageStore {
  readonly #registry: ImageRegistry;
  readonly #blobs: BlobStore;

  constructor(registry: ImageRegistry, blobs: BlobStore) {
    this.#registry = registry;
    this.#blobs = blobs;
  }

  serves(imageReference: string): boolean {
    const reference = parseImageReference(imageReference);
    return reference !== undefined && (reference.account === undefined || reference.account === this.#registry.account);
  }

  resolve(imageReference: string, architecture?: string): ResolvedImage | undefined {
    const image = this.find(imageReference, architecture);
    const named = image === undefined ? undefined : this.#named(imageReference);
    if (named !== undefined) this.#registry.recordPull(named.repository, named.digest);
    return image;
  }

  find(imageReference: string, architecture = "amd64"): ResolvedImage | undefined {
    const digest = this.#named(imageReference)?.digest;
    const manifest = digest === undefined ? undefined : this.#imageManifest(digest, architecture);
    if (digest === undefined || manifest === undefined) return undefined;
    return {
      digest,
      manifest,
      config: JSON.parse(this.#blobs.read(manifest.config.digest).toString("utf8")) as ImageConfig,
      layers: manifest.layers.map((layer) => ({
        digest: layer.digest,
        mediaType: layer.mediaType,
        size: layer.size,
        path: this.#blobs.path(layer.digest),
      })),
    };
  }

  #named(imageReference: string): { readonly repository: RepositoryRecord; readonly digest: string } | undefined {
    const reference = parseImageReference(imageReference);
    if (reference === undefined || !this.serves(imageReference)) return undefined;
    const repository = this.#registry.findRepository(reference.repository, reference.region);
    if (repository === undefined) return undefined;
    const digest = reference.digest ?? this.#registry.digestOfTag(repository, reference.tag ?? "latest");
    return digest !== undefined && this.#registry.hasImage(repository, digest) ? { repository, digest } : undefined;
  }

  #imageManifest(digest: string, architecture: string): ImageManifest | undefined {
    const parsed = parseManifest(this.#blobs.read(digest).toString("utf8"));
    if (parsed === undefined) return undefined;
    if (parsed.kind === "image") return parsed.manifest;
    const match = parsed.index.manifests.find(({ platform }) => platform?.os === "linux" && platform.architecture === architecture);
    if (match === undefined) throw new PlatformMismatch(architecture);
    return this.#blobs.has(match.digest) ? this.#imageManifest(match.digest, architecture) : undefined;
  }
}
