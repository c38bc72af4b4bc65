/** The repository a manifest comes from, as its git remote names it. */
import { execFile } from "node:child_process";

/** Undefined without git, outside a repository, or without a remote that others could know. */
export function sourceRepository(folder: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    // No shell, and nothing of the manifest in the arguments but the folder.
    execFile("git", ["-C", folder, "remote", "get-url", "origin"], { timeout: 5000, windowsHide: true }, (error, stdout) => {
      resolve(error === null ? repositoryName(stdout.trim()) : undefined);
    });
  });
}

/**
 * Host and path of a remote, fit for a tag: without scheme, credentials and `.git`.
 *
 * Example: `https://user:token@github.com/acme/shop.git` and `git@github.com:acme/shop.git` → `github.com/acme/shop`.
 */
export function repositoryName(remote: string): string | undefined {
  const scp = /^(?:[^@/:]+@)?([^@/:]+):(?!\/\/)(.+)$/.exec(remote);
  const [host, path] = URL.canParse(remote)
    ? [new URL(remote).host, new URL(remote).pathname]
    : scp === null
      ? ["", ""]
      : [scp[1] ?? "", scp[2] ?? ""];
  // A folder of this machine says nothing to others.
  if (host === "" || /^[A-Za-z]$/.test(host)) return undefined;
  const name = `${host.toLowerCase()}/${path}`
    .replaceAll(/\/{2,}/g, "/")
    .replace(/\/$/, "")
    .replace(/\.git$/, "");
  return name.replaceAll(/[^\p{L}\p{N}_.:/=+\-@ ]/gu, "-").slice(0, 256);
}
