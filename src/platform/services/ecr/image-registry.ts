/**
 * What the registry knows: repositories, the layers pushed into each, images and their tags. Both doors lead here,
 * ECR's API and the Docker registry protocol, so that what one pushes the other sees. Methods answer undefined or
 * false for what is not there; how that is said to a client is the doors' business.
 */
import type { Clock } from "../../../kit/clock.ts";
import type { Collection, Store } from "../../persistence/store.ts";
import type { BlobStore } from "./blob-store.ts";
import { type ImageManifest, isListType, type Manifest, mediaTypeOf, parseManifest } from "./image-manifest.ts";

export interface RepositoryRecord {
  readonly region: string;
  readonly name: string;
  /** Wall time in ms. */
  readonly createdAt: number;
  readonly tagMutability: "MUTABLE" | "IMMUTABLE" | "IMMUTABLE_WITH_EXCLUSION" | "MUTABLE_WITH_EXCLUSION";
  /** Tag patterns with `*`, to which the opposite of the mutability applies. */
  readonly exclusionFilters: readonly string[];
  readonly scanOnPush: boolean;
  readonly encryptionType: string;
  readonly kmsKey?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly policyText?: string;
  readonly lifecyclePolicyText?: string;
}

export interface LayerRecord {
  readonly digest: string;
  readonly size: number;
  readonly mediaType: string;
}

export interface ImageRecord {
  readonly digest: string;
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly subject?: string;
  /** Bytes of configuration and layers, as ECR counts them. */
  readonly size: number;
  readonly pushedAt: number;
  readonly pulledAt?: number;
}

/** Why an image was not taken. */
export type PutRefusal =
  | { readonly refused: "malformed" }
  | { readonly refused: "missing-layers"; readonly digests: readonly string[] }
  | { readonly refused: "missing-images"; readonly digests: readonly string[] }
  | { readonly refused: "tag-immutable" }
  | { readonly refused: "exists" };

const RECORD_PULL_EVERY_MS = 60_000;

export interface ImageRegistryDependencies {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly account: string;
}

export class ImageRegistry {
  readonly account: string;
  readonly blobs: BlobStore;
  readonly repositories: Collection<RepositoryRecord>;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #layers: Collection<LayerRecord>;
  readonly #images: Collection<ImageRecord>;
  readonly #tags: Collection<string>;
  #onImage: (reference: string) => void = () => undefined;

  constructor({ store, blobs, clock, account }: ImageRegistryDependencies) {
    this.account = account;
    this.blobs = blobs;
    this.repositories = store.collection("ecr.repositories");
    this.#store = store;
    this.#clock = clock;
    this.#layers = store.collection("ecr.layers");
    this.#images = store.collection("ecr.images");
    this.#tags = store.collection("ecr.tags");
  }

  /** `listener` gets the reference, by digest, of each image that is put. */
  onImage(listener: (reference: string) => void): void {
    this.#onImage = listener;
  }

  /** Without a region (a client of the gateway's own address names none): us-east-1's, else the first region's that has it. */
  findRepository(name: string, region?: string): RepositoryRecord | undefined {
    if (region !== undefined) return this.repositories.get(`${region}/${name}`);
    return this.repositories.get(`us-east-1/${name}`) ?? this.repositories.list().find((repository) => repository.name === name);
  }

  saveRepository(repository: RepositoryRecord): void {
    this.repositories.put(keyOf(repository), repository);
  }

