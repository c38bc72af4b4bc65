/** Waits for a change in source files, for `deploy --watch`. */
import { type FSWatcher, readFileSync, statSync, watch } from "node:fs";
import { join, relative, sep } from "node:path";
import type { Cancel, Clock } from "../kit/clock.ts";
import { parseDockerIgnore } from "./image/docker-ignore.ts";

/** Editors write a file in several steps; a change counts once nothing has moved for this long. */
const quietMs = 250;
const never = [".git", ".fsd", "node_modules", "**/__pycache__", "**/*.swp", "**/*~", "**/.#*"];

/**
 * Resolves with the path of a file that changed in these files and folders (recursively, without what `.dockerignore`
 * leaves out), or undefined when the signal is aborted. It watches from the moment of the call.
 */
export function sourceChange(places: readonly string[], clock: Clock, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const watchers: FSWatcher[] = [];
    let cancel: Cancel = () => undefined;
    const end = (file: string | undefined): void => {
      cancel();
      signal.removeEventListener("abort", interrupted);
      for (const watcher of watchers) watcher.close();
      resolve(file);
    };
    const interrupted = (): void => end(undefined);
    if (signal.aborted) return resolve(undefined);
    signal.addEventListener("abort", interrupted, { once: true });
    for (const place of places) {
      const folder = statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;
      const ignore = parseDockerIgnore(folder ? ignoreText(place) : "", never);
      const changed = (_event: string, name: string | null): void => {
        const inside = name === null ? "" : relative(place, join(place, name)).split(sep).join("/");
        if (folder && ignore.excludes(inside)) return;
        cancel();
        cancel = clock.at(clock.now() + quietMs, () => end(folder && name !== null ? join(place, name) : place));
      };
      try {
        watchers.push(watch(place, { recursive: folder }, changed));
      } catch (error) {
        // A file that is gone for a moment while an editor replaces it: its folder is watched by its context.
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      }
    }
  });
}

function ignoreText(folder: string): string {
  try {
    return readFileSync(join(folder, ".dockerignore"), "utf8");
  } catch {
    return "";
  }
}
