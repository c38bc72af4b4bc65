/** Puts a packed image into a repository through ECR's own API, so that no Docker client is needed. What is there already is not sent again. */
import { open } from "node:fs/promises";
import type { Aws } from "../../aws/aws.ts";
import type { PackedImage } from "./packed-image.ts";

// ECR refuses parts above 20 MiB; the wire carries them as base64 in one JSON body.
const partBytes = 10 * 1024 * 1024;

/**
 * Pushes layers, configuration and manifest. Answers whether anything had to be sent. `isNew`: the repository was made a
 * moment ago, so that nobody need be asked what it holds. `progress` hears how many bytes of the layer are sent.
 */
export async function pushImage(
  ecr: Aws["ecr"],
  repositoryName: string,
  image: PackedImage,
  isNew: boolean,
  progress: (sent: number, all: number) => void = () => undefined,
): Promise<boolean> {
  const present = isNew ? new Set() : await presentLayers(ecr, repositoryName, [image.layer.digest, image.config.digest]);
  await Promise.all([
    present.has(image.layer.digest) ? undefined : uploadFile(ecr, repositoryName, image.layer.file, image.layer.digest, progress),
    present.has(image.config.digest) ? undefined : uploadBytes(ecr, repositoryName, Buffer.from(image.config.text), image.config.digest),
  ]);
  try {
    await ecr.putImage({
      repositoryName,
      imageManifest: image.manifest,
      imageManifestMediaType: "application/vnd.oci.image.manifest.v1+json",
      imageDigest: image.digest,
    });
    return true;
  } catch (error) {
    if ((error as Error).name === "ImageAlreadyExistsException") return false;
    throw error;
  }
}

async function presentLayers(ecr: Aws["ecr"], repositoryName: string, layerDigests: string[]): Promise<Set<string | undefined>> {
  const { layers = [] } = await ecr.batchCheckLayerAvailability({ repositoryName, layerDigests });
  return new Set(layers.flatMap(({ layerDigest, layerAvailability }) => (layerAvailability === "AVAILABLE" ? [layerDigest] : [])));
}

async function uploadFile(
  ecr: Aws["ecr"],
  repositoryName: string,
  file: string,
  digest: string,
  progress: (sent: number, all: number) => void,
): Promise<void> {
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    await upload(ecr, repositoryName, digest, size, async (from, length) => {
      const part = Buffer.alloc(length);
      const { bytesRead } = await handle.read(part, 0, length, from);
      progress(from, size);
      return part.subarray(0, bytesRead);
    });
  } finally {
    await handle.close();
  }
}

function uploadBytes(ecr: Aws["ecr"], repositoryName: string, bytes: Buffer, digest: string): Promise<void> {
  return upload(ecr, repositoryName, digest, bytes.length, async (from, length) => bytes.subarray(from, from + length));
}

async function upload(
  ecr: Aws["ecr"],
  repositoryName: string,
  digest: string,
  size: number,
  read: (from: number, length: number) => Promise<Buffer>,
): Promise<void> {
  const { uploadId } = await ecr.initiateLayerUpload({ repositoryName });
  for (let from = 0; from < size; from += partBytes) {
    const part = await read(from, Math.min(partBytes, size - from));
    await ecr.uploadLayerPart({
      repositoryName,
      uploadId,
      partFirstByte: from,
      partLastByte: from + part.length - 1,
      layerPartBlob: part,
    });
  }
  try {
    await ecr.completeLayerUpload({ repositoryName, uploadId, layerDigests: [digest] });
  } catch (error) {
    // Another deployment of the same context was faster.
    if ((error as Error).name !== "LayerAlreadyExistsException") throw error;
  }
}
