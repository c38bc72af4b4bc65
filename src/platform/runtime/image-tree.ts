/**
 * Carries out what a Dockerfile's final stage does to files: the folder it writes holds what a build would have put
 * there, apart from what a RUN would have computed. Files are linked, not copied: both sides are only ever read.
 */
import {
  chmodSync,
  constants,
  copyFileSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  type Stats,
  symlinkSync,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { Breath } from "./breath.ts";
import { containerUser } from "./container-user.ts";
import type { CopyStep, Dockerfile, Stage } from "./dockerfile.ts";
import { unpackLayer } from "./layer.ts";
import type { FileStep } from "./run-instruction.ts";

/** A Dockerfile that does not fit its build context; the message names line and file. */
export class ImageAssemblyError extends Error {
  override readonly name = "ImageAssemblyError";
}

/**
 * Writes a stage's files to `root` (must not exist); answers warnings.
 * @param context the unpacked build context
 * @param scratch a folder for the roots of other stages; the caller removes it
 */
export async function assembleTree(
  dockerfile: Dockerfile,
  final: Stage,
  context: string,
  root: string,
  scratch: string,
): Promise<readonly string[]> {
  const warnings = [...dockerfile.warnings];
  const roots = new Map<Stage, string>();
  const breath = new Breath();
  const stageRoot = async (stage: Stage, folder: string): Promise<string> => {
    const present = roots.get(stage);
    if (present !== undefined) return present;
    roots.set(stage, folder);
    mkdirSync(folder, { recursive: true });
    makeFolder(folder, stage.workingDirectory);
    for (const step of stage.steps) {
      if (step.do !== "copy") {
        await change(step, stage, folder, breath);
        continue;
      }
      const source = step.from === undefined ? undefined : stageNamed(dockerfile, step.from);
      if (step.from !== undefined && source === undefined) {
        warnings.push(`line ${step.line}: COPY --from=${step.from} of another image is not done on this platform`);
        continue;
      }
      const from = source === undefined ? context : await stageRoot(source, join(scratch, String(dockerfile.stages.indexOf(source))));
      await carryOut(step, stage, from, folder, breath, source === undefined ? undefined : (warning) => warnings.push(warning));
    }
    return folder;
  };
  await stageRoot(final, root);
  return warnings;
}

function stageNamed(dockerfile: Dockerfile, name: string): Stage | undefined {
  return (
    dockerfile.stages.find((stage) => stage.name?.toLowerCase() === name.toLowerCase()) ??
    dockerfile.stages[/^\d+$/.test(name) ? Number(name) : -1]
  );
}

/** `missing`: told of sources that only a RUN would have made; without it a missing source is an error. */
async function carryOut(
  step: CopyStep,
  stage: Stage,
  from: string,
  root: string,
  breath: Breath,
  missing?: (warning: string) => void,
): Promise<void> {
  const owner = step.owner === undefined || process.getuid?.() !== 0 ? undefined : containerUser(step.owner, stage.madeUsers);
  const found: string[] = [];
  for (const source of step.sources) {
    const matches = matching(from, source);
    if (matches.length > 0) found.push(...matches);
    else if (missing !== undefined) missing(`line ${step.line}: ${source} is not in stage ${step.from}: only a RUN would have made it`);
    else throw new ImageAssemblyError(`line ${step.line}: COPY ${source}: not found in the build context`);
  }
  const intoFolder = step.destination.endsWith("/") || found.length > 1;
  for (const path of found) {
    const inside = followed(path) ?? path;
    if (/^\.\.(\/|$)/.test(relative(realpathSync(from), inside))) {
      throw new ImageAssemblyError(`line ${step.line}: ${relative(from, path)} leads outside the build context`);
    }
    const status = lstatSync(inside);
    if (status.isDirectory()) {
      await copyInto(inside, root, step.destination, owner, breath);
    } else if (step.unpack && /\.(tar|tar\.gz|tgz)$/.test(inside)) {
      await unpackLayer(inside, makeFolder(root, step.destination));
    } else {
      const target = intoFolder ? join(step.destination, basename(path)) : step.destination;
      makeFolder(root, dirname(target));
      const present = statusOf(join(root, target));
      await copyInto(inside, root, present?.isDirectory() ? join(target, basename(path)) : target, owner, breath);
    }
  }
}

/** Carries out what a RUN does to files by name; what is not there is left alone. */
async function change(step: FileStep, stage: Stage, root: string, breath: Breath): Promise<void> {
  if (step.do === "make-folders") {
    for (const path of step.paths) makeFolder(root, path);
    return;
  }
  const owner = step.do === "own" && process.getuid?.() === 0 ? containerUser(step.owner, stage.madeUsers) : undefined;
  const apply = async (path: string): Promise<void> => {
    await breath.take();
    const status = lstatSync(path);
    if (owner !== undefined) lchownSync(path, owner.uid, owner.gid);
    if (step.do === "permit" && !status.isSymbolicLink()) chmodSync(path, (step.add ? status.mode & 0o777 : 0) | step.mode);
    if (step.recursive && status.isDirectory()) for (const child of readdirSync(path)) await apply(join(path, child));
  };
  for (const path of step.paths) {
    const inside = plainPath(root, path);
    if (inside !== undefined) await apply(inside);
  }
}

/** Where a path of the image is, unless it is missing or leads through a link. */
function plainPath(root: string, path: string): string | undefined {
  let found = root;
  for (const part of path.split("/").filter((name) => name !== "")) {
    if (!lstatSync(found).isDirectory()) return undefined;
    found = join(found, part);
    if (statusOf(found) === undefined) return undefined;
  }
  return found;
}

type Owner = { readonly uid: number; readonly gid: number } | undefined;

async function copyInto(source: string, root: string, target: string, owner: Owner, breath: Breath): Promise<void> {
  await breath.take();
  const status = lstatSync(source);
  const path = join(root, target);
  if (status.isDirectory()) {
    makeFolder(root, target);
    for (const child of readdirSync(source)) await copyInto(join(source, child), root, join(target, child), owner, breath);
  } else {
    rmSync(path, { recursive: true, force: true });
    if (status.isSymbolicLink()) symlinkSync(readlinkSync(source), path);
    else if (status.isFile()) linkOrCopy(source, path);
    else return;
  }
  if (owner !== undefined) lchownSync(path, owner.uid, owner.gid);
}

function linkOrCopy(source: string, path: string): void {
  try {
    linkSync(source, path);
  } catch {
    copyFileSync(source, path, constants.COPYFILE_FICLONE);
  }
}

/** Makes a folder below `root`, never through a link: a link of the image must not lead this process out of it. */
function makeFolder(root: string, folder: string): string {
  let path = root;
  for (const part of folder.split("/")) {
    if (part === "" || part === ".") continue;
    path = join(path, part);
    const present = statusOf(path);
    if (present?.isDirectory()) continue;
    if (present !== undefined) rmSync(path, { force: true });
    mkdirSync(path);
  }
  return path;
}

/** Of the path itself, not of what it links to; undefined where nothing is. */
function statusOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    // A file stands where the path has a folder.
    return undefined;
  }
}

