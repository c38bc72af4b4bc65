/**
 * Stand-ins on `local`, where no public registry is reached: for an image the environment's document names a folder,
 * which is packed and pushed like a build, and runs in the image's place.
 */
import { dirname, resolve } from "node:path";
import type { ResolvedEnvironment, ResolvedService } from "../../manifest/resolved.ts";
import { readable } from "../../manifest/text.ts";
import type { StackTools } from "../stack/stack.ts";
import { buildImage } from "./build-image.ts";
import { filledIn, type ImageWishes, type Place, pinned } from "./image-choice.ts";
import type { Context } from "./packed-image.ts";

/** What runs in the place of an image, by its name in the manifest: references by digest. */
export type StandIns = ReadonlyMap<string, string>;

interface Needed {
  readonly service: ResolvedService;
  readonly environment: ResolvedEnvironment;
  readonly place: Place;
  readonly wishes: ImageWishes;
  /** What the documents' own paths are relative to. */
  readonly cwd: string;
}

/** The folder that stands in for the image as a build context; undefined when none does. Relative folders begin at the environment's document. */
export function standInContext(
  image: string,
  { service }: ResolvedService,
  environment: ResolvedEnvironment,
  cwd: string,
): Context | undefined {
  const { images } = environment.standIns;
  const name = readable(image);
  if (!environment.local || !Object.hasOwn(images, name)) return undefined;
  const folder = resolve(cwd, dirname(environment.file), images[name] as string);
  return { folder, dockerfile: "Dockerfile", args: {}, architecture: service.resources.architecture };
}

/**
 * Makes sure on `local` that the image of every sidecar can be pulled: by its stand-in, or because the registry has it
 * (FSD8002 when it has not). Elsewhere ECS pulls what the manifest names.
 */
export async function sidecarStandIns({ service, environment, place, wishes, cwd }: Needed, tools: StackTools): Promise<StandIns> {
  const ready = new Map<string, string>();
  if (!environment.local) return ready;
  const { aws, tell } = tools;
  const { name: subject } = service;
  for (const { name, image } of service.service.sidecars) {
    if (ready.has(image)) continue;
    const context = standInContext(image, service, environment, cwd);
    if (context === undefined) {
      const reference = filledIn(image, wishes.version, place);
      if (reference !== undefined) await pinned(aws, reference, place);
      continue;
    }
    tell({ type: "step", subject, step: "image", state: "running", text: `packing ${context.folder} for ${name}` });
    const { reference, text } = await buildImage(subject, context, environment, place, tools);
    tell({
      type: "note",
      subject,
      text: `${name} runs ${environment.standIns.images[readable(image)]} in the place of ${readable(image)}: ${text}`,
    });
    ready.set(image, reference);
  }
  return ready;
}

/** The service with its stand-ins in the places of its sidecars' images. */
export function withStandIns(service: ResolvedService, standIns: StandIns): ResolvedService {
  if (standIns.size === 0) return service;
  const sidecars = service.service.sidecars.map((sidecar) => ({ ...sidecar, image: standIns.get(sidecar.image) ?? sidecar.image }));
  return { ...service, service: { ...service.service, sidecars } };
}
