/**
 * The machine's control groups: finds where this process may make groups of its own, with a limit on memory, in
 * version 2 or 1 of the interface. Groups carry a prefix of this state directory, so that what a killed platform
 * left behind is found and removed at the next start.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeEmptyFolders } from "../../kit/remove-folder.ts";

/** How a container's memory is kept within its limit. */
export type MemoryLimitKind = "cgroup-v2" | "cgroup-v1" | "sampled";

/** A folder below which groups can be made. */
export interface GroupRoot {
  readonly kind: "cgroup-v2" | "cgroup-v1";
  readonly folder: string;
}

interface Hierarchy {
  readonly version: 1 | 2;
  readonly controllers: readonly string[];
  readonly mount: string;
  readonly own: string;
}

/**
 * Removes the groups an earlier platform noted in the state directory, and notes these instead. A note is needed
 * because groups are made below the group this process happens to be in.
 */
export function noteGroups(stateDir: string, folders: readonly string[]): void {
  const note = join(stateDir, "control-groups");
  for (const folder of read(note).split("\n")) if (folder !== "" && !folders.includes(folder)) removeEmptyFolders(folder);
  writeFileSync(note, folders.join("\n"));
}

/** Finds a place for groups with a memory limit and tries one there; undefined when this process may not. */
export function memoryGroups(stateDir: string): GroupRoot | undefined {
  for (const hierarchy of hierarchies()) {
    const bases = [...new Set([join(hierarchy.mount, hierarchy.own), hierarchy.mount])];
    if (hierarchy.version === 1 && hierarchy.controllers.includes("memory")) {
      for (const base of bases) {
        const root: GroupRoot = { kind: "cgroup-v1", folder: join(base, prefix(stateDir)) };
        if (usable(root)) return root;
      }
    }
    if (hierarchy.version === 2) {
      for (const base of bases) {
        if (!read(join(base, "cgroup.controllers")).split(/\s+/).includes("memory")) continue;
        const root: GroupRoot = { kind: "cgroup-v2", folder: join(base, prefix(stateDir)) };
        // A group that holds processes itself refuses this, except the topmost; then the next base is tried.
        if (!write(join(base, "cgroup.subtree_control"), "+memory")) continue;
        if (usable(root)) return root;
      }
    }
  }
  return undefined;
}

/** A place for groups that only count processor time (version 1), or undefined. Version 2 counts it in every group. */
export function cpuGroups(stateDir: string): string | undefined {
  const hierarchy = hierarchies().find(({ version, controllers }) => version === 1 && controllers.includes("cpuacct"));
  if (hierarchy === undefined) return undefined;
  for (const base of new Set([join(hierarchy.mount, hierarchy.own), hierarchy.mount])) {
    const folder = join(base, prefix(stateDir));
    if (makeGroup(folder)) return folder;
  }
  return undefined;
}

export function makeGroup(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    return true;
  } catch {
    return false;
  }
}

/** Writes one control; false when the kernel or the permissions refuse it. */
export function write(file: string, value: string): boolean {
  try {
    writeFileSync(file, value);
    return true;
  } catch {
    return false;
  }
}

/** Reads one control; empty when it does not exist (any more). */
export function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function prefix(stateDir: string): string {
  return `fsd-${createHash("sha256").update(stateDir).digest("hex").slice(0, 8)}`;
}

/** Whether a limit can be set in a group below it; what is left of an earlier platform there is removed first. */
function usable({ kind, folder }: GroupRoot): boolean {
  removeEmptyFolders(folder);
  if (!makeGroup(folder)) return false;
  if (kind === "cgroup-v2" && !write(join(folder, "cgroup.subtree_control"), "+memory")) return removeEmptyFolders(folder) && false;
  const trial = join(folder, "trial");
  const limit = join(trial, kind === "cgroup-v2" ? "memory.max" : "memory.limit_in_bytes");
  const works = makeGroup(trial) && write(limit, String(64 * 1024 * 1024));
  removeEmptyFolders(works ? trial : folder);
  return works;
}

function hierarchies(): Hierarchy[] {
  const own = new Map(
    read("/proc/self/cgroup")
      .split("\n")
      .map((line) => /^\d+:([^:]*):(.*)$/.exec(line))
      .filter((match) => match !== null)
      .map(([, controllers, path]) => [controllers ?? "", path ?? "/"]),
  );
  const found: Hierarchy[] = [];
  for (const line of read("/proc/self/mountinfo").split("\n")) {
    const [, mount, type, options] = /^\S+ \S+ \S+ \S+ (\S+) .*? - (cgroup2?) \S+ (\S+)$/.exec(line) ?? [];
    if (mount === undefined || options === undefined) continue;
    const controllers = type === "cgroup2" ? [""] : options.split(",");
    const path = [...own].find(([names]) =>
      type === "cgroup2" ? names === "" : names.split(",").some((name) => name !== "" && controllers.includes(name)),
    )?.[1];
    if (path !== undefined) found.push({ version: type === "cgroup2" ? 2 : 1, controllers, mount, own: path });
  }
  // Version 2 first: where both are mounted, it holds the controller or it does not.
  return found.sort((one, other) => other.version - one.version);
}
