/**
 * The file system a task sees, without an image that holds one: the image's files where its Dockerfile puts them,
 * and around them the host's programs and libraries, read-only. `/tmp`, `/var`, `/home` and everything else that can be
 * written is the container's own and ends with it. The folder written here (the skeleton) has the mount points and
 * links; the mounts themselves are made in the container's private mount namespace only.
 */
import {
  chmodSync,
  type Dirent,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** A bind mount, from a path of the host to a path of the task. */
export interface RootMount {
  readonly source: string;
  readonly target: string;
}

export interface TaskRootOptions {
  /** The image's files (`PreparedImage.root`); absent for what surrounds every image that `hidesNothingOfTheHost`. */
  readonly imageRoot: string | undefined;
  /** Written anew. */
  readonly skeleton: string;
  /** Folders of the host that hold interpreters outside the usual places, e.g. a version manager's. */
  readonly interpreters: readonly string[];
  readonly madeUsers: readonly string[];
  /** The host's root; another one in tests. */
  readonly host?: string;
}

/** Top-level folders of the host that hold programs and libraries; homes, data and state stay out of sight. */
const PROGRAM_FOLDERS = new Set(["bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr", "opt", "nix", "gnu", "snap"]);

/** What a task has for itself, with modes. */
const OWN_FOLDERS: readonly [path: string, mode: number][] = [
  ["tmp", 0o1777],
  ["var", 0o755],
  ["var/tmp", 0o1777],
  ["var/log", 0o755],
  ["var/lib", 0o755],
  ["var/cache", 0o755],
  ["run", 0o755],
  ["run/lock", 0o1777],
  ["root", 0o700],
  ["home", 0o755],
  ["srv", 0o755],
  ["mnt", 0o755],
  ["proc", 0o555],
  ["sys", 0o555],
  ["dev", 0o755],
  ["dev/shm", 0o1777],
  ["etc", 0o755],
  [".host", 0o755],
  [".old", 0o700],
];

const DEVICES = ["null", "zero", "full", "random", "urandom", "tty"] as const;

/** Files of /etc that every container gets its own of. */
export const OWN_ETC_FILES = ["hosts", "resolv.conf", "hostname"] as const;

/** Files of the host that are nobody's business. */
const SECRET_ETC_FILES = ["shadow", "shadow-", "gshadow", "gshadow-", "sudoers", "krb5.keytab"];

/**
 * Writes the skeleton and answers what must be bound over it, in order. It is hundreds of tiny steps: done at once they
 * take a few milliseconds, handed to the thread pool one by one as long as a task takes to start.
 */
export function makeTaskRoot(options: TaskRootOptions): RootMount[] {
  const host = options.host ?? "/";
  const { imageRoot, skeleton } = options;
  const mounts: RootMount[] = [];
  const shared = new Set<string>();
  rmSync(skeleton, { recursive: true, force: true });
  mkdirSync(skeleton, { recursive: true });

  /** A file of the host in a folder that is the task's own: a link to where the host's folder is bound as a whole. */
  const linkToHost = (path: string): void => {
    shared.add(path.split("/")[0] as string);
    symlinkSync(`/.host/${path}`, join(skeleton, path));
  };

  const merge = (folder: string): void => {
    mkdirSync(join(skeleton, folder), { recursive: true });
    const own = new Map(entries(imageRoot, folder).map((entry) => [entry.name, entry.isDirectory()]));
    for (const entry of readdirSync(join(host, folder), { withFileTypes: true })) {
      const { name } = entry;
      const path = folder === "" ? name : `${folder}/${name}`;
      if (folder === "" && !PROGRAM_FOLDERS.has(name)) continue;
      if (own.get(name) === true && statSync(join(host, path), { throwIfNoEntry: false })?.isDirectory()) {
        merge(path);
      } else if (!own.has(name)) {
        if (entry.isSymbolicLink()) symlinkSync(readlinkSync(join(host, path)), join(skeleton, path));
        else if (entry.isDirectory()) {
          mkdirSync(join(skeleton, path));
          mounts.push({ source: join(host, path), target: `/${path}` });
        } else if (entry.isFile()) linkToHost(path);
      }
    }
  };
  merge("");

  for (const [path, mode] of OWN_FOLDERS) {
    mkdirSync(join(skeleton, path), { recursive: true });
    chmodSync(join(skeleton, path), mode);
  }
  const etc = readdirSync(join(host, "etc"), { withFileTypes: true });
  const own = new Set(entries(imageRoot, "etc").map(({ name }) => name));
  const replaced = new Set<string>([...OWN_ETC_FILES, ...SECRET_ETC_FILES, "passwd", "mtab"]);
  for (const entry of etc) {
    const { name } = entry;
    if (own.has(name) || replaced.has(name)) continue;
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(join(host, "etc", name)), join(skeleton, "etc", name));
    else linkToHost(`etc/${name}`);
  }
  writeFileSync(join(skeleton, "etc/passwd"), passwd(host, options.madeUsers));
  for (const name of OWN_ETC_FILES) writeFileSync(join(skeleton, "etc", name), "");
  symlinkSync("/proc/self/mounts", join(skeleton, "etc/mtab"));
  for (const name of DEVICES) {
    writeFileSync(join(skeleton, "dev", name), "");
    mounts.push({ source: `/dev/${name}`, target: `/dev/${name}` });
  }
  for (const [name, target] of [
    ["fd", "/proc/self/fd"],
    ["stdin", "/proc/self/fd/0"],
    ["stdout", "/proc/self/fd/1"],
    ["stderr", "/proc/self/fd/2"],
  ] as const) {
    symlinkSync(target, join(skeleton, "dev", name));
  }
  for (const top of shared) {
    mkdirSync(join(skeleton, ".host", top));
    mounts.push({ source: join(host, top), target: `/.host/${top}` });
  }
  if (shared.has("etc")) {
    const secret = etc.filter((entry) => entry.isFile() && SECRET_ETC_FILES.includes(entry.name));
    mounts.push(...secret.map(({ name }) => ({ source: "/dev/null", target: `/.host/etc/${name}` })));
  }
  for (const folder of options.interpreters) {
    mkdirSync(join(skeleton, folder), { recursive: true });
    mounts.push({ source: folder, target: folder });
  }
  return mounts;
}

