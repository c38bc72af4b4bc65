/**
 * Images made ready to run, once per digest. An image that `fsd deploy` packed has one layer, the build context, and
 * carries its Dockerfile as a label; what a process needs of it is unpacked below the state directory and only ever
 * read from there. An image's own file system (one made by a build) is refused.
 */
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type ImageStore, PlatformMismatch, type ResolvedImage } from "../services/ecr/image-store.ts";
import { finalStage, parseDockerfile } from "./dockerfile.ts";
import { assembleTree, ImageAssemblyError } from "./image-tree.ts";
import { LayerRefused, unpackLayer } from "./layer.ts";

/** On the image's configuration: its layer is a build context (`context`), not a file system. */
export const PACKED_LABEL = "fsd.packed";
/** On the image's configuration: the text of the Dockerfile. */
export const DOCKERFILE_LABEL = "fsd.dockerfile";
/** On the image's configuration: a JSON object of build arguments. */
const ARGS_LABEL = "fsd.build-args";
/** On the image's configuration: the stage to end with. */
const TARGET_LABEL = "fsd.build-target";

/** This machine's processor, as Go names it. */
const MACHINE = process.arch === "arm64" ? "arm64" : "amd64";

export interface PreparedImage {
  readonly digest: string;
  /** Folder whose content the task finds at `/`. Never written to once it exists. */
  readonly root: string;
  readonly entryPoint: readonly string[];
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  readonly user?: string;
  /** `SIGTERM` unless the image says otherwise. */
  readonly stopSignal: string;
  readonly exposedPorts: readonly number[];
  readonly madeUsers: readonly string[];
  /** What the image asks for and this platform does not do, one sentence each. */
  readonly warnings: readonly string[];
}

/** Why an image cannot be had; `reason` is worded as ECS words it. */
export class ImageUnavailable extends Error {
  override readonly name = "ImageUnavailable";
}

export class ImageCache {
  readonly #store: ImageStore;
  readonly #folder: string;
  readonly #preparing = new Map<string, Promise<PreparedImage>>();

  /** `folder`: where images are unpacked, e.g. `<stateDir>/images`. */
  constructor(store: ImageStore, folder: string) {
    this.#store = store;
    this.#folder = folder;
  }

  /** Resolves and unpacks an image. Rejects with `ImageUnavailable`. */
  async prepare(reference: string): Promise<PreparedImage> {
    const image = this.#resolve(reference);
    try {
      return await this.#once(image);
    } catch (error) {
      if (error instanceof ImageUnavailable) throw error;
      const cause = error as Error;
      if (!(cause instanceof LayerRefused || cause instanceof ImageAssemblyError || cause instanceof SyntaxError || "code" in cause))
        throw cause;
      throw new ImageUnavailable(`CannotPullContainerError: failed to extract ${reference}: ${cause.message}`);
    }
  }

  /** Unpacks an image before anyone asks for it, which is no pull. Undefined when it cannot: `prepare` tries again and says why. */
  async prepareAhead(reference: string): Promise<PreparedImage | undefined> {
    try {
      const image = this.#store.find(reference, MACHINE);
      return image === undefined ? undefined : await this.#once(image);
    } catch {
      return undefined;
    }
  }

  #once(image: ResolvedImage): Promise<PreparedImage> {
    let preparing = this.#preparing.get(image.digest);
    if (preparing === undefined) {
      preparing = this.#unpack(image);
      this.#preparing.set(image.digest, preparing);
      // A failure is not remembered: the disk may have had no room.
      preparing.catch(() => this.#preparing.delete(image.digest));
    }
    return preparing;
  }

  #resolve(reference: string): ResolvedImage {
    const failed = "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref";
    let image: ResolvedImage | undefined;
    try {
      image = this.#store.resolve(reference, MACHINE);
    } catch (error) {
      if (error instanceof PlatformMismatch) throw new ImageUnavailable(`CannotPullContainerError: ${error.message}`);
      throw error;
    }
    if (image !== undefined) return image;
    const hint = this.#store.serves(reference)
      ? ""
      : " (the local platform pulls from its own registry only; push the image there or let fsd deploy build it)";
    throw new ImageUnavailable(`${failed} ${reference}: not found${hint}`);
  }

  async #unpack(image: ResolvedImage): Promise<PreparedImage> {
    const config = image.config.config ?? {};
    const text = config.Labels?.[DOCKERFILE_LABEL];
    if (config.Labels?.[PACKED_LABEL] !== "context" || text === undefined) {
      throw new ImageUnavailable(
        "CannotPullContainerError: the image holds a whole file system, which the process runtime cannot run; deploy it with `build` so that fsd packs the build context",
      );
    }
    const dockerfile = parseDockerfile(text, JSON.parse(config.Labels[ARGS_LABEL] ?? "{}"));
    const stage = finalStage(dockerfile, config.Labels[TARGET_LABEL]);
    const folder = join(this.#folder, image.digest.replace(":", "-"));
    const work = `${folder}.${process.pid}`;
    await rm(work, { recursive: true, force: true });
    await mkdir(work, { recursive: true });
    try {
      for (const layer of image.layers) await unpackLayer(layer.path, join(work, "context"));
      await mkdir(join(work, "context"), { recursive: true });
      const warnings = await assembleTree(dockerfile, stage, join(work, "context"), join(work, "root"), join(work, "stages"));
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      await rename(join(work, "root"), join(folder, "root"));
      return {
        digest: image.digest,
        root: join(folder, "root"),
        entryPoint: config.Entrypoint ?? stage.entryPoint ?? [],
        command: config.Cmd ?? stage.command ?? [],
        environment: { ...stage.environment, ...environmentOf(config.Env ?? []) },
        workingDirectory: orElse(config.WorkingDir, stage.workingDirectory),
        ...userOf(config.User, stage.user),
        stopSignal: signalName(orElse(config.StopSignal, stage.stopSignal ?? "SIGTERM")),
        exposedPorts: stage.exposedPorts,
        madeUsers: stage.madeUsers,
        warnings,
      };
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
}

function orElse(value: string | undefined, otherwise: string): string {
  return value === undefined || value === "" ? otherwise : value;
}

function userOf(...users: (string | undefined)[]): { user?: string } {
  const user = users.find((candidate) => candidate !== undefined && candidate !== "");
  return user === undefined ? {} : { user };
}

function environmentOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const equals = line.indexOf("=");
      return equals < 0 ? [line, ""] : [line.slice(0, equals), line.slice(equals + 1)];
    }),
  );
}

/** `SIGQUIT` for `SIGQUIT`, `QUIT` or `3`. */
function signalName(text: string): string {
  const upper = text.trim().toUpperCase();
  return /^\d+$/.test(upper) || upper.startsWith("SIG") ? upper : `SIG${upper}`;
}
