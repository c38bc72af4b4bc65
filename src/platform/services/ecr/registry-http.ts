/**
 * The Docker registry HTTP API v2 (OCI distribution specification) over the same repositories as ECR's own API, so
 * that `docker push` and `docker pull` work against the gateway. As in ECR, a repository must exist before a push.
 * Any credentials are accepted, none are needed; those of `GetAuthorizationToken` say which region is meant.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { isDigest, isTag } from "./image-reference.ts";
import type { ImageRecord, ImageRegistry, RepositoryRecord } from "./image-registry.ts";
import type { LayerUploads } from "./layer-uploads.ts";
import { regionOfAuthorization } from "./registry-token.ts";

/** Manifests are refused above this, as by ECR. */
const LARGEST_MANIFEST_BYTES = 4 * 1024 * 1024;

/** An error of the registry protocol: `{"errors":[{code,message}]}`. */
class RegistryFault extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly repository: RepositoryRecord;
}

/** Answers requests under `/v2/`; the gateway hands it no others. */
export type RegistryHttp = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export function registryHttp(registry: ImageRegistry, uploads: LayerUploads): RegistryHttp {
  return async (request, response) => {
    response.setHeader("Docker-Distribution-API-Version", "registry/2.0");
    try {
      await route(registry, uploads, request, response);
    } catch (failure) {
      if (response.headersSent || response.destroyed) {
        response.destroy();
        return;
      }
      const fault =
        failure instanceof RegistryFault ? failure : new RegistryFault(500, "UNKNOWN", failure instanceof Error ? failure.message : "");
      // What is left of the body is dropped, so that a client that is still sending reads this answer.
      request.resume();
      sendJson(response, fault.status, { errors: [{ code: fault.code, message: fault.message }] });
    }
  };
}

async function route(registry: ImageRegistry, uploads: LayerUploads, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://registry");
  if (url.pathname === "/v2" || url.pathname === "/v2/") return sendJson(response, 200, {});
  const match = /^\/v2\/(.+)\/(blobs\/uploads|blobs|manifests|tags)\/([^/]*)$/.exec(url.pathname);
  if (match === null) throw new RegistryFault(404, "NOT_FOUND", `no such resource: ${url.pathname}`);
  const [, name, kind, last] = match as unknown as [string, string, string, string];
  const region =
    url.searchParams.get("region") ?? regionOfAuthorization(request.headers.authorization) ?? regionOfHost(request.headers.host);
  const repository = registry.findRepository(name, region);
  if (repository === undefined) {
    throw new RegistryFault(
      404,
      "NAME_UNKNOWN",
      `The repository with name '${name}' does not exist in the registry with id '${registry.account}'`,
    );
  }
  const exchange: Exchange = { request, response, url, repository };
  switch (`${request.method} ${kind}`) {
    case "POST blobs/uploads":
      return startUpload(registry, uploads, exchange);
    case "GET blobs/uploads":
      return showUpload(uploads, exchange, last);
    case "PATCH blobs/uploads":
      return continueUpload(uploads, exchange, last);
    case "PUT blobs/uploads":
      return endUpload(uploads, exchange, last);
    case "DELETE blobs/uploads":
      requireUpload(uploads, repository, last);
      uploads.abandon(last);
      return send(response, 204);
    case "HEAD blobs":
    case "GET blobs":
      return sendBlob(registry, exchange, last);
    case "PUT manifests":
      return putManifest(registry, exchange, last);
    case "HEAD manifests":
    case "GET manifests":
      return sendManifest(registry, exchange, last);
    case "DELETE manifests":
      return deleteManifest(registry, exchange, last);
    case "GET tags":
      return listTags(registry, exchange);
    default:
      throw new RegistryFault(405, "UNSUPPORTED", `${request.method} is not supported here`);
  }
}

async function startUpload(registry: ImageRegistry, uploads: LayerUploads, exchange: Exchange): Promise<void> {
  const { response, url, repository } = exchange;
  const mount = url.searchParams.get("mount");
  const from = url.searchParams.get("from");
  if (mount !== null && isDigest(mount)) {
    const source = from === null ? repository : registry.findRepository(from, repository.region);
    if (source !== undefined && uploads.mount(repository, source, mount)) return created(response, repository, "blobs", mount);
  }
  const uploadId = uploads.start(repository);
  const digest = url.searchParams.get("digest");
  if (digest !== null) return endUpload(uploads, exchange, uploadId);
  progress(response, 202, repository, uploadId, 0);
}