/** The folder tree an interpreter needs, when it lies outside the folders every task sees; undefined when it does not. */
export function interpreterFolder(executable: string): string | undefined {
  const top = executable.split("/")[1] ?? "";
  if (PROGRAM_FOLDERS.has(top)) return undefined;
  return dirname(dirname(executable));
}

/** Whether an image has no file or folder where a task sees the host's, so that its surroundings are as without it. */
export function hidesNothingOfTheHost(imageRoot: string): boolean {
  return entries(imageRoot, "").every(({ name }) => name !== "etc" && !PROGRAM_FOLDERS.has(name));
}

/** What a folder of the image holds; nothing when the image has no such folder. */
function entries(imageRoot: string | undefined, path: string): Dirent[] {
  if (imageRoot === undefined) return [];
  const folder = join(imageRoot, path);
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true ? readdirSync(folder, { withFileTypes: true }) : [];
}

/** The host's users and those a RUN would have made, so that a program finds its own name. */
function passwd(host: string, madeUsers: readonly string[]): string {
  const file = join(host, "etc/passwd");
  const present = existsSync(file) ? readFileSync(file, "utf8") : "root:x:0:0:root:/root:/bin/sh\n";
  const names = new Set(present.split("\n").map((line) => line.split(":")[0]));
  const made = madeUsers.map((name, index) =>
    names.has(name) ? "" : `${name}:x:${1000 + index}:${1000 + index}::/home/${name}:/bin/sh\n`,
  );
  return `${present.trimEnd()}\n${made.join("")}`;
}
