/**
 * Carries out what a Dockerfile's final stage does to files: the folder it writes holds what a build would have put
 * there, apart from what a RUN would have computed. Files are linked, not copied: both sides are only ever read.
 */
import { constants } from "node:fs";
import { chmod, copyFile, lchown, link, lstat, mkdir, readdir, readlink, realpath, rm, symlink } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
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
  const stageRoot = async (stage: Stage, folder: string): Promise<string> => {
    const present = roots.get(stage);
    if (present !== undefined) return present;
    roots.set(stage, folder);
    await mkdir(folder, { recursive: true });
    await makeFolder(folder, stage.workingDirectory);
    for (const step of stage.steps) {
      if (step.do !== "copy") {
        await change(step, stage, folder);
        continue;
      }
      const source = step.from === undefined ? undefined : stageNamed(dockerfile, step.from);
      if (step.from !== undefined && source === undefined) {
        warnings.push(`line ${step.line}: COPY --from=${step.from} of another image is not done on this platform`);
        continue;
      }
      const from = source === undefined ? context : await stageRoot(source, join(scratch, String(dockerfile.stages.indexOf(source))));
      await carryOut(step, stage, from, folder, source === undefined ? undefined : (warning) => warnings.push(warning));
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
async function carryOut(step: CopyStep, stage: Stage, from: string, root: string, missing?: (warning: string) => void): Promise<void> {
  const owner = step.owner === undefined || process.getuid?.() !== 0 ? undefined : containerUser(step.owner, stage.madeUsers);
  const found: string[] = [];
  for (const source of step.sources) {
    const matches = await matching(from, source);
    if (matches.length > 0) found.push(...matches);
    else if (missing !== undefined) missing(`line ${step.line}: ${source} is not in stage ${step.from}: only a RUN would have made it`);
    else throw new ImageAssemblyError(`line ${step.line}: COPY ${source}: not found in the build context`);
  }
  const intoFolder = step.destination.endsWith("/") || found.length > 1;
  for (const path of found) {
    const inside = await realpath(path).catch(() => path);
    if (/^\.\.(\/|$)/.test(relative(await realpath(from), inside))) {
      throw new ImageAssemblyError(`line ${step.line}: ${relative(from, path)} leads outside the build context`);
    }
    const status = await lstat(inside);
    if (status.isDirectory()) {
      await copyInto(inside, root, step.destination, owner);
    } else if (step.unpack && /\.(tar|tar\.gz|tgz)$/.test(inside)) {
      await unpackLayer(inside, await makeFolder(root, step.destination));
    } else {
      const target = intoFolder ? join(step.destination, basename(path)) : step.destination;
      await makeFolder(root, dirname(target));
      const present = await lstat(join(root, target)).catch(() => undefined);
      await copyInto(inside, root, present?.isDirectory() ? join(target, basename(path)) : target, owner);
    }
  }
}

/** Carries out what a RUN does to files by name; what is not there is left alone. */
async function change(step: FileStep, stage: Stage, root: string): Promise<void> {
  if (step.do === "make-folders") {
    for (const path of step.paths) await makeFolder(root, path);
    return;
  }
  const owner = step.do === "own" && process.getuid?.() === 0 ? containerUser(step.owner, stage.madeUsers) : undefined;
  const apply = async (path: string): Promise<void> => {
    const status = await lstat(path);
    if (owner !== undefined) await lchown(path, owner.uid, owner.gid);
    if (step.do === "permit" && !status.isSymbolicLink()) await chmod(path, (step.add ? status.mode & 0o777 : 0) | step.mode);
    if (step.recursive && status.isDirectory()) for (const child of await readdir(path)) await apply(join(path, child));
  };
  for (const path of step.paths) {
    const inside = await plainPath(root, path);
    if (inside !== undefined) await apply(inside);
  }
}

/** Where a path of the image is, unless it is missing or leads through a link. */
async function plainPath(root: string, path: string): Promise<string | undefined> {
  let found = root;
  for (const part of path.split("/").filter((name) => name !== "")) {
    if (!(await lstat(found)).isDirectory()) return undefined;
    found = join(found, part);
    if ((await lstat(found).catch(() => undefined)) === undefined) return undefined;
  }
  return found;
}

type Owner = { readonly uid: number; readonly gid: number } | undefined;

async function copyInto(source: string, root: string, target: string, owner: Owner): Promise<void> {
  const status = await lstat(source);
  const path = join(root, target);
  if (status.isDirectory()) {
    await makeFolder(root, target);
    for (const child of await readdir(source)) await copyInto(join(source, child), root, join(target, child), owner);
  } else {
    await rm(path, { recursive: true, force: true });
    if (status.isSymbolicLink()) await symlink(await readlink(source), path);
    else if (status.isFile()) await link(source, path).catch(() => copyFile(source, path, constants.COPYFILE_FICLONE));
    else return;
  }
  if (owner !== undefined) await lchown(path, owner.uid, owner.gid);
}

/** Makes a folder below `root`, never through a link: a link of the image must not lead this process out of it. */
async function makeFolder(root: string, folder: string): Promise<string> {
  let path = root;
  for (const part of folder.split("/")) {
    if (part === "" || part === ".") continue;
    path = join(path, part);
    const present = await lstat(path).catch(() => undefined);
    if (present?.isDirectory()) continue;
    if (present !== undefined) await rm(path, { force: true });
    await mkdir(path);
  }
  return path;
}

/** Paths of a folder that match a source with the wildcards of Go's `filepath.Match`. */
async function matching(folder: string, source: string): Promise<string[]> {
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
        if ((await lstat(join(path, part)).catch(() => undefined)) !== undefined) next.push(join(path, part));
      } else {
        const children = await readdir(path).catch(() => []);
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
