/** Which tags of images may be deployed to an environment (`images.tags`); an image by digest always may. */
import type { ResolvedEnvironment, ResolvedService } from "../resolved.ts";
import type { Rules } from "./rules.ts";

/** What the caller deploys, when he says so. */
export interface AskedImage {
  /** Instead of the manifest's. */
  readonly image?: string | undefined;
  /** The tag in the service's own repository, when the manifest has no image. */
  readonly version?: string | undefined;
}

/** Refuses the service's own image when its tag is known and not one of the environment's. */
export function checkTag(
  { name, service }: ResolvedService,
  { image, version }: AskedImage,
  environment: ResolvedEnvironment,
  rules: Rules,
): void {
  const pattern = environment.images.tags;
  const reference = image ?? service.image ?? (version === undefined ? undefined : `${name}:${version}`);
  const tag = reference === undefined ? undefined : tagOf(reference);
  if (tag === undefined || !rules.sound("service.image") || matches(tag, pattern)) return;
  rules.report(
    "FSD1811",
    ["service.image", "service"],
    `the tag ${tag} may not be deployed to ${environment.name}, which takes ${pattern}`,
    `deploy a tag that matches ${pattern}, or an image by its digest`,
  );
}

/** `latest` when the reference has none; undefined when it is by digest, or waits for a value such as `${VERSION}`. */
function tagOf(reference: string): string | undefined {
  if (reference.includes("@")) return undefined;
  // The colon of a registry's port stands before the last slash.
  const tag = /:([^:/]*)$/.exec(reference)?.[1] ?? "latest";
  return tag.includes("${") ? undefined : tag;
}

/** Whether the text is the pattern's, in which `*` stands for any characters, also none. */
function matches(text: string, pattern: string): boolean {
  const [start = "", ...rest] = pattern.split("*");
  const end = rest.pop();
  if (end === undefined) return text === pattern;
  if (!text.startsWith(start)) return false;
  let from = start.length;
  for (const part of rest) {
    const found = text.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return text.length - end.length >= from && text.endsWith(end);
}
