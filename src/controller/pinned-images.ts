/** Digest pinning: the first task of a revision fixes the digests of its images for all that follow. */
import type { ServiceRevision } from "../engine/service/service-state.ts";
import type { TaskPlan } from "../engine/service/task-plan.ts";

/** Digests of image references, for pinning them per deployment; undefined when the reference cannot be resolved. */
export interface ImageResolver {
  digest(reference: string): string | undefined;
}

/** The revision with its images' digests; the same object when it has them already. */
export function pinImages(revision: ServiceRevision, plan: TaskPlan, images: ImageResolver): ServiceRevision {
  if (revision.containerImages !== undefined) return revision;
  return {
    ...revision,
    containerImages: plan.containers.map(({ name, image, pinned }) => {
      const imageDigest = pinned ? digestOf(image, images) : undefined;
      return { containerName: name, image, ...(imageDigest === undefined ? {} : { imageDigest }) };
    }),
  };
}

/** A reference that cannot be resolved stays as it is: the pull fails then, in the runtime's words. */
function digestOf(image: string, images: ImageResolver): string | undefined {
  try {
    return images.digest(image);
  } catch {
    return undefined;
  }
}
