/**
 * The file system a task sees, without an image that holds one: the image's files where its Dockerfile puts them,
 * and around them the host's programs and libraries, read-only. `/tmp`, `/var`, `/home` and everything else that can be
 * written is the container's own and ends with it. The folder written here (the skeleton) has the mount points and
 * links; the mounts themselves are made in the container's private mount namespace only.
 */
import { chmod, lstat, mkdir, readdir, readFile, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A bind mount, from a path of the host to a path of the task. */
export interface RootMount {
  readonly source: string;
  readonly target: string;
}

export interface TaskRootOptions {
  /** The image's files (`PreparedImage.root`). */
  readonly imageRoot: string;
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

/** Writes the skeleton and answers what must be bound over it, in order. */
export async function makeTaskRoot(options: TaskRootOptions): Promise<RootMount[]> {
  const host = options.host ?? "/";
  const { imageRoot, skeleton } = options;
  const mounts: RootMount[] = [];
  const shared = new Set<string>();
  await rm(skeleton, { recursive: true, force: true });
  await mkdir(skeleton, { recursive: true });

  /** A file of the host in a folder that is the task's own: a link to where the host's folder is bound as a whole. */
  const linkToHost = async (path: string): Promise<void> => {
    const top = path.split("/")[0] as string;
    shared.add(top);
    await symlink(`/.host/${path}`, join(skeleton, path));
  };

  const merge = async (folder: string): Promise<void> => {
    await mkdir(join(skeleton, folder), { recursive: true });
    const own = await kinds(join(imageRoot, folder));
    for (const name of await readdir(join(host, folder))) {
      const path = folder === "" ? name : `${folder}/${name}`;
      if (folder === "" && !PROGRAM_FOLDERS.has(name)) continue;
      const theirs = await stat(join(host, path)).catch(() => undefined);
      if (own.get(name) === "folder" && theirs?.isDirectory()) {
        await merge(path);
      } else if (!own.has(name)) {
        const kind = await lstat(join(host, path));
        if (kind.isSymbolicLink()) await symlink(await readlink(join(host, path)), join(skeleton, path));
        else if (kind.isDirectory()) {
          await mkdir(join(skeleton, path));
          mounts.push({ source: join(host, path), target: `/${path}` });
        } else if (kind.isFile()) await linkToHost(path);
      }
    }
  };
  await merge("");

  for (const [path, mode] of OWN_FOLDERS) {
    await mkdir(join(skeleton, path), { recursive: true });
    await chmod(join(skeleton, path), mode);
  }
  const ownEtc = await kinds(join(imageRoot, "etc"));
  const replaced = new Set<string>([...OWN_ETC_FILES, ...SECRET_ETC_FILES, "passwd", "mtab"]);
  for (const name of await readdir(join(host, "etc"))) {
    if (ownEtc.has(name) || replaced.has(name)) continue;
    if ((await lstat(join(host, "etc", name))).isSymbolicLink()) {
      await symlink(await readlink(join(host, "etc", name)), join(skeleton, "etc", name));
    } else await linkToHost(`etc/${name}`);
  }
  await writeFile(join(skeleton, "etc/passwd"), await passwd(host, options.madeUsers));
  for (const name of OWN_ETC_FILES) await writeFile(join(skeleton, "etc", name), "");
  await symlink("/proc/self/mounts", join(skeleton, "etc/mtab"));
  for (const name of DEVICES) {
    await writeFile(join(skeleton, "dev", name), "");
    mounts.push({ source: `/dev/${name}`, target: `/dev/${name}` });
  }
  for (const [name, target] of [
    ["fd", "/proc/self/fd"],
    ["stdin", "/proc/self/fd/0"],
    ["stdout", "/proc/self/fd/1"],
    ["stderr", "/proc/self/fd/2"],
  ] as const) {
    await symlink(target, join(skeleton, "dev", name));
  }
  for (const top of shared) {
    await mkdir(join(skeleton, ".host", top));
    mounts.push({ source: join(host, top), target: `/.host/${top}` });
  }
  for (const name of SECRET_ETC_FILES) {
    if (shared.has("etc") && (await lstat(join(host, "etc", name)).catch(() => undefined))?.isFile()) {
      mounts.push({ source: "/dev/null", target: `/.host/etc/${name}` });
    }
  }
  for (const folder of options.interpreters) {
    await mkdir(join(skeleton, folder), { recursive: true });
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

async function kinds(folder: string): Promise<Map<string, "folder" | "other">> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return new Map(entries.map((entry) => [entry.name, entry.isDirectory() ? "folder" : "other"]));
}

/** The host's users and those a RUN would have made, so that a program finds its own name. */
async function passwd(host: string, madeUsers: readonly string[]): Promise<string> {
  const present = await readFile(join(host, "etc/passwd"), "utf8").catch(() => "root:x:0:0:root:/root:/bin/sh\n");
  const names = new Set(present.split("\n").map((line) => line.split(":")[0]));
  const made = madeUsers.map((name, index) =>
    names.has(name) ? "" : `${name}:x:${1000 + index}:${1000 + index}::/home/${name}:/bin/sh\n`,
  );
  return `${present.trimEnd()}\n${made.join("")}`;
}
