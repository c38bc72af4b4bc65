/**
 * Finds and reads manifests: files, folders and globs given with `-f`, else `fsd.yml`, `fsd/` or `*.fsd.yml` of the working
 * folder. What cannot be read becomes a source that says why, so that it is reported like every other mistake.
 */
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, realpathSync, type Stats, statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import type { Source } from "../manifest/load.ts";

const LARGEST = 1024 * 1024;
const MOST_FILES = 10_000;

export function readManifests(given: readonly string[], cwd: string): Source[] {
  const sources: Source[] = [];
  const seen = new Set<string>();
  const add = (source: Source, path: string): void => {
    let real = path;
    try {
      real = realpathSync(path);
    } catch {
      // What does not exist has no other name.
    }
    if (!seen.has(real)) sources.push(source);
    seen.add(real);
  };
  if (given.length > 0) for (const path of given) for (const [file, source] of readGiven(path, cwd)) add(source, file);
  else for (const path of usual(cwd)) add(readFile(path, cwd), path);
  if (sources.length > 0) return sources;
  return [unreadable(".", "there is no fsd.yml, fsd/ or *.fsd.yml in this folder", "give a manifest with -f, or write one with fsd init")];
}

function usual(cwd: string): string[] {
  const entries = names(cwd);
  const found = entries.filter((name) => /^fsd\.ya?ml$/.test(name) || /\.fsd\.ya?ml$/.test(name)).map((name) => join(cwd, name));
  return [...found, ...(entries.includes("fsd") && stat(join(cwd, "fsd"))?.isDirectory() === true ? filesIn(join(cwd, "fsd")) : [])];
}

function readGiven(path: string, cwd: string): [file: string, source: Source][] {
  const absolute = resolve(cwd, path);
  const found = stat(absolute);
  if (found === undefined && /[*?[{]/.test(path)) {
    const matches = glob(path, cwd);
    if (matches.length === 0) return [[absolute, unreadable(path, `nothing matches ${path}`, "check the pattern")]];
    return matches.map((file) => [file, readFile(file, cwd)]);
  }
  if (found === undefined) return [[absolute, unreadable(path, `${path} does not exist`, "check the path")]];
  if (!found.isDirectory()) return [[absolute, readFile(absolute, cwd, path)]];
  const sources = filesIn(absolute).map((file): [string, Source] => [file, readFile(file, cwd)]);
  const manifests = sources.filter(([, source]) => !("bytes" in source) || mayBeManifest(Buffer.from(source.bytes)));
  if (manifests.length > 0) return manifests;
  return [[absolute, unreadable(path, `there is no manifest in the folder ${path}`, "a manifest begins with apiVersion: fsd/v1")]];
}

/** Whether a file among others is meant: it names the format's version, or is in the flat dialect. */
function mayBeManifest(bytes: Buffer): boolean {
  return bytes.includes("fsd/v") || /^(platform|compute)[ \t]*:/m.test(bytes.toString("latin1"));
}

function readFile(path: string, cwd: string, named = shown(path, cwd)): Source {
  let descriptor: number | undefined;
  try {
    const found = stat(path);
    if (found !== undefined && !found.isFile()) return unreadable(named, `${named} is not a file`, "give a YAML file");
    descriptor = openSync(path, "r");
    const { size } = fstatSync(descriptor);
    if (size > LARGEST) {
      const megabytes = (size / LARGEST).toFixed(1);
      return { ...unreadable(named, `${named} has ${megabytes} MiB, a manifest at most 1`, "give the manifest itself"), code: "FSD1002" };
    }
    return { file: named, bytes: readFileSync(descriptor) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return unreadable(
      named,
      `${named} cannot be read (${code ?? "unknown reason"})`,
      code === "EACCES" ? "check its permissions" : "check the path",
    );
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function unreadable(file: string, reason: string, hint: string): Source & { unreadable: string } {
  return { file, unreadable: reason, code: "FSD1001", hint };
}

/** YAML files below a folder, by name; nothing hidden, no packages. */
function filesIn(folder: string): string[] {
  const files: string[] = [];
  // By device and number: links may lead back to a folder that was seen, by as many ways as there are links.
  const seen = new Set<string>();
  const visit = (path: string, depth: number): void => {
    const own = stat(path);
    if (own === undefined || seen.has(`${own.dev}:${own.ino}`)) return;
    seen.add(`${own.dev}:${own.ino}`);
    for (const name of names(path)) {
      if (name.startsWith(".") || name === "node_modules" || files.length >= MOST_FILES) continue;
      const child = join(path, name);
      const found = stat(child);
      if (found?.isDirectory() === true && depth < 8) visit(child, depth + 1);
      else if (found?.isFile() === true && /\.ya?ml$/.test(name)) files.push(child);
    }
  };
  visit(folder, 0);
  return files;
}

function glob(pattern: string, cwd: string): string[] {
  const absolute = resolve(cwd, pattern).split(sep).join("/");
  const fixed = absolute.slice(0, absolute.search(/[*?[{]/));
  const root = fixed.slice(0, fixed.lastIndexOf("/") + 1);
  const expression = new RegExp(`^${absolute.slice(root.length).replaceAll(/\*\*\/|\*\*|\*|\?|\{[^{}]*\}|[^\w/-]/g, translate)}$`);
  return filesIn(root).filter((file) => expression.test(relative(root, file).split(sep).join("/")));
}

function translate(part: string): string {
  if (part === "**/") return "(?:.*/)?";
  if (part === "**") return ".*";
  if (part === "*") return "[^/]*";
  if (part === "?") return "[^/]";
  if (part.startsWith("{"))
    return `(?:${part
      .slice(1, -1)
      .split(",")
      .map((word) => word.replaceAll(/[^\w-]/g, "\\$&"))
      .join("|")})`;
  return `\\${part}`;
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function stat(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** The path as a person would write it from the working folder. */
function shown(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short === "" || short.startsWith("..") ? (short.length < path.length && short !== "" ? short : path) : short;
}

/** The folder that paths in a manifest are relative to. */
export function folderOf(file: string, cwd: string): string {
  return resolve(cwd, file, "..");
}
