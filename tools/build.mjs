// Bundles the command (CommonJS, so that its compiled code can be cached) and the platform (ES modules, split, so that heavy services load when first used).
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { ensurePackages, root } from "./installed.mjs";

ensurePackages();
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20",
  mainFields: ["module", "main"],
  external: ["libsql"],
  define: { "process.env.FSD_VERSION": JSON.stringify(version) },
  logLevel: "warning",
  legalComments: "none",
};
await Promise.all([
  build({ ...shared, entryPoints: { main: "src/main.ts" }, format: "cjs", outdir: "dist", outExtension: { ".js": ".cjs" } }),
  build({
    ...shared,
    entryPoints: { platform: "src/platform/main.ts" },
    format: "esm",
    splitting: true,
    outdir: "dist",
    outExtension: { ".js": ".mjs" },
    chunkNames: "chunk/[name]-[hash]",
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  }),
]);