function showUpload(uploads: LayerUploads, { response, repository }: Exchange, uploadId: string): void {
  const upload = requireUpload(uploads, repository, uploadId);
  progress(response, 204, repository, uploadId, upload.size);
}

async function continueUpload(uploads: LayerUploads, { request, response, repository }: Exchange, uploadId: string): Promise<void> {
  const upload = requireUpload(uploads, repository, uploadId);
  const range = /^(?:bytes )?(\d+)-(\d+)/.exec(request.headers["content-range"] ?? "");
  if (range !== null && Number(range[1]) !== upload.size) {
    response.setHeader("Range", `0-${Math.max(0, upload.size - 1)}`);
    throw new RegistryFault(416, "BLOB_UPLOAD_INVALID", `the next byte expected is ${upload.size}`);
  }
  const size = await receive(uploads, request, uploadId, upload.size);
  progress(response, 202, repository, uploadId, size);
}

async function endUpload(uploads: LayerUploads, { request, response, url, repository }: Exchange, uploadId: string): Promise<void> {
  const upload = requireUpload(uploads, repository, uploadId);
  const digest = url.searchParams.get("digest") ?? "";
  if (!isDigest(digest)) throw new RegistryFault(400, "DIGEST_INVALID", `not a digest: '${digest}'`);
  await receive(uploads, request, uploadId, upload.size);
  const found = uploads.complete(repository, uploadId, digest);
  if (found !== digest)
    throw new RegistryFault(400, "DIGEST_INVALID", `provided digest ${digest} does not match uploaded content ${found}`);
  created(response, repository, "blobs", digest);
}

/** Appends the request's body; answers the upload's size. */
async function receive(uploads: LayerUploads, request: IncomingMessage, uploadId: string, before: number): Promise<number> {
  let size = before;
  for await (const chunk of request) size = uploads.append(uploadId, chunk as Buffer);
  return size;
}

async function sendBlob(registry: ImageRegistry, { request, response, repository }: Exchange, digest: string): Promise<void> {
  const layer = isDigest(digest) ? registry.layer(repository, digest) : undefined;
  if (layer === undefined || !registry.blobs.has(digest)) throw new RegistryFault(404, "BLOB_UNKNOWN", `no blob ${digest}`);
  response.setHeader("Docker-Content-Digest", digest);
  response.setHeader("Content-Type", "application/octet-stream");
  response.setHeader("Accept-Ranges", "bytes");
  const { start, end } = rangeOf(request, layer.size);
  if (start > 0 || end < layer.size - 1) {
    response.statusCode = 206;
    response.setHeader("Content-Range", `bytes ${start}-${end}/${layer.size}`);
  }
  response.setHeader("Content-Length", end - start + 1);
  if (request.method === "HEAD" || layer.size === 0) {
    response.end();
    return;
  }
  await pipeline(createReadStream(registry.blobs.path(digest), { start, end }), response);
}

function rangeOf(request: IncomingMessage, size: number): { start: number; end: number } {
  const match = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
  if (match === null) return { start: 0, end: size - 1 };
  const start = Number(match[1]);
  const end = match[2] === "" ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (start > end) throw new RegistryFault(416, "RANGE_INVALID", `the blob has ${size} bytes`);
  return { start, end };
}

async function putManifest(registry: ImageRegistry, { request, response, repository }: Exchange, reference: string): Promise<void> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > LARGEST_MANIFEST_BYTES) throw new RegistryFault(413, "SIZE_INVALID", "a manifest has at most 4 MiB");
    chunks.push(chunk as Buffer);
  }
  if (!isDigest(reference) && !isTag(reference)) throw new RegistryFault(400, "TAG_INVALID", `neither a tag nor a digest: '${reference}'`);
  const bytes = Buffer.concat(chunks);
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  if (isDigest(reference) && digest !== reference) throw new RegistryFault(400, "DIGEST_INVALID", `the manifest's digest is ${digest}`);
  const mediaType = request.headers["content-type"];
  const outcome = registry.putImage(repository, bytes, isDigest(reference) ? undefined : reference, mediaType);
  if ("refused" in outcome && outcome.refused !== "exists") {
    if (outcome.refused === "malformed")
      throw new RegistryFault(400, "MANIFEST_INVALID", "the manifest is malformed or of an unsupported kind");
    if (outcome.refused === "tag-immutable") {
      throw new RegistryFault(
        400,
        "TAG_INVALID",
        `The image tag '${reference}' already exists in the '${repository.name}' repository and cannot be overwritten because the tag is immutable.`,
      );
    }
    throw new RegistryFault(400, "MANIFEST_BLOB_UNKNOWN", `not in this repository: ${outcome.digests.join(", ")}`);
  }
  created(response, repository, "manifests", digest);
}

