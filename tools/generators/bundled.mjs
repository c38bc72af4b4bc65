// A module of the source, with what it imports, for a generator to call.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { root } from "../installed.mjs";

/** @param entry path from the project's root */
export async function bundled(entry) {
  const outfile = join(root, "node_modules", ".cache", `${entry.replaceAll("/", "-")}-${process.pid}.mjs`);
  await build({ entryPoints: [join(root, entry)], bundle: true, platform: "node", format: "esm", outfile, logLevel: "warning" });
  try {
    return await import(pathToFileURL(outfile));
  } finally {
    rmSync(outfile, { force: true });
  }
}
