/**
 * Layer uploads in progress. An upload belongs to one repository and outlives a restart: its bytes are in the blob
 * store, this remembers whose they are.
 */
import type { Ids } from "../../../kit/ids.ts";
import type { Collection, Store } from "../../persistence/store.ts";
import type { BlobStore } from "./blob-store.ts";
import type { ImageRegistry, RepositoryRecord } from "./image-registry.ts";

interface UploadRecord {
  readonly region: string;
  readonly repository: string;
  /** Bytes of the part received last: ECR lets only the last one be small. */
  readonly lastPartSize: number;
}

export interface LayerUpload {
  readonly size: number;
  readonly lastPartSize: number;
}

/** ECR names every layer so until an image's manifest says better. */
const LAYER_MEDIA_TYPE = "application/vnd.docker.image.rootfs.diff.tar.gzip";

export class LayerUploads {
  readonly #registry: ImageRegistry;
  readonly #blobs: BlobStore;
  readonly #ids: Ids;
  readonly #records: Collection<UploadRecord>;

  constructor(registry: ImageRegistry, store: Store, ids: Ids) {
    this.#registry = registry;
    this.#blobs = registry.blobs;
    this.#ids = ids;
    this.#records = store.collection("ecr.uploads");
  }

  /** Answers the upload's id. */
  start(repository: RepositoryRecord): string {
    const uploadId = this.#ids.uuid();
    this.#blobs.startUpload(uploadId);
    this.#records.put(uploadId, { region: repository.region, repository: repository.name, lastPartSize: 0 });
    return uploadId;
  }

  find(repository: RepositoryRecord, uploadId: string): LayerUpload | undefined {
    const record = this.#records.get(uploadId);
    if (record === undefined || record.region !== repository.region || record.repository !== repository.name) return undefined;
    const size = this.#blobs.uploadSize(uploadId);
    return size === undefined ? undefined : { size, lastPartSize: record.lastPartSize };
  }

  /** Answers the upload's new size in bytes. */
  append(uploadId: string, bytes: Uint8Array): number {
    const size = this.#blobs.append(uploadId, bytes);
    const record = this.#records.get(uploadId);
    if (record !== undefined) this.#records.put(uploadId, { ...record, lastPartSize: bytes.length });
    return size;
  }

  /** Makes the upload a layer of the repository when its digest is `expected`. Answers the digest found; only a match ends the upload. */
  complete(repository: RepositoryRecord, uploadId: string, expected: string): string {
    const outcome = this.#blobs.completeUpload(uploadId, expected);
    if ("found" in outcome) return outcome.found;
    this.#registry.addLayer(repository, { digest: expected, size: outcome.size, mediaType: LAYER_MEDIA_TYPE });
    this.#records.delete(uploadId);
    return expected;
  }

  abandon(uploadId: string): void {
    this.#blobs.abandonUpload(uploadId);
    this.#records.delete(uploadId);
  }

  /** Makes a layer of another repository one of this one too, without an upload (`mount`). Answers false when it has none such. */
  mount(repository: RepositoryRecord, from: RepositoryRecord, digest: string): boolean {
    const layer = this.#registry.layer(from, digest);
    if (layer === undefined) return false;
    this.#registry.addLayer(repository, layer);
    return true;
  }
}
