/**
 * Content-addressed files: `<folder>/sha256/<hex>` holds exactly the bytes whose SHA-256 is `<hex>`. A blob appears
 * whole or not at all: it is written beside its place, verified, flushed to disk and renamed. Uploads in parts
 * survive a restart of the platform, as ECR's do.
 */
import { createHash, type Hash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

interface Upload {
  readonly hash: Hash;
  size: number;
}

export class BlobStore {
  readonly #blobs: string;
  readonly #uploads: string;
  // The running hash of each upload in progress; rebuilt from its file when the platform was restarted meanwhile.
  readonly #open = new Map<string, Upload>();

  /** `folder`: `<stateDir>/blobs`; created when missing. */
  constructor(folder: string) {
    this.#blobs = join(folder, "sha256");
    this.#uploads = join(folder, "uploads");
    mkdirSync(this.#blobs, { recursive: true });
    mkdirSync(this.#uploads, { recursive: true });
  }

  /** Where the blob lies, whether it exists or not. `digest`: `sha256:<hex>`. */
  path(digest: string): string {
    const match = /^sha256:([0-9a-f]{64})$/.exec(digest);
    if (match === null) throw new TypeError(`not a digest: ${digest}`);
    return join(this.#blobs, match[1] as string);
  }

  has(digest: string): boolean {
    return existsSync(this.path(digest));
  }

  /** Bytes of a blob that exists. */
  size(digest: string): number {
    return statSync(this.path(digest)).size;
  }

  read(digest: string): Buffer {
    return readFileSync(this.path(digest));
  }

  /** Keeps `bytes` and answers their digest; a no-op when they are already there. */
  put(bytes: Uint8Array): string {
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    if (this.has(digest)) return digest;
    const draft = join(this.#uploads, `put-${digest.slice(7)}`);
    writeFileSync(draft, bytes, { flush: true });
    this.#publish(draft, digest);
    return digest;
  }

  delete(digest: string): void {
    rmSync(this.path(digest), { force: true });
  }

  /** `uploadId`: chosen by the caller, a name without separators. */
  startUpload(uploadId: string): void {
    writeFileSync(this.#draft(uploadId), "");
    this.#open.set(uploadId, { hash: createHash("sha256"), size: 0 });
  }

  /** Bytes received so far; undefined for an unknown upload. */
  uploadSize(uploadId: string): number | undefined {
    return this.#upload(uploadId)?.size;
  }

  /** Appends to an upload that exists; answers its new size. */
  append(uploadId: string, bytes: Uint8Array): number {
    const upload = this.#upload(uploadId);
    if (upload === undefined) throw new Error(`no upload ${uploadId}`);
    const file = openSync(this.#draft(uploadId), "a");
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
    } finally {
      closeSync(file);
    }
    upload.hash.update(bytes);
    upload.size += bytes.length;
    return upload.size;
  }

  /**
   * Ends an upload. Answers the blob's size, or the digest found when it is not the one expected; the upload is
   * gone only in the first case.
   */
  completeUpload(uploadId: string, expected: string): { readonly size: number } | { readonly found: string } {
    const upload = this.#upload(uploadId);
    if (upload === undefined) throw new Error(`no upload ${uploadId}`);
    const found = `sha256:${upload.hash.copy().digest("hex")}`;
    if (found !== expected) return { found };
    const draft = this.#draft(uploadId);
    const file = openSync(draft, "r+");
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    this.#publish(draft, found);
    this.#open.delete(uploadId);
    return { size: upload.size };
  }

  abandonUpload(uploadId: string): void {
    this.#open.delete(uploadId);
    rmSync(this.#draft(uploadId), { force: true });
  }

  #publish(draft: string, digest: string): void {
    renameSync(draft, this.path(digest));
    // The rename itself must be on disk before the blob is acknowledged.
    const folder = openSync(this.#blobs, "r");
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  }

  #draft(uploadId: string): string {
    if (!/^[\w-]+$/.test(uploadId)) throw new TypeError(`not an upload id: ${uploadId}`);
    return join(this.#uploads, uploadId);
  }

  #upload(uploadId: string): Upload | undefined {
    const open = this.#open.get(uploadId);
    if (open !== undefined) return open;
    if (!/^[\w-]+$/.test(uploadId) || !existsSync(this.#draft(uploadId))) return undefined;
    const upload = { hash: createHash("sha256"), size: 0 };
    const chunk = Buffer.allocUnsafe(1 << 20);
    const file = openSync(this.#draft(uploadId), "r");
    try {
      for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
        upload.hash.update(chunk.subarray(0, read));
        upload.size += read;
      }
    } finally {
      closeSync(file);
    }
    this.#open.set(uploadId, upload);
    return upload;
  }
}
