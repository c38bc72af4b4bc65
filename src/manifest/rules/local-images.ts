/** Images on `local`: its registry holds what was pushed there, and no other can be reached. */
import type { ResolvedEnvironment, ResolvedService } from "../resolved.ts";
import { readable } from "../text.ts";
import type { Rules } from "./rules.ts";

const ecr = /^(\d{12}|\$\{AWS::AccountId\})\.dkr\.ecr\./;

/** A side container whose image nobody can pull would be missing from tasks that count as running. */
export function checkImagesOnLocal({ service }: ResolvedService, environment: ResolvedEnvironment, rules: Rules): void {
  if (!environment.local) return;
  service.sidecars.forEach(({ name, image }, index) => {
    const path = `service.sidecars[${index}].image`;
    const reference = readable(image);
    if (!rules.sound(path) || ecr.test(reference) || Object.hasOwn(environment.standIns.images, reference)) return;
    rules.report(
      "FSD1809",
      path,
      `local cannot pull ${JSON.stringify(reference)}, the image of ${name}`,
      `give a folder with a Dockerfile as its stand-in: a document with metadata: {name: local} and environment: {local: {images: {${JSON.stringify(reference)}: ./${name}}}}`,
    );
  });
  if (rules.sound("service.observability") && collects(service))
    rules.report("FSD1810", ["service.observability.metrics", "service.observability.traces"], leftOutOnLocal);
}

/** Whether a collector goes with the service. */
export function collects({ observability: { metrics, traces } }: ResolvedService["service"]): boolean {
  return metrics.enabled || (traces.enabled && traces.otlpEndpoint === undefined);
}

export const leftOutOnLocal =
  "the collector of metrics and traces is left out on local, which cannot pull its image: nothing is scraped, no trace is sent";
