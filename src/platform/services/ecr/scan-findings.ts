/**
 * Findings of image scans. Nothing is scanned here: an image has the findings that someone laid ready for its repository, to
 * rehearse what a deployment does with them, and without any it was never scanned, as ECR says of an image that nobody had scanned.
 */
import { readFileSync } from "node:fs";
import {
  FindingSeverity,
  ImageNotFoundException,
  type ImageScanFinding,
  ScanNotFoundException,
  ValidationException,
} from "@aws-sdk/client-ecr";
import type { Operations } from "../../gateway/operations.ts";
import { requireRepository } from "./faults.ts";
import type { ImageRegistry, RepositoryRecord } from "./image-registry.ts";

interface LaidReady {
  readonly name: string;
  readonly severity: FindingSeverity;
  readonly package?: string;
  readonly version?: string;
}

/** @param file JSON, by repository: `{"items": [{"name": "CVE-2026-1", "severity": "HIGH", "package": "openssl", "version": "3.0.11"}]}` */
export function scanOperations(registry: ImageRegistry, file: string, now: () => number): Operations<"ecr"> {
  return {
    DescribeImageScanFindings: (input, { region }) => {
      const repository = requireRepository(registry, region, input.repositoryName, input.registryId);
      const { imageTag } = input.imageId ?? {};
      const imageDigest = input.imageId?.imageDigest ?? registry.digestOfTag(repository, imageTag ?? "");
      const image = imageDigest === undefined ? undefined : registry.image(repository, imageDigest);
      const named = `{imageDigest:'${imageDigest ?? "null"}', imageTag:'${imageTag ?? "null"}'}`;
      const where = `the repository with name '${repository.name}' in the registry with id '${registry.account}'`;
      if (image === undefined)
        throw new ImageNotFoundException({ message: `The image with imageId ${named} does not exist within ${where}`, $metadata: {} });
      const ready = laidReady(file, repository);
      if (ready === undefined) {
        throw new ScanNotFoundException({ message: `Image scan does not exist for the image with '${named}' in ${where}`, $metadata: {} });
      }
      const counts: Partial<Record<FindingSeverity, number>> = {};
      for (const { severity } of ready) counts[severity] = (counts[severity] ?? 0) + 1;
      const at = new Date(now());
      return {
        registryId: registry.account,
        repositoryName: repository.name,
        imageId: { imageDigest: image.digest, ...(imageTag === undefined ? {} : { imageTag }) },
        imageScanStatus: { status: "COMPLETE", description: "Laid ready on this machine; nothing was scanned." },
        imageScanFindings: {
          imageScanCompletedAt: at,
          vulnerabilitySourceUpdatedAt: at,
          findings: ready.map(findingOf),
          findingSeverityCounts: counts,
        },
      };
    },
  };
}

function laidReady(file: string, { name }: RepositoryRecord): readonly LaidReady[] | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const unreadable = (why: string): ValidationException => new ValidationException({ message: `${file}: ${why}`, $metadata: {} });
  let all: unknown;
  try {
    all = JSON.parse(text);
  } catch (error) {
    throw unreadable(`it is no JSON: ${(error as Error).message}`);
  }
  if (typeof all !== "object" || all === null || Array.isArray(all)) throw unreadable("it must map repositories to lists of findings");
  if (!Object.hasOwn(all, name)) return undefined;
  const ready = (all as Readonly<Record<string, unknown>>)[name];
  if (!Array.isArray(ready) || !ready.every(isLaidReady)) {
    const severities = Object.values(FindingSeverity).join(", ");
    throw unreadable(
      `${name} must be a list of findings, each with a name, a severity (${severities}), and a package and version as text if known`,
    );
  }
  return ready;
}

function isLaidReady(finding: unknown): finding is LaidReady {
  if (typeof finding !== "object" || finding === null) return false;
  const { name, severity, package: packageName = "", version = "" } = finding as Readonly<Record<string, unknown>>;
  const known: readonly unknown[] = Object.values(FindingSeverity);
  return [name, packageName, version].every((text) => typeof text === "string") && known.includes(severity);
}

function findingOf({ name, severity, package: packageName, version }: LaidReady): ImageScanFinding {
  const attributes = Object.entries({ package_name: packageName, package_version: version }).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value }],
  );
  return { name, severity, attributes };
}
