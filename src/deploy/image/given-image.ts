/**
 * Images that are there already, by `--image`, a version or the live stack, are looked at before anything changes: that they
 * may be deployed here, are there, and run on the task's processor. What is built now is made for it, if it can be read.
 */
import { dirname, resolve } from "node:path";
import type { ResolvedEnvironment, ResolvedService } from "../../manifest/resolved.ts";
import type { StackTools, StackView } from "../stack/stack.ts";
import { refuseOtherArchitecture } from "./image-architecture.ts";
import { chooseImage, filledIn, type ImageWishes, type Place, pinned } from "./image-choice.ts";
import { standInContext } from "./image-stand-ins.ts";
import { type Context, checkContext } from "./packed-image.ts";
import { promoted } from "./promotion.ts";

export interface GivenImage {
  /** With the image by digest, when one is given. */
  readonly wishes: Promise<ImageWishes>;
  /** Resolves when no image is known to be made for other processors, and what is built here can be read; goes on while other things are asked. */
  readonly runs: Promise<void>;
}

interface Asked {
  readonly service: ResolvedService;
  readonly environment: ResolvedEnvironment;
  readonly wishes: ImageWishes;
  readonly place: Place;
  /** What the documents' own paths are relative to. */
  readonly cwd: string;
  readonly existing: Promise<StackView | undefined>;
}

/** Begins to ask; fails where its promises are awaited, as FSD8002, FSD8003, FSD8007 or FSD8012. */
export function givenImage(asked: Asked, tools: StackTools): GivenImage {
  const { service, environment, place, existing } = asked;
  const { name: subject, service: task } = service;
  const { architecture } = task.resources;
  const found = lookedAt(asked, tools);
  const own = async (): Promise<void> => {
    const { kind, wishes } = await found;
    const reference = kind === "reference" ? wishes.image : kind === "live" ? (await existing)?.parameters.ImageUri : undefined;
    if (reference !== undefined) await refuseOtherArchitecture({ subject, reference, architecture, place }, tools);
    if (kind === "build" && environment.local) checkContext(builtContext(asked, wishes));
  };
  const beside = task.sidecars.map(async ({ name: sidecar, image }) => {
    const reference = standsIn(image, asked) ? undefined : filledIn(image, asked.wishes.version, place);
    if (reference !== undefined) await refuseOtherArchitecture({ subject, sidecar, reference, architecture, place }, tools);
  });
  const given = { wishes: found.then(({ wishes }) => wishes), runs: Promise.all([own(), ...beside]).then(() => undefined) };
  for (const promise of Object.values(given)) promise.catch(() => undefined); // Thrown where it is awaited.
  return given;

  function standsIn(image: string, { cwd }: Asked): boolean {
    return standInContext(image, service, environment, cwd) !== undefined;
  }
}

/** Of the stand-in, or of `build`. */
function builtContext(
  { service, environment, cwd }: Asked,
  { image = service.service.image }: ImageWishes,
): Pick<Context, "folder" | "dockerfile"> {
  const standIn = image === undefined ? undefined : standInContext(image, service, environment, cwd);
  const { context = ".", dockerfile = "Dockerfile" } = service.service.build ?? {};
  return standIn ?? { folder: resolve(cwd, dirname(service.file), context), dockerfile };
}

interface Found {
  readonly kind: "reference" | "build" | "live";
  readonly wishes: ImageWishes;
}

async function lookedAt({ service, environment, place, cwd, ...asked }: Asked, { aws, tell }: StackTools): Promise<Found> {
  const wishes = await promoted({ service, environment, wishes: asked.wishes, place }, aws, tell);
  const image = wishes.image ?? service.service.image;
  if (image !== undefined && standInContext(image, service, environment, cwd) !== undefined) return { kind: "build", wishes };
  const choice = chooseImage(service, wishes, place, environment.images.registry ?? place);
  if (choice.kind !== "reference") return { kind: choice.kind, wishes };
  return { kind: "reference", wishes: { ...wishes, image: await pinned(aws, choice.reference, place) } };
}
