/**
 * Removes a folder whatever the modes of the folders in it: a container may take its own permissions away, and the
 * kernel's overlay keeps a work folder that nobody may read.
 */

import { readdirSync, rmdirSync } from "node:fs";
import { chmod, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

// The kernel takes a mount down a moment after its last process ended.
const PATIENTLY = { recursive: true, force: true, maxRetries: 5, retryDelay: 20 } as const;

export async function removeFolder(path: string): Promise<void> {
  try {
    await rm(path, PATIENTLY);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EACCES") throw error;
    await open(path);
    await rm(path, PATIENTLY);
  }
}

/** Gives the owner every permission on a folder and those below it. What the first attempt still removes meanwhile needs none. */
async function open(path: string): Promise<void> {
  try {
    await chmod(path, 0o700);
    for (const entry of await readdir(path, { withFileTypes: true })) if (entry.isDirectory()) await open(join(path, entry.name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** Removes a folder and those below it that hold no files, as the kernel's control groups do; false while one cannot go, because a process is in it still. */
export function removeEmptyFolders(folder: string): boolean {
  let entries: string[];
  try {
    entries = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return true;
  }
  const empty = entries.map((name) => removeEmptyFolders(join(folder, name))).every((removed) => removed);
  if (!empty) return false;
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}