/** What a folder holds, also one that is reached through a link; nothing where none is. */
function childrenOf(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** Where a path leads once its links are followed; undefined when they lead nowhere. */
function followed(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** Paths of a folder that match a source with the wildcards of Go's `filepath.Match`. */
function matching(folder: string, source: string): string[] {
  let paths = [folder];
  for (const part of source.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") throw new ImageAssemblyError(`${source} leads outside the build context`);
    const next: string[] = [];
    const pattern = /[*?[]/.test(part)
      ? new RegExp(`^${[...part.matchAll(/\[\^?[^\]]*\]|\\.|./gs)].map(([piece]) => piecePattern(piece)).join("")}$`, "s")
      : undefined;
    for (const path of paths) {
      if (pattern === undefined) {
        if (statusOf(join(path, part)) !== undefined) next.push(join(path, part));
      } else {
        const children = childrenOf(path);
        next.push(
          ...children
            .filter((child) => pattern.test(child))
            .sort()
            .map((child) => join(path, child)),
        );
      }
    }
    paths = next;
  }
  return paths;
}

function piecePattern(piece: string): string {
  if (piece === "*") return "[^/]*";
  if (piece === "?") return "[^/]";
  if (piece.startsWith("[") && piece.length > 1) return piece;
  return piece.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
