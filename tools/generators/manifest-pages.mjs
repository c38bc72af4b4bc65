// The JSON Schema, the reference of every field, a page for every mistake and what there is on local, from the sources that the verbs themselves use.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { root } from "../installed.mjs";

export async function files() {
  const { generatedFiles } = await bundled("src/manifest/reference.ts");
  const { localSupportPage } = await bundled("src/synth/local-support-page.ts");
  return new Map([...generatedFiles(), ["docs/local-support.md", localSupportPage()]]);
}

async function bundled(entry) {
  const outfile = join(root, "node_modules", ".cache", `${entry.replaceAll("/", "-")}-${process.pid}.mjs`);
  await build({ entryPoints: [join(root, entry)], bundle: true, platform: "node", format: "esm", outfile, logLevel: "warning" });
  try {
    return await import(pathToFileURL(outfile));
  } finally {
    rmSync(outfile, { force: true });
  }
}
