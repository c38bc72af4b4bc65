/**
 * `.fsd/secrets.local.env`: the values of secrets for the environment `local`, beside the manifest or in the current
 * folder. It is read and never written; no message repeats what stands in it.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { failure } from "../../model/failures.ts";

export const secretsFileName = join(".fsd", "secrets.local.env");

export interface SecretsFile {
  readonly path: string;
  /** By the `name` of a secret of the manifest. */
  readonly values: ReadonlyMap<string, string>;
  /** Whether other users of the machine may read it. */
  readonly open: boolean;
}

/** The file of this folder, or undefined when it has none. */
export function readSecretsFile(folder: string): SecretsFile | undefined {
  const path = join(folder, secretsFileName);
  try {
    const open = (statSync(path).mode & 0o077) !== 0;
    return { path, values: parseSecrets(readFileSync(path, "utf8"), path), open };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    if (code === "EACCES" || code === "EISDIR") throw failure("FSD5005", `${path} cannot be read (${code})`, { cause: error });
    throw error;
  }
}

/**
 * Lines `KEY=VALUE`, empty lines and lines that begin with `#`. A value may stand in quotes: single ones take it as it
 * is, in double ones `\n`, `\"` and `\\` are read. An empty value counts as none.
 */
export function parseSecrets(text: string, path: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const [index, raw] of text
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const parts = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*=\s*(.*)$/.exec(line);
    if (parts === null) {
      throw failure("FSD5005", `${path}:${index + 1} is no line of the form KEY=VALUE`, { hint: "comments begin with #" });
    }
    const [, key = "", value = ""] = parts;
    if (value !== "") values.set(key, unquoted(value));
  }
  return values;
}

function unquoted(value: string): string {
  if (/^'.*'$/.test(value)) return value.slice(1, -1);
  if (!/^".*"$/.test(value)) return value;
  return value.slice(1, -1).replaceAll(/\\([n"\\])/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
}
