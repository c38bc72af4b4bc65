/** Layers through ECR's own API: asked for, uploaded in parts, and where to fetch them. */
import {
  EmptyUploadException,
  InvalidLayerException,
  InvalidLayerPartException,
  LayerAlreadyExistsException,
  LayerInaccessibleException,
  LayerPartTooSmallException,
  LayersNotFoundException,
} from "@aws-sdk/client-ecr";
import type { Operations } from "../../gateway/operations.ts";
import { invalidParameter, requireRepository, uploadNotFound } from "./faults.ts";
import { isDigest } from "./image-reference.ts";
import type { ImageRegistry } from "./image-registry.ts";
import type { LayerUploads } from "./layer-uploads.ts";

/** The part size ECR asks for; every part but the last must have at least 5 MiB. */
const PART_SIZE_BYTES = 20 * 1024 * 1024;
const SMALLEST_PART_BYTES = 5 * 1024 * 1024;

export function layerOperations(registry: ImageRegistry, uploads: LayerUploads, endpoint: () => string): Operations<"ecr"> {
  const { account } = registry;
  return {
    BatchCheckLayerAvailability: (input, { region }) => {
      const repository = requireRepository(registry, region, input.repositoryName, input.registryId);
      const digests = input.layerDigests ?? [];
      return {
        layers: digests.filter(isDigest).map((layerDigest) => {
          const layer = registry.layer(repository, layerDigest);
          return layer === undefined
            ? { layerDigest, layerAvailability: "UNAVAILABLE" as const }
            : { layerDigest, layerAvailability: "AVAILABLE" as const, layerSize: layer.size, mediaType: layer.mediaType };
        }),
        failures: digests
          .filter((digest) => !isDigest(digest))
          .map((layerDigest) => ({
            layerDigest,
            failureCode: "InvalidLayerDigest" as const,
            failureReason: "Invalid parameter at 'layerDigest' failed to satisfy constraint: 'must be a digest'",
          })),
      };
    },

    InitiateLayerUpload: (input, { region }) => {
      const repository = requireRepository(registry, region, input.repositoryName, input.registryId);
      return { uploadId: uploads.start(repository), partSize: PART_SIZE_BYTES };
    },

    UploadLayerPart: (input, { region }) => {
      const repository = requireRepository(registry, region, input.repositoryName, input.registryId);
      const { uploadId = "", partFirstByte = 0, partLastByte = 0, layerPartBlob = new Uint8Array() } = input;
      const upload = uploads.find(repository, uploadId);
      if (upload === undefined) throw uploadNotFound(uploadId, repository, account);
      if (partFirstByte !== upload.size) {
        throw new InvalidLayerPartException({
          message: `Layer part with first byte '${partFirstByte}' and last byte '${partLastByte}' is not consecutive to last byte received '${upload.size - 1}'`,
          registryId: account,
          repositoryName: repository.name,
          uploadId,
          lastValidByteReceived: upload.size - 1,
          $metadata: {},
        });
      }
      if (partLastByte - partFirstByte + 1 !== layerPartBlob.length) {
        throw invalidParameter("layerPartBlob", `size must be ${partLastByte - partFirstByte + 1} bytes but is ${layerPartBlob.length}`);
      }
      if (upload.size > 0 && upload.lastPartSize < SMALLEST_PART_BYTES) {
        throw new LayerPartTooSmallException({
          message: `Layer part size must be at least ${SMALLEST_PART_BYTES} bytes, except for the last part`,
          $metadata: {},
        });
      }
      const size = uploads.append(uploadId, layerPartBlob);
      return { registryId: account, repositoryName: repository.name, uploadId, lastByteReceived: size - 1 };
    },

    CompleteLayerUpload: (input, { region }) => {
      const repository = requireRepository(registry, region, input.repositoryName, input.registryId);
      const { uploadId = "" } = input;
      const upload = uploads.find(repository, uploadId);
      if (upload === undefined) throw uploadNotFound(uploadId, repository, account);
      const [layerDigest = ""] = input.layerDigests ?? [];
      if (!isDigest(layerDigest)) throw invalidParameter("layerDigests", "must be a digest of the form sha256:<64 hexadecimal digits>");
      if (upload.size === 0) {
        throw new EmptyUploadException({ message: `The upload with id '${uploadId}' contains no layer parts`, $metadata: {} });
      }
      if (registry.layer(repository, layerDigest) !== undefined) {
        uploads.abandon(uploadId);
        throw new LayerAlreadyExistsException({
          message: `Layer with digest '${layerDigest}' already exists in the repository with name '${repository.name}' in registry with id '${account}'`,
          $metadata: {},
        });
      }
      const found = uploads.complete(repository, uploadId, layerDigest);
      if (found !== layerDigest) {
        throw new InvalidLayerException({
          message: `Layer digest '${layerDigest}' does not match the digest of the uploaded layer: '${found}'`,
          $metadata: {},
        });
      }
      return { registryId: account, repositoryName: repository.name, uploadId, layerDigest };
    },

    GetDownloadUrlForLayer: (input, { region }) => {
      const repository = requireRepository(registry, region, input.repositoryName, input.registryId);
      const { layerDigest = "" } = input;
      const details = `in the repository with name '${repository.name}' in registry with id '${account}'`;
      if (registry.layer(repository, layerDigest) === undefined) {
        if (registry.hasImage(repository, layerDigest)) {
          throw new LayerInaccessibleException({ message: `'${layerDigest}' is an image, not a layer, ${details}`, $metadata: {} });
        }
        throw new LayersNotFoundException({
          message: `The layer with digest '${layerDigest}' does not exist ${details}`,
          $metadata: {},
        });
      }
      return { layerDigest, downloadUrl: `${endpoint()}/v2/${repository.name}/blobs/${layerDigest}?region=${region}` };
    },
  };
}
