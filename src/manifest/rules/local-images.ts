/** Images on `local`: its registry holds what was pushed there, and no other can be reached. */
import { type Deployable, taskOf } from "../deployable.ts";
import { type Diagnostic, Diagnostics } from "../diagnostic.ts";
import type { ResolvedEnvironment, ResolvedService } from "../resolved.ts";
import { readable } from "../text.ts";
import { type MapNode, placeOf } from "../tree.ts";
import type { Rules } from "./rules.ts";

const ecr = /^(\d{12}|\$\{(?:AWS::AccountId|ACCOUNT)\})\.dkr\.ecr\./;

/** A side container whose image nobody can pull would be missing from tasks that count as running. */
export function checkImagesOnLocal({ service }: ResolvedService, environment: ResolvedEnvironment, rules: Rules): void {
  if (!environment.local) return;
  service.sidecars.forEach(({ name, image }, index) => {
    const path = `service.sidecars[${index}].image`;
    const reference = readable(image);
    if (!rules.sound(path) || ecr.test(reference) || Object.hasOwn(environment.standIns.images, reference)) return;
    rules.report("FSD1809", path, `local cannot pull ${JSON.stringify(reference)}, the image of ${name}`, standInHint(reference, name));
  });
  if (rules.sound("service.observability") && collects(service))
    rules.report("FSD1810", ["service.observability.metrics", "service.observability.traces"], leftOutOnLocal);
}

/**
 * The document's own image, when no local deployment could pull it; a document that is only checked may leave it so.
 * `tree` says at which line it stands.
 */
export function imageNotOnLocal(document: Deployable, environment: ResolvedEnvironment, tree: MapNode | undefined): readonly Diagnostic[] {
  const { image } = taskOf(document).service;
  if (!environment.local || image === undefined) return [];
  const reference = readable(image);
  if (ecr.test(reference) || Object.hasOwn(environment.standIns.images, reference)) return [];
  const path = document.kind === "Job" ? "job.image" : "service.image";
  const found = new Diagnostics();
  found.report(
    "FSD1809",
    tree === undefined ? { file: document.file, line: 1, column: 1 } : placeOf(tree, path),
    path,
    `local cannot pull ${JSON.stringify(reference)}, the image of ${document.name}`,
    standInHint(reference, document.name),
  );
  return found.sorted();
}

function standInHint(reference: string, folder: string): string {
  return `give a folder with a Dockerfile as its stand-in: a document with metadata: {name: local} and environment: {local: {images: {${JSON.stringify(reference)}: ./${folder}}}}`;
}

/** Whether a collector goes with the service. */
export function collects({ observability: { metrics, traces } }: ResolvedService["service"]): boolean {
  return metrics.enabled || (traces.enabled && traces.otlpEndpoint === undefined);
}

export const leftOutOnLocal =
  "the collector of metrics and traces is left out on local, which cannot pull its image: nothing is scraped, no trace is sent";
