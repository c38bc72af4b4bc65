/** Images on `local`: its registry holds what was pushed there, and no other can be reached. */
import { type Deployable, taskOf } from "../deployable.ts";
import { type Diagnostic, Diagnostics } from "../diagnostic.ts";
import type { ResolvedEnvironment, ResolvedService } from "../resolved.ts";
import { readable } from "../text.ts";
import { type MapNode, placeOf } from "../tree.ts";
import { collects } from "./collector.ts";
import type { Rules } from "./rules.ts";

/** ECR's own form, and the address of the platform as `docker push` and its tasks know it. */
const localRegistry =
  /^(?:(?:\d{12}|\$\{(?:AWS::AccountId|ACCOUNT)\})\.dkr\.ecr\.|(?:localhost|127(?:\.\d+){3}|\[::1\]|host\.fsd\.internal|[a-z0-9.-]+\.localhost)(?::\d+)?\/)/;

function canBePulled(reference: string, environment: ResolvedEnvironment): boolean {
  return localRegistry.test(reference) || Object.hasOwn(environment.standIns.images, reference);
}

/** A side container whose image nobody can pull would be missing from tasks that count as running. */
export function checkImagesOnLocal({ service }: ResolvedService, environment: ResolvedEnvironment, rules: Rules): void {
  if (!environment.local) return;
  service.sidecars.forEach(({ name, image }, index) => {
    const path = `service.sidecars[${index}].image`;
    const reference = readable(image);
    if (!rules.sound(path) || canBePulled(reference, environment)) return;
    rules.report("FSD1809", path, `local cannot pull ${JSON.stringify(reference)}, the image of ${name}`, standInHint(reference, name));
  });
  if (rules.sound("service.observability") && collects(service))
    rules.report("FSD1810", ["service.observability.metrics", "service.observability.traces"], leftOutOnLocal);
}

/** Where the image of a document is written. */
export interface ImagePlace {
  /** The document's tree, which says at which line it stands. */
  readonly tree: MapNode | undefined;
  /** The image of `--image`, which takes the place of the document's. */
  readonly given?: string | undefined;
}

/** The image that a document would be deployed with, when no local deployment could pull it; a document that is only checked may leave it so. */
export function imageNotOnLocal(document: Deployable, environment: ResolvedEnvironment, place: ImagePlace): readonly Diagnostic[] {
  const { tree, given } = place;
  const image = given ?? taskOf(document).service.image;
  if (!environment.local || image === undefined) return [];
  const reference = readable(image);
  if (canBePulled(reference, environment)) return [];
  const path = document.kind === "Job" ? "job.image" : "service.image";
  const start = { file: given === undefined ? document.file : "--image", line: 1, column: 1 };
  const found = new Diagnostics();
  found.report(
    "FSD1809",
    tree === undefined || given !== undefined ? start : placeOf(tree, path),
    given === undefined ? path : "",
    `local cannot pull ${JSON.stringify(reference)}, the image of ${document.name}`,
    standInHint(reference, document.name),
  );
  return found.sorted();
}

function standInHint(reference: string, folder: string): string {
  return `give a folder with a Dockerfile as its stand-in: a document with metadata: {name: local} and environment: {local: {images: {${JSON.stringify(reference)}: ./${folder}}}}`;
}

export const leftOutOnLocal =
  "the collector of metrics and traces is left out on local, which cannot pull its image: nothing is scraped, no trace is sent";