  /** Removes the repository with all it holds. */
  deleteRepository(repository: RepositoryRecord): void {
    const images = this.images(repository);
    const layers = this.#layers.list(`${keyOf(repository)}@`);
    this.#store.transaction(() => {
      for (const { digest } of images) this.#images.delete(`${keyOf(repository)}@${digest}`);
      for (const { digest } of layers) this.#layers.delete(`${keyOf(repository)}@${digest}`);
      for (const { tag } of this.tags(repository)) this.#tags.delete(`${keyOf(repository)}:${tag}`);
      this.repositories.delete(keyOf(repository));
    });
    this.#sweep([...images, ...layers].map(({ digest }) => digest));
  }

  images(repository: RepositoryRecord): ImageRecord[] {
    return this.#images.list(`${keyOf(repository)}@`);
  }

  image(repository: RepositoryRecord, digest: string): ImageRecord | undefined {
    return this.#images.get(`${keyOf(repository)}@${digest}`);
  }

  hasImage(repository: RepositoryRecord, digest: string): boolean {
    return this.#images.has(`${keyOf(repository)}@${digest}`);
  }

  digestOfTag(repository: RepositoryRecord, tag: string): string | undefined {
    return this.#tags.get(`${keyOf(repository)}:${tag}`);
  }

  /** Every tag of the repository with its digest, in order of the tags. */
  tags(repository: RepositoryRecord): { readonly tag: string; readonly digest: string }[] {
    const prefix = `${keyOf(repository)}:`;
    return this.#tags.entries(prefix).map(([key, digest]) => ({ tag: key.slice(prefix.length), digest }));
  }

  tagsOf(repository: RepositoryRecord, digest: string): string[] {
    return this.tags(repository)
      .filter((entry) => entry.digest === digest)
      .map(({ tag }) => tag);
  }

  manifestText(digest: string): string {
    return this.blobs.read(digest).toString("utf8");
  }

  layer(repository: RepositoryRecord, digest: string): LayerRecord | undefined {
    return this.#layers.get(`${keyOf(repository)}@${digest}`);
  }

  /** Records a blob that lies in the blob store as a layer of this repository. */
  addLayer(repository: RepositoryRecord, layer: LayerRecord): void {
    this.#layers.put(`${keyOf(repository)}@${layer.digest}`, layer);
  }

  /** Writes down that the image was pulled, at most once a minute. */
  recordPull(repository: RepositoryRecord, digest: string): void {
    const image = this.image(repository, digest);
    if (image === undefined || this.#clock.now() - (image.pulledAt ?? 0) < RECORD_PULL_EVERY_MS) return;
    this.#images.put(`${keyOf(repository)}@${digest}`, { ...image, pulledAt: this.#clock.now() });
  }

  /**
   * Stores a manifest, and moves or sets `tag`. `bytes` are kept as they came: their digest is the image's. Pushing
   * what is already there under the same tag is refused with `exists`; over an immutable tag with `tag-immutable`.
   */
  putImage(repository: RepositoryRecord, bytes: Uint8Array, tag?: string, mediaType?: string): ImageRecord | PutRefusal {
    const parsed = parseManifest(Buffer.from(bytes).toString("utf8"));
    if (parsed === undefined) return { refused: "malformed" };
    const missing = this.#missingParts(repository, parsed);
    if (missing !== undefined) return missing;

    const digest = this.blobs.put(bytes);
    const existing = this.image(repository, digest);
    const tagged = tag === undefined ? undefined : this.digestOfTag(repository, tag);
    if (existing !== undefined && (tag === undefined || tagged === digest)) return { refused: "exists" };
    if (tag !== undefined && tagged !== undefined && !this.isMutable(repository, tag)) return { refused: "tag-immutable" };

    const image: ImageRecord = existing ?? { digest, ...describe(parsed, mediaType), pushedAt: this.#clock.now() };
    this.#store.transaction(() => {
      if (existing === undefined) this.#images.put(`${keyOf(repository)}@${digest}`, image);
      if (tag !== undefined) this.#tags.put(`${keyOf(repository)}:${tag}`, digest);
    });
    this.#onImage(`${this.account}.dkr.ecr.${repository.region}.amazonaws.com/${repository.name}@${digest}`);
    return image;
  }

  isMutable(repository: RepositoryRecord, tag: string): boolean {
    const excluded = repository.exclusionFilters.some((filter) => matchesWildcard(filter, tag));
    switch (repository.tagMutability) {
      case "MUTABLE":
        return true;
      case "IMMUTABLE":
        return false;
      case "IMMUTABLE_WITH_EXCLUSION":
        return excluded;
      case "MUTABLE_WITH_EXCLUSION":
        return !excluded;
    }
  }

  removeTag(repository: RepositoryRecord, tag: string): void {
    const digest = this.digestOfTag(repository, tag);
    this.#tags.delete(`${keyOf(repository)}:${tag}`);
    // As in ECR, the last tag takes its image with it.
    if (digest !== undefined && this.tagsOf(repository, digest).length === 0) this.removeImage(repository, digest);
  }

  /** Removes the image, its tags, and the layers that no other image of the repository uses. */
  removeImage(repository: RepositoryRecord, digest: string): void {
    if (!this.hasImage(repository, digest)) return;
    const parts = this.#partsOfImage(digest);
    const others = this.images(repository).filter((image) => image.digest !== digest);
    const kept = new Set(others.flatMap((image) => this.#partsOfImage(image.digest)));
    const unused = parts.filter((part) => !kept.has(part));
    this.#store.transaction(() => {
      for (const tag of this.tagsOf(repository, digest)) this.#tags.delete(`${keyOf(repository)}:${tag}`);
      for (const part of unused) this.#layers.delete(`${keyOf(repository)}@${part}`);
      this.#images.delete(`${keyOf(repository)}@${digest}`);
    });
    this.#sweep([digest, ...unused]);
  }

  /** The digests that lists of manifests in this repository name. */
  referenced(repository: RepositoryRecord): ReadonlySet<string> {
    const lists = this.images(repository).filter(({ mediaType }) => isListType(mediaType));
    return new Set(
      lists.flatMap(({ digest }) => {
        const parsed = parseManifest(this.manifestText(digest));
        return parsed?.kind === "index" ? parsed.index.manifests.map((manifest) => manifest.digest) : [];
      }),
    );
  }

  #missingParts(repository: RepositoryRecord, parsed: Manifest): PutRefusal | undefined {
    if (parsed.kind === "image") {
      const digests = partsOf(parsed.manifest).filter((digest) => this.layer(repository, digest) === undefined);
      return digests.length === 0 ? undefined : { refused: "missing-layers", digests };
    }
    const digests = parsed.index.manifests.map(({ digest }) => digest).filter((digest) => !this.hasImage(repository, digest));
    return digests.length === 0 ? undefined : { refused: "missing-images", digests };
  }

  /** Deletes the files no repository names any more; only after the records are durably gone. */
  #sweep(digests: readonly string[]): void {
    const named = new Set([...this.#layers.entries(), ...this.#images.entries()].map(([key]) => key.slice(key.indexOf("@") + 1)));
    for (const digest of digests) if (!named.has(digest)) this.blobs.delete(digest);
  }

  #partsOfImage(digest: string): readonly string[] {
    const parsed = parseManifest(this.manifestText(digest));
    return parsed?.kind === "image" ? partsOf(parsed.manifest) : [];
  }
}

function keyOf(repository: RepositoryRecord): string {
  return `${repository.region}/${repository.name}`;
}

function partsOf(manifest: ImageManifest): string[] {
  return [manifest.config.digest, ...manifest.layers.map(({ digest }) => digest)];
}

function describe(parsed: Manifest, mediaType: string | undefined): Omit<ImageRecord, "digest" | "pushedAt"> {
  const type = mediaTypeOf(parsed, mediaType);
  if (parsed.kind === "index") return { mediaType: type, size: 0 };
  const { manifest } = parsed;
  return {
    mediaType: type,
    artifactType: manifest.artifactType ?? manifest.config.mediaType,
    ...(manifest.subject === undefined ? {} : { subject: manifest.subject.digest }),
    size: manifest.config.size + manifest.layers.reduce((sum, layer) => sum + layer.size, 0),
  };
}

/** `*` stands for any run of characters, as in ECR's WILDCARD filters. */
function matchesWildcard(pattern: string, text: string): boolean {
  const source = pattern
    .split("*")
    .map((part) => part.replace(/[.\\+?^${}()|[\]]/g, "\\$&"))
    .join(".*");
  return new RegExp(`^${source}$`, "s").test(text);
}
