/**
 * Digest pinning: the first task of a revision fixes the digests of its images for all that follow. A digest that
 * cannot be resolved is tried again with the next tasks; after three tries ECS goes on without (or, with a circuit
 * breaker, fails the deployment, which the engine decides).
 */
import { RESOLUTION_ATTEMPTS } from "../engine/service/reconcile-service.ts";
import type { ServiceRevision } from "../engine/service/service-state.ts";
import type { TaskPlan } from "../engine/service/task-plan.ts";

/** Digests of image references, for pinning them per deployment; undefined when the reference cannot be resolved. */
export interface ImageResolver {
  digest(reference: string): string | undefined;
}

/** The revision with its images' digests; the same object when it has them already. `time`: engine time, ms. */
export function pinImages(revision: ServiceRevision, plan: TaskPlan, images: ImageResolver, time: number): ServiceRevision {
  const { containerImages: known, unresolved } = revision;
  // Tasks that are started together are one try.
  if (known !== undefined || unresolved?.lastTime === time) return revision;
  const containerImages = plan.containers.map(({ name, image, pinned }) => {
    const imageDigest = pinned ? digestOf(image, images) : undefined;
    return { containerName: name, image, ...(imageDigest === undefined ? {} : { imageDigest }) };
  });
  const failed = plan.containers.some(({ pinned }, index) => pinned && containerImages[index]?.imageDigest === undefined);
  if (!failed) return { ...revision, containerImages };
  const attempts = (unresolved?.attempts ?? 0) + 1;
  const tried = { ...revision, unresolved: { attempts, lastTime: time } };
  return attempts < RESOLUTION_ATTEMPTS ? tried : { ...tried, containerImages };
}

/** A reference that cannot be resolved stays as it is: the pull fails then, in the runtime's words. */
function digestOf(image: string, images: ImageResolver): string | undefined {
  try {
    return images.digest(image);
  } catch {
    return undefined;
  }
}
