import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RandomIds } from "../../../kit/ids.ts";
import { temporaryFolder } from "../../../kit/temporary-folder.testing.ts";
import { VirtualClock } from "../../../kit/virtual-clock.ts";
import type { OperationInput, OperationName, OperationOutput } from "../../gateway/operations.ts";
import { LibsqlStore } from "../../persistence/libsql-store.ts";
import { BlobStore } from "./blob-store.ts";
import { ImageLifecycle } from "./image-lifecycle.ts";
import { ImageRegistry } from "./image-registry.ts";
import { RegistryImageStore } from "./image-store.ts";
import { LayerUploads } from "./layer-uploads.ts";
import { ecrProvider } from "./provider.ts";
import { registryHttp } from "./registry-http.ts";

const account = "000000000000";
const digestOf = (bytes: Uint8Array | string): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** An image of one layer, as a client would push it. */
function anImage(content: string, architecture = "amd64") {
  const layer = gzipSync(content);
  const config = Buffer.from(JSON.stringify({ architecture, os: "linux", config: { Cmd: ["node", "app.js"] } }));
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: digestOf(config), size: config.length },
    layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: digestOf(layer), size: layer.length }],
  });
  return { layer, config, manifest, digest: digestOf(manifest) };
}

describe("a registry", () => {
  let folder: string;
  let store: LibsqlStore;
  let clock: VirtualClock;
  let server: Server;
  let endpoint: string;
  let registry: ImageRegistry;
  let images: RegistryImageStore;
  let call: <O extends OperationName<"ecr">>(operation: O, input: OperationInput<"ecr", O>) => Promise<OperationOutput<"ecr", O>>;

  const open = (): void => {
    store = new LibsqlStore(join(folder, "state.db"));
    const blobs = new BlobStore(join(folder, "blobs"));
    registry = new ImageRegistry({ store, blobs, clock, account });
    const uploads = new LayerUploads(registry, store, new RandomIds());
    const provider = ecrProvider({ clock, registry, uploads, scanFindings: join(folder, "scan-findings.json"), endpoint: () => endpoint });
    images = new RegistryImageStore(registry, blobs);
    call = async (operation, input) => {
      const handler = provider.operations[operation];
      if (handler === undefined) throw new Error(`no ${operation}`);
      return handler(input as never, { account, region: "us-east-1", requestId: "r" }) as never;
    };
    const answer = registryHttp(registry, uploads);
    server.removeAllListeners("request");
    server.on("request", (request, response) => void answer(request, response));
  };

  const reopen = (): void => {
    store.close();
    open();
  };

  const pushLayer = async (repositoryName: string, bytes: Uint8Array): Promise<void> => {
    const { uploadId } = await call("InitiateLayerUpload", { repositoryName });
    await call("UploadLayerPart", {
      repositoryName,
      uploadId,
      partFirstByte: 0,
      partLastByte: bytes.length - 1,
      layerPartBlob: bytes,
    });
    await call("CompleteLayerUpload", { repositoryName, uploadId, layerDigests: [digestOf(bytes)] });
  };

  const push = async (repositoryName: string, image: ReturnType<typeof anImage>, imageTag?: string): Promise<void> => {
    for (const blob of [image.layer, image.config]) {
      const { layers } = await call("BatchCheckLayerAvailability", { repositoryName, layerDigests: [digestOf(blob)] });
      if (layers?.[0]?.layerAvailability !== "AVAILABLE") await pushLayer(repositoryName, blob);
    }
    await call("PutImage", { repositoryName, imageManifest: image.manifest, imageTag });
  };

  beforeEach(async () => {
    folder = temporaryFolder();
    clock = new VirtualClock(1_700_000_000_000);
    server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    open();
    await call("CreateRepository", { repositoryName: "items" });
  });

  afterEach(async () => {
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
    store.close();
  });

  it("an image pushed through the API is resolved by tag and by digest, also after a restart", async () => {
    const image = anImage("one");
    await push("items", image, "v1");
    reopen();
    for (const reference of [
      `${account}.dkr.ecr.us-east-1.amazonaws.com/items:v1`,
      `${account}.dkr.ecr.us-east-1.amazonaws.com/items@${image.digest}`,
      `${account}.dkr.ecr.us-east-1.amazonaws.com/items:gone@${image.digest}`,
      "127.0.0.1:4566/items:v1",
    ]) {
      const resolved = images.resolve(reference);
      expect(resolved, reference).toMatchObject({ digest: image.digest, config: { config: { Cmd: ["node", "app.js"] } } });
      expect(readFileSync(resolved!.layers[0]!.path)).toEqual(image.layer);
    }
    expect(images.resolve(`${account}.dkr.ecr.us-east-1.amazonaws.com/items:v2`)).toBeUndefined();
    expect(images.resolve("public.ecr.aws/docker/library/nginx:latest")).toBeUndefined();
    expect(images.serves("111111111111.dkr.ecr.us-east-1.amazonaws.com/items:v1")).toBe(false);
  });

  it("a tag moves to the next image, and the old digest still resolves to the old bytes", async () => {
    const [one, two] = [anImage("one"), anImage("two")];
    await push("items", one, "latest");
    await push("items", two, "latest");
    expect(images.resolve("127.0.0.1:4566/items")?.digest).toBe(two.digest);
    expect(images.resolve(`127.0.0.1:4566/items@${one.digest}`)?.digest).toBe(one.digest);
    const { imageDetails } = await call("DescribeImages", { repositoryName: "items", filter: { tagStatus: "UNTAGGED" } });
    expect(imageDetails?.map(({ imageDigest }) => imageDigest)).toEqual([one.digest]);
  });

  it("immutable tags stay where they are, but excluded ones move", async () => {
    await call("CreateRepository", {
      repositoryName: "kept",
      imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
      imageTagMutabilityExclusionFilters: [{ filterType: "WILDCARD", filter: "pr-*" }],
    });
    await push("kept", anImage("one"), "v1");
    await push("kept", anImage("one"), "pr-7");
    await expect(push("kept", anImage("two"), "v1")).rejects.toMatchObject({ name: "ImageTagAlreadyExistsException" });
    await push("kept", anImage("two"), "pr-7");
    expect(images.resolve("127.0.0.1:4566/kept:v1")?.digest).toBe(anImage("one").digest);
    expect(images.resolve("127.0.0.1:4566/kept:pr-7")?.digest).toBe(anImage("two").digest);
  });

  it("bytes that are not what their digest says do not become a layer", async () => {
    const { uploadId } = await call("InitiateLayerUpload", { repositoryName: "items" });
    await call("UploadLayerPart", {
      repositoryName: "items",
      uploadId,
      partFirstByte: 0,
      partLastByte: 2,
      layerPartBlob: Buffer.from("abc"),
    });
    const claimed = digestOf("something else");
    await expect(call("CompleteLayerUpload", { repositoryName: "items", uploadId, layerDigests: [claimed] })).rejects.toMatchObject({
      name: "InvalidLayerException",
    });
    const { layers } = await call("BatchCheckLayerAvailability", { repositoryName: "items", layerDigests: [claimed] });
    expect(layers?.[0]?.layerAvailability).toBe("UNAVAILABLE");
  });

  it("an upload in parts goes on where it stood before a restart; a gap is refused with the last byte received", async () => {
    const part = Buffer.alloc(5 * 1024 * 1024, 7);
    const bytes = Buffer.concat([part, Buffer.from("the end")]);
    const { uploadId } = await call("InitiateLayerUpload", { repositoryName: "items" });
    const base = { repositoryName: "items", uploadId };
    await call("UploadLayerPart", { ...base, partFirstByte: 0, partLastByte: part.length - 1, layerPartBlob: part });
    reopen();
    await expect(
      call("UploadLayerPart", { ...base, partFirstByte: 9, partLastByte: 9, layerPartBlob: Buffer.from("x") }),
    ).rejects.toMatchObject({ name: "InvalidLayerPartException", lastValidByteReceived: part.length - 1 });
    await call("UploadLayerPart", {
      ...base,
      partFirstByte: part.length,
      partLastByte: bytes.length - 1,
      layerPartBlob: bytes.subarray(part.length),
    });
    const { layerDigest } = await call("CompleteLayerUpload", { ...base, layerDigests: [digestOf(bytes)] });
    expect(layerDigest).toBe(digestOf(bytes));
  });

  it("what is refused is refused with ECR's exception", async () => {
    const { manifest } = anImage("never pushed");
    const refused: [Promise<unknown>, string][] = [
      [call("PutImage", { repositoryName: "items", imageManifest: manifest }), "LayersNotFoundException"],
      [call("PutImage", { repositoryName: "items", imageManifest: "{}" }), "InvalidParameterException"],
      [call("PutImage", { repositoryName: "none", imageManifest: manifest }), "RepositoryNotFoundException"],
      [call("CreateRepository", { repositoryName: "items" }), "RepositoryAlreadyExistsException"],
      [call("GetLifecyclePolicy", { repositoryName: "items" }), "LifecyclePolicyNotFoundException"],
      [call("PutLifecyclePolicy", { repositoryName: "items", lifecyclePolicyText: "{}" }), "InvalidParameterException"],
      [call("GetRepositoryPolicy", { repositoryName: "items" }), "RepositoryPolicyNotFoundException"],
      [call("CompleteLayerUpload", { repositoryName: "items", uploadId: "no", layerDigests: [digestOf("")] }), "UploadNotFoundException"],
      [call("DescribeImages", { repositoryName: "items", imageIds: [{ imageTag: "no" }] }), "ImageNotFoundException"],
    ];
    for (const [attempt, name] of refused) await expect(attempt, name).rejects.toMatchObject({ name });
    await push("items", anImage("one"), "v1");
    await expect(push("items", anImage("one"), "v1")).rejects.toMatchObject({ name: "ImageAlreadyExistsException" });
    await expect(call("DeleteRepository", { repositoryName: "items" })).rejects.toMatchObject({ name: "RepositoryNotEmptyException" });
  });

  it("deleting an image frees its layers, except those another image uses", async () => {
    await push("items", anImage("shared"), "a");
    await call("CreateRepository", { repositoryName: "other" });
    await push("other", anImage("shared"), "b");
    const path = images.resolve("127.0.0.1:4566/items:a")!.layers[0]!.path;
    await call("BatchDeleteImage", { repositoryName: "items", imageIds: [{ imageTag: "a" }] });
    expect(images.resolve("127.0.0.1:4566/items:a")).toBeUndefined();
    expect(readFileSync(path)).toEqual(anImage("shared").layer);
    await call("DeleteRepository", { repositoryName: "other", force: true });
    expect(() => readFileSync(path)).toThrow("ENOENT");
  });

  it("a lifecycle policy is applied at the start and every hour, and takes the layers along", async () => {
    const image = anImage("old");
    await push("items", image, "v1");
    const path = images.resolve("127.0.0.1:4566/items:v1")!.layers[0]!.path;
    clock.advanceBy(1_000);
    await push("items", anImage("new"), "v2");
    const selection = { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 1 };
    const lifecyclePolicyText = JSON.stringify({ rules: [{ rulePriority: 1, selection, action: { type: "expire" } }] });
    const lifecycle = new ImageLifecycle({ clock, registry });
    clock.advanceBy(60_000);
    await call("PutLifecyclePolicy", { repositoryName: "items", lifecyclePolicyText });
    expect(images.resolve("127.0.0.1:4566/items:v1")).toBeDefined();
    clock.advanceBy(3_600_000);
    lifecycle.close();
    expect(images.resolve("127.0.0.1:4566/items:v1")).toBeUndefined();
    expect(() => readFileSync(path)).toThrow("ENOENT");
    expect(images.resolve("127.0.0.1:4566/items:v2")).toBeDefined();
  });

  it.each([
    ["{", /it is no JSON/],
    ["[]", /it must map repositories to lists of findings/],
    ['{"items": 3}', /items must be a list of findings/],
    ['{"items": [{"name": "CVE-2026-1", "severity": "critical"}]}', /a severity \(CRITICAL, /],
    ['{"items": [{"severity": "LOW"}]}', /each with a name/],
  ])("findings laid ready that cannot be read, %s, are refused with what is wrong, never passed off as a scan", async (text, why) => {
    const image = anImage("one");
    await push("items", image, "v1");
    const scan = () => call("DescribeImageScanFindings", { repositoryName: "items", imageId: { imageDigest: image.digest } });
    await expect(scan()).rejects.toMatchObject({ name: "ScanNotFoundException" });
    const file = join(folder, "scan-findings.json");
    writeFileSync(file, text);
    await expect(scan()).rejects.toMatchObject({ name: "ValidationException", message: expect.stringMatching(why) });
    await expect(scan()).rejects.toThrow(file);
    writeFileSync(file, '{"items": [{"name": "CVE-2026-1", "severity": "CRITICAL"}]}');
    expect(await scan()).toMatchObject({ imageScanFindings: { findingSeverityCounts: { CRITICAL: 1 } } });
  });

  describe("over the Docker registry protocol", () => {
    const upload = async (bytes: Uint8Array): Promise<Response> => {
      const started = await fetch(`${endpoint}/v2/items/blobs/uploads/`, { method: "POST" });
      expect(started.status).toBe(202);
      let location = started.headers.get("location")!;
      const half = Math.floor(bytes.length / 2);
      for (const [from, to] of [
        [0, half],
        [half, bytes.length],
      ] as const) {
        const sent = await fetch(endpoint + location, {
          method: "PATCH",
          body: bytes.subarray(from, to) as Uint8Array<ArrayBuffer>,
          headers: { "content-range": `${from}-${to - 1}` },
        });
        expect(sent.status).toBe(202);
        expect(sent.headers.get("range")).toBe(`0-${to - 1}`);
        location = sent.headers.get("location")!;
      }
      return fetch(`${endpoint}${location}?digest=${digestOf(bytes)}`, { method: "PUT" });
    };

    it("a chunked push arrives whole, and a pull answers the same bytes", async () => {
      const image = anImage("pushed by docker");
      expect((await fetch(`${endpoint}/v2/`)).status).toBe(200);
      expect((await fetch(`${endpoint}/v2/items/blobs/${digestOf(image.layer)}`, { method: "HEAD" })).status).toBe(404);
      expect((await upload(image.layer)).status).toBe(201);
      expect((await upload(image.config)).status).toBe(201);
      const put = await fetch(`${endpoint}/v2/items/manifests/v1`, {
        method: "PUT",
        body: image.manifest,
        headers: { "content-type": "application/vnd.oci.image.manifest.v1+json" },
      });
      expect([put.status, put.headers.get("docker-content-digest")]).toEqual([201, image.digest]);

      const manifest = await fetch(`${endpoint}/v2/items/manifests/v1`);
      expect(await manifest.text()).toBe(image.manifest);
      expect(manifest.headers.get("content-type")).toBe("application/vnd.oci.image.manifest.v1+json");
      const blob = await fetch(`${endpoint}/v2/items/blobs/${digestOf(image.layer)}`);
      expect(Buffer.from(await blob.arrayBuffer())).toEqual(image.layer);
      const part = await fetch(`${endpoint}/v2/items/blobs/${digestOf(image.layer)}`, { headers: { range: "bytes=2-5" } });
      expect([part.status, Buffer.from(await part.arrayBuffer())]).toEqual([206, image.layer.subarray(2, 6)]);
      expect(await (await fetch(`${endpoint}/v2/items/tags/list`)).json()).toEqual({ name: "items", tags: ["v1"] });
      expect(images.resolve("127.0.0.1:4566/items:v1")?.digest).toBe(image.digest);

      const { downloadUrl } = await call("GetDownloadUrlForLayer", { repositoryName: "items", layerDigest: digestOf(image.layer) });
      expect(Buffer.from(await (await fetch(downloadUrl!)).arrayBuffer())).toEqual(image.layer);
    });

    it("an image for several platforms is resolved for this machine's", async () => {
      const [amd, arm] = [anImage("x86", "amd64"), anImage("arm", "arm64")];
      await push("items", amd);
      await push("items", arm);
      const entry = (image: typeof amd, architecture: string) => ({
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        digest: image.digest,
        size: image.manifest.length,
        platform: { os: "linux", architecture },
      });
      const mediaType = "application/vnd.oci.image.index.v1+json";
      const index = JSON.stringify({ schemaVersion: 2, mediaType, manifests: [entry(amd, "amd64"), entry(arm, "arm64")] });
      await fetch(`${endpoint}/v2/items/manifests/multi`, { method: "PUT", body: index, headers: { "content-type": mediaType } });
      expect(images.resolve("127.0.0.1:4566/items:multi", "arm64")?.config.architecture).toBe("arm64");
      expect(() => images.resolve("127.0.0.1:4566/items:multi", "s390x")).toThrow(
        "image Manifest does not contain descriptor matching platform 'linux/s390x'",
      );
      const { failures } = await call("BatchDeleteImage", { repositoryName: "items", imageIds: [{ imageDigest: amd.digest }] });
      expect(failures?.[0]?.failureCode).toBe("ImageReferencedByManifestList");
    });

    it("faults carry the protocol's codes", async () => {
      const problem = async (path: string, init?: RequestInit): Promise<[number, string]> => {
        const response = await fetch(endpoint + path, init);
        const { errors } = (await response.json()) as { errors: { code: string }[] };
        return [response.status, errors[0]!.code];
      };
      expect(await problem("/v2/none/manifests/v1")).toEqual([404, "NAME_UNKNOWN"]);
      expect(await problem("/v2/items/manifests/v9")).toEqual([404, "MANIFEST_UNKNOWN"]);
      expect(await problem("/v2/items/manifests/v1", { method: "PUT", body: "not json" })).toEqual([400, "MANIFEST_INVALID"]);
      expect(await problem("/v2/items/manifests/v1", { method: "PUT", body: anImage("x").manifest })).toEqual([
        400,
        "MANIFEST_BLOB_UNKNOWN",
      ]);
      expect(await problem(`/v2/items/blobs/uploads/?digest=${digestOf("a")}`, { method: "POST", body: "b" })).toEqual([
        400,
        "DIGEST_INVALID",
      ]);
      expect(await problem("/v2/items/blobs/uploads/unknown", { method: "PATCH", body: "b" })).toEqual([404, "BLOB_UPLOAD_UNKNOWN"]);
    });
  });
});