function sendManifest(registry: ImageRegistry, { request, response, repository }: Exchange, reference: string): void {
  const image = imageOf(registry, repository, reference);
  const bytes = registry.blobs.read(image.digest);
  if (request.method === "GET") registry.recordPull(repository, image.digest);
  response.setHeader("Docker-Content-Digest", image.digest);
  response.setHeader("Content-Type", image.mediaType);
  response.setHeader("Content-Length", bytes.length);
  response.end(request.method === "HEAD" ? undefined : bytes);
}

function deleteManifest(registry: ImageRegistry, { response, repository }: Exchange, reference: string): void {
  const image = imageOf(registry, repository, reference);
  if (isDigest(reference)) registry.removeImage(repository, image.digest);
  else registry.removeTag(repository, reference);
  send(response, 202);
}

function imageOf(registry: ImageRegistry, repository: RepositoryRecord, reference: string): ImageRecord {
  const digest = isDigest(reference) ? reference : registry.digestOfTag(repository, reference);
  const image = digest === undefined ? undefined : registry.image(repository, digest);
  if (image === undefined) throw new RegistryFault(404, "MANIFEST_UNKNOWN", `Requested image not found: ${repository.name}:${reference}`);
  return image;
}

function listTags(registry: ImageRegistry, { response, url, repository }: Exchange): void {
  const last = url.searchParams.get("last") ?? "";
  const limit = Number(url.searchParams.get("n") ?? Number.POSITIVE_INFINITY);
  const all = registry.tags(repository).map(({ tag }) => tag);
  const rest = all.filter((tag) => tag > last);
  const tags = rest.slice(0, Number.isNaN(limit) ? undefined : limit);
  const next = tags.at(-1);
  if (tags.length < rest.length && next !== undefined) {
    response.setHeader("Link", `</v2/${repository.name}/tags/list?n=${tags.length}&last=${encodeURIComponent(next)}>; rel="next"`);
  }
  sendJson(response, 200, { name: repository.name, tags });
}

function requireUpload(uploads: LayerUploads, repository: RepositoryRecord, uploadId: string): { readonly size: number } {
  const upload = uploads.find(repository, uploadId);
  if (upload === undefined) throw new RegistryFault(404, "BLOB_UPLOAD_UNKNOWN", `no upload ${uploadId}`);
  return upload;
}

function created(response: ServerResponse, repository: RepositoryRecord, kind: "blobs" | "manifests", digest: string): void {
  response.setHeader("Location", `/v2/${repository.name}/${kind}/${digest}`);
  response.setHeader("Docker-Content-Digest", digest);
  send(response, 201);
}

function progress(response: ServerResponse, status: number, repository: RepositoryRecord, uploadId: string, size: number): void {
  response.setHeader("Location", `/v2/${repository.name}/blobs/uploads/${uploadId}`);
  response.setHeader("Docker-Upload-UUID", uploadId);
  response.setHeader("Range", `0-${Math.max(0, size - 1)}`);
  send(response, status);
}

function send(response: ServerResponse, status: number): void {
  response.statusCode = status;
  if (status !== 204) response.setHeader("Content-Length", 0);
  response.end();
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.statusCode = status;
  response.setHeader("Content-Type", "application/json");
  response.setHeader("Content-Length", Buffer.byteLength(text));
  response.end(response.req.method === "HEAD" ? undefined : text);
}

function regionOfHost(host: string | undefined): string | undefined {
  return /^\d{12}\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\./.exec(host ?? "")?.[1];
}
