// The JSON Schema, the reference of every field and a page for every mistake, from the sources that validation itself uses.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { root } from "../installed.mjs";

export async function files() {
  const outfile = join(root, "node_modules", ".cache", `manifest-pages-${process.pid}.mjs`);
  await build({
    entryPoints: [join(root, "src/manifest/reference.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    outfile,
    logLevel: "warning",
  });
  try {
    const { generatedFiles } = await import(pathToFileURL(outfile));
    return generatedFiles();
  } finally {
    rmSync(outfile, { force: true });
  }
}
