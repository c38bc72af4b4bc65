/** A folder becomes an image in a repository: packed, pushed, and named by its digest. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ResolvedEnvironment } from "../../manifest/resolved.ts";
import type { StackTools } from "../stack/stack.ts";
import { type Place, repositoryUri } from "./image-choice.ts";
import { type Context, packContext } from "./packed-image.ts";
import { pushImage } from "./push-image.ts";
import { ensureRepository } from "./repository.ts";

export interface BuiltImage {
  /** `…/<repository>@sha256:…` */
  readonly reference: string;
  /** What `.dockerignore` kept out. */
  readonly leftOut: readonly string[];
  /** For a person: `packed sha256:0123456789ab (12 files, 3 KiB)`. */
  readonly text: string;
}

/** Packs the folder and pushes it to the repository of `subject`, which is made when it is missing. Fails as FSD8003 when the folder cannot be packed. */
export async function buildImage(
  subject: string,
  context: Context,
  environment: ResolvedEnvironment,
  place: Place,
  tools: StackTools,
): Promise<BuiltImage> {
  const tell = unhurried(tools, subject);
  const scratch = await mkdtemp(join(tmpdir(), "fsd-image-"));
  try {
    const [image, isNew] = await Promise.all([
      packContext(context, join(scratch, "layer.tar"), (done, all) => tell(() => `packed ${done} of ${all} files and folders`)),
      ensureRepository(subject, environment, tools),
    ]);
    const sent = await pushImage(tools.aws.ecr, subject, image, isNew, (done, all) => tell(() => `sent ${bytes(done)} of ${bytes(all)}`));
    return {
      reference: `${repositoryUri(subject, place)}@${image.digest}`,
      leftOut: image.leftOut,
      text: `${sent ? "packed" : "unchanged"} ${image.digest.slice(0, 19)} (${image.files} files, ${bytes(image.layer.size)})`,
    };
  } finally {
    // Begun whatever happened, and nothing that comes next waits for it.
    const removed = rm(scratch, { recursive: true, force: true });
    removed.catch(() => undefined);
    tools.spare.add(() => removed);
  }
}

/** How far it is, for a person: at most once a second, and not at all of what takes less. */
function unhurried({ tell, clock }: StackTools, subject: string): (text: () => string) => void {
  let last = clock.now();
  return (text) => {
    const now = clock.now();
    if (now - last < 1000) return;
    last = now;
    tell({ type: "step", subject, step: "image", state: "running", text: text() });
  };
}

function bytes(count: number): string {
  if (count < 1024 * 1024) return `${Math.max(1, Math.round(count / 1024))} KiB`;
  return `${Math.round((count / 1024 / 1024) * 10) / 10} MiB`;
}
